// What went wrong with a request to a cloud, as a ProviderError: all that is the same for every vendor.
import { ProviderError } from '../../provider.ts';

const MOST_SHOWN = 500;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What an answer was given to, for the vendor's table. */
export interface Refused {
  method: Method;
  /** Without the base URL and the query. */
  path: string;
  status: number;
  /** As JSON, or the text where it was none. */
  body: unknown;
  /** For `cause`. */
  cause: VendorAnswer;
}

/** An answer that says no, with the vendor's own words; for the log and for `wasRefusedWith`. */
export class VendorAnswer extends Error {
  readonly status: number;

  constructor(method: Method, path: string, status: number, text: string) {
    super(`${method} ${path}: ${status} ${text.slice(0, MOST_SHOWN)}`);
    this.name = 'VendorAnswer';
    this.status = status;
  }
}

/** Whether a call failed because the vendor answered it with this status. */
export function wasRefusedWith(error: unknown, status: number): boolean {
  return error instanceof ProviderError && error.cause instanceof VendorAnswer && error.cause.status === status;
}

/** Nothing was sent: there was no connection, or not to whom it should be. Codes of Node, OpenSSL and undici. */
const NOT_SENT = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
];
const LONGEST_CHAIN = 5;

/** No whole answer came. `signal` is the caller's; its end is a cancellation. */
export function noAnswer(
  asked: { title: string; method: Method; signal: AbortSignal; deadlineMs: number },
  cause: unknown,
): ProviderError {
  const { title, method, signal, deadlineMs } = asked;
  if (signal.aborted) return new ProviderError('timeout', `Cancelled while ${title} was asked.`, { cause });
  const late = cause instanceof Error && cause.name === 'TimeoutError';
  const how = late ? `did not answer within ${deadlineMs / 1000} s` : 'cannot be reached';
  if (method === 'GET' || wasNotSent(cause)) return new ProviderError('unavailable', `${title} ${how}.`, { cause });
  return unknownOutcome(title, late ? how : 'did not answer', cause);
}

/** An answer that says that the vendor is in trouble; it may have done what it was asked all the same. */
export function vendorTrouble(title: string, { method, status, cause }: Refused): ProviderError {
  const how = `answers with an error of its own (${status})`;
  if (method === 'GET') return new ProviderError('unavailable', `${title} ${how}.`, { cause });
  return unknownOutcome(title, how, cause);
}

/** An answer that says yes and is none of those that we know. */
export function strangeAnswer(title: string, cause: unknown): ProviderError {
  return new ProviderError('unavailable', `${title} gave an answer that Shellbox does not understand.`, {
    remedy: 'Look whether there is a newer Shellbox; what was wrong with the answer is in the log.',
    cause,
  });
}

export function tooMany(title: string, retryAfterMs: number, cause?: unknown): ProviderError {
  const seconds = Math.ceil(retryAfterMs / 1000);
  return new ProviderError('rate_limited', `${title} takes no more requests for now; there is room in ${seconds} s.`, {
    retryAfterMs,
    cause,
  });
}

function unknownOutcome(title: string, how: string, cause: unknown): ProviderError {
  return new ProviderError('timeout', `${title} ${how}; whether it did what it was asked is not known yet.`, { cause });
}

function wasNotSent(error: unknown): boolean {
  let inner = error;
  for (let depth = 0; depth < LONGEST_CHAIN && inner instanceof Error; depth++) {
    const code: unknown = Reflect.get(inner, 'code');
    if (NOT_SENT.some((known) => known === code)) return true;
    inner = inner.cause;
  }
  return false;
}
