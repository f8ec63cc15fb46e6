// Asks a cloud's HTTP API: one request a call, its answer read by a schema, its failures as ProviderErrors.
import { type ZodType, z } from 'zod';
import { type CallContext, ProviderError } from '../../provider.ts';
import {
  type Method,
  noAnswer,
  type Refused,
  strangeAnswer,
  tooMany,
  VendorAnswer,
  vendorTrouble,
} from './api-faults.ts';
import { type Clock, systemClock } from './clock.ts';
import { LONGEST_REST_MS, type Pace } from './pace.ts';
import { rateHeaders } from './rate-headers.ts';

/** What the headers may depend on: some vendors have each request signed. */
export interface ApiRequest {
  method: Method;
  url: URL;
  body: string | undefined;
}

type Headings = Readonly<Record<string, string>>;

export interface ApiClientOptions {
  /** Paths are put behind it. */
  baseUrl: string;
  /** What people call the vendor, e.g. `DigitalOcean`. */
  title: string;
  /** The log-in and whatever else the vendor wants; made anew for each attempt. */
  headers(request: ApiRequest, context: CallContext): Headings | Promise<Headings>;
  /** What an answer of 4xx but 429 means; the vendor's table. */
  faultOf(refused: Refused): ProviderError;
  pace: Pace;
  clock?: Clock;
  fetch?: typeof fetch;
  /** For one call with all its waiting. */
  deadlineMs?: number;
  /** In [0, 1). */
  random?: () => number;
}

export type Query = Readonly<Record<string, string | number>>;

/**
 * Rejects with `unavailable` where nothing was done, `timeout` where nobody knows, `rate_limited`, or with what the vendor's table says.
 * Unknown fields of answers are passed over by the schemas that are handed in.
 */
export interface ApiClient {
  get<T>(path: string, schema: ZodType<T>, context: CallContext, query?: Query): Promise<T>;
  /** As `get`; undefined where the vendor answers 404. */
  find<T>(path: string, schema: ZodType<T>, context: CallContext, query?: Query): Promise<T | undefined>;
  post<T>(path: string, body: object, schema: ZodType<T>, context: CallContext): Promise<T>;
  put<T>(path: string, body: object, schema: ZodType<T>, context: CallContext): Promise<T>;
  /** Resolves where the vendor answers 404. */
  delete(path: string, context: CallContext): Promise<void>;
}

const DEADLINE_MS = 30_000;
/** What is waited for here; whoever has to wait longer is told so. */
const LONGEST_WAIT_MS = 10_000;
const UNTOLD_REST_MS = 2_000;
const LEAST_REST_MS = 100;
/** A rest is as much longer, at most, so that those who wait do not come back at one moment. */
const JITTER = 0.25;

const ANYTHING = z.unknown();

interface Asked extends Omit<ApiRequest, 'url'> {
  path: string;
  query?: Query | undefined;
}

interface Answered {
  status: number;
  text: string;
}

/**
 * Node's own fetch: it keeps connections by host, and what tells accounts apart is in each request. Redirects are not followed, since the
 * log-in would go with them.
 */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const { title, pace, clock = systemClock, deadlineMs = DEADLINE_MS, random = Math.random } = options;
  const send = options.fetch ?? fetch;

  async function once(asked: Asked, signal: AbortSignal): Promise<Answered & { headers: Headers }> {
    const { method, body, path, query = {} } = asked;
    const url = new URL(options.baseUrl.replace(/\/+$/, '') + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const headers = new Headers(await options.headers({ method, url, body }, { signal }));
    headers.set('accept', 'application/json');
    if (body !== undefined) headers.set('content-type', 'application/json');
    const init: RequestInit = { method, headers, signal, redirect: 'manual', ...(body === undefined ? {} : { body }) };
    const answer = await send(url, init);
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** Its turn has come, or it takes too long. */
  async function turn(signal: AbortSignal, endMs: number, cause?: Error): Promise<void> {
    for (let waitMs = pace.take(); waitMs > 0; waitMs = pace.take()) {
      if (waitMs > LONGEST_WAIT_MS || clock.nowMs() + waitMs >= endMs) throw tooMany(title, waitMs, cause);
      await clock.wait(waitMs, signal);
    }
  }

  async function answerTo(asked: Asked, signal: AbortSignal): Promise<Answered> {
    const endMs = clock.nowMs() + deadlineMs;
    let refused: Error | undefined;
    for (;;) {
      await turn(signal, endMs, refused);
      const { status, text, headers } = await once(asked, signal);
      const told = rateHeaders(headers, clock.nowMs());
      pace.heard(told);
      if (status !== 429) return { status, text };
      refused = new VendorAnswer(asked.method, asked.path, status, text);
      const untilReset = told.resetAtMs === undefined ? UNTOLD_REST_MS : told.resetAtMs - clock.nowMs();
      const restMs = Math.min(Math.max(told.retryAfterMs ?? untilReset, LEAST_REST_MS), LONGEST_REST_MS / (1 + JITTER));
      pace.rest(Math.ceil(restMs * (1 + JITTER * random())));
    }
  }

  async function ask(asked: Asked, context: CallContext): Promise<Answered & Refused> {
    const { method, path } = asked;
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMs)]);
    const { status, text } = await answerTo(asked, signal).catch((error: unknown) => {
      if (error instanceof ProviderError) throw error;
      throw noAnswer({ title, method, signal: context.signal, deadlineMs }, error);
    });
    return { method, path, status, text, body: readJson(text), cause: new VendorAnswer(method, path, status, text) };
  }

  /** The body of an answer that says yes. */
  function read<T>(answer: Answered & Refused, schema: ZodType<T>): T {
    if (answer.status >= 500) throw vendorTrouble(title, answer);
    if (answer.status >= 400) throw options.faultOf(answer);
    const parsed = schema.safeParse(answer.body);
    if (answer.status >= 300 || !parsed.success) throw strangeAnswer(title, parsed.error ?? answer.cause);
    return parsed.data;
  }

  const change = async <T>(asked: Asked, schema: ZodType<T>, context: CallContext): Promise<T> =>
    read(await ask(asked, context), schema);

  return {
    get: (path, schema, context, query) => change({ method: 'GET', path, query, body: undefined }, schema, context),
    async find(path, schema, context, query) {
      const answer = await ask({ method: 'GET', path, query, body: undefined }, context);
      return answer.status === 404 ? undefined : read(answer, schema);
    },
    post: (path, body, schema, context) =>
      change({ method: 'POST', path, body: JSON.stringify(body) }, schema, context),
    put: (path, body, schema, context) => change({ method: 'PUT', path, body: JSON.stringify(body) }, schema, context),
    async delete(path, context) {
      const answer = await ask({ method: 'DELETE', path, body: undefined }, context);
      if (answer.status !== 404) read(answer, ANYTHING);
    },
  };
}

/** The text itself where it is no JSON; nothing where there is none. */
function readJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
