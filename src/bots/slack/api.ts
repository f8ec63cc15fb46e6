// The Web API as this door uses it: each method it calls with the scopes that needs, one attempt a call, failures by kind.
import { ErrorCode, type WebAPICallError, WebClient } from '@slack/web-api';
import { ShellboxError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import { RateLimited } from '../door.ts';

/** Every method that is called, with the scopes it needs. Source: the method's page under https://docs.slack.dev/reference/methods */
export const METHODS = {
  'auth.test': [],
  'chat.delete': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'conversations.open': ['im:write'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
} as const satisfies Record<string, readonly string[]>;
export type Method = keyof typeof METHODS;

/** Slack took nothing, and says why by a code such as `not_in_channel`. */
export class SlackRefused extends ShellboxError<'slack_refused'> {
  readonly reason: string;

  constructor(method: Method, reason: string, cause: unknown) {
    super('slack_refused', `Slack refused ${method}: ${reason}.`, { cause });
    this.reason = reason;
  }
}

export interface SlackApi {
  /**
   * One attempt. Rejects with RateLimited, SlackRefused, or, when nobody knows whether it was done, with another error. The answer is
   * as Slack gave it and has to be read by a schema.
   */
  call(method: Method, args: object, signal?: AbortSignal): Promise<unknown>;
}

const CALL_MS = 10_000;

export function createSlackApi(options: { token: Secret; apiUrl: string | undefined }): SlackApi {
  const client = new WebClient(options.token.reveal(), {
    ...(options.apiUrl === undefined ? {} : { slackApiUrl: withSlash(options.apiUrl) }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_MS,
    logger: SILENT,
  });
  return {
    async call(method, args, signal) {
      signal?.throwIfAborted();
      try {
        const calling = client.apiCall(method, { ...args });
        return await (signal === undefined ? calling : orAborted(calling, signal));
      } catch (error) {
        throw understood(method, error);
      }
    },
  };
}

/** The library cannot be interrupted; what it is told later is nobody's concern any more. */
async function orAborted<T>(calling: Promise<T>, signal: AbortSignal): Promise<T> {
  calling.catch(() => {});
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([calling, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

export function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function understood(method: Method, error: unknown): unknown {
  if (!isCallError(error)) return error;
  if (error.code === ErrorCode.RateLimitedError)
    return new RateLimited('Slack wants us to wait.', Math.max(1, error.retryAfter) * 1000, { cause: error });
  if (error.code === ErrorCode.PlatformError) {
    const { error: reason } = error.data;
    // These say that Slack failed, not that it refused.
    return UNCERTAIN.has(reason) ? error : new SlackRefused(method, reason, error);
  }
  return error;
}

const UNCERTAIN: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'service_unavailable',
  'request_timeout',
]);

function isCallError(error: unknown): error is WebAPICallError {
  return error instanceof Error && 'code' in error && Object.values<unknown>(ErrorCode).includes(error.code);
}

const nothing = (): void => {};
/** What goes wrong is told once, by whoever called; Slack's own lines may hold texts of people. */
export const SILENT = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => 'error' as never,
  setName: nothing,
};
