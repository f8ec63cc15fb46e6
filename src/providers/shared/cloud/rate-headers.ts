// Reads what an answer says of the vendor's rate limit: what is left, when there is more, how long to rest.

export interface Told {
  /** Requests in the whole window, and those left of it. */
  limit: number | undefined;
  remaining: number | undefined;
  /** When the window ends, or its oldest request leaves it; milliseconds since the epoch. */
  resetAtMs: number | undefined;
  /** How long to send nothing, milliseconds. */
  retryAfterMs: number | undefined;
}

const SECOND_MS = 1000;
/** `…-reset` is a moment with some vendors and a number of seconds with others; no window is 30 years long. */
const LEAST_MOMENT_S = 1_000_000_000;
const PREFIXES = ['ratelimit-', 'x-ratelimit-'];

/** `retry-after` as in RFC 9110 §10.2.3: seconds or a date. */
export function rateHeaders(headers: Headers, nowMs: number): Told {
  const named = (name: string): number | undefined =>
    PREFIXES.map((prefix) => figure(headers.get(prefix + name))).find((found) => found !== undefined);
  const reset = named('reset');
  return {
    limit: named('limit'),
    remaining: named('remaining'),
    resetAtMs: reset === undefined ? undefined : reset * SECOND_MS + (reset < LEAST_MOMENT_S ? nowMs : 0),
    retryAfterMs: retryAfter(headers.get('retry-after'), nowMs),
  };
}

function retryAfter(text: string | null, nowMs: number): number | undefined {
  const seconds = figure(text);
  if (seconds !== undefined) return seconds * SECOND_MS;
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function figure(text: string | null): number | undefined {
  return text !== null && /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}
