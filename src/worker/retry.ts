// The one place that decides what is tried again, and when.
import { messageForPeople, ShellboxError } from '../errors.ts';
import { ProviderError, type ProviderErrorCode } from '../providers/provider.ts';

/** Failures that may pass by themselves, or because we prepare again; all others are final at once. */
const PASSING = {
  unavailable: true,
  timeout: true,
  rate_limited: true,
  busy: true,
  vanished: true,
  port_taken: false,
  credentials: false,
  quota: false,
  sold_out: false,
  no_space: false,
  isolation: false,
  image_missing: true,
  snapshot_gone: false,
  host_key_mismatch: false,
  box_silent: true,
  invalid: false,
} as const satisfies Record<ProviderErrorCode, boolean>;

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;
/** Whoever asks for more may have a wrong clock. */
const LONGEST_WISH_MS = 5 * 60_000;

export type Verdict = { again: true; delayMs: number } | { again: false };

/** Exponential back-off with jitter; a provider's own wish to wait is kept, as far as it can be believed. `random` yields numbers in [0, 1). */
export function verdict(
  error: unknown,
  tries: number,
  maxTries: number,
  random: () => number,
  firstDelayMs = FIRST_DELAY_MS,
): Verdict {
  if (!passes(error) || tries >= maxTries) return { again: false };
  const backoff = Math.min(firstDelayMs * 2 ** (tries - 1), LONGEST_DELAY_MS) * (0.75 + random() / 2);
  const wishMs = error instanceof ProviderError ? (error.retryAfterMs ?? 0) : 0;
  return { again: true, delayMs: Math.round(Math.max(backoff, Math.min(wishMs, LONGEST_WISH_MS))) };
}

/** What nobody foresaw is mostly the database going away for a moment; what is ours and not a provider's is final. */
function passes(error: unknown): boolean {
  return error instanceof ProviderError ? PASSING[error.code] : !(error instanceof ShellboxError);
}

export interface JobFault {
  code: string;
  /** For people: never a vendor's text, nor what only an operator can do. */
  text: string;
  /** What an operator can do. */
  remedy: string | undefined;
}

/** What goes into the rows and to people. */
export function faultOf(error: unknown): JobFault {
  const { code, remedy } = error instanceof ShellboxError ? error : { code: 'unforeseen', remedy: undefined };
  return { code, text: messageForPeople(error), remedy };
}
