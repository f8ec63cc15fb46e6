// The real Web API client, set up so that it tries once and says nothing.
import { LogLevel, WebClient } from '@slack/web-api';
import type { FakeSlack } from './slack.ts';

/** Errors of a call in one word: Slack's code, `HTTP 500`, `ratelimited 3`, or `no answer`. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (typeof error !== 'object' || error === null) throw error;
    if ('data' in error && typeof error.data === 'object' && error.data !== null && 'error' in error.data)
      return String(error.data.error);
    if ('retryAfter' in error) return `ratelimited ${String(error.retryAfter)}`;
    if ('statusCode' in error) return `HTTP ${String(error.statusCode)}`;
    if ('code' in error && error.code === 'slack_webapi_request_error') return 'no answer';
    throw error;
  }
}

/** `timeoutMs` 0 waits for ever. */
export function clientOf(slack: FakeSlack, token: string = slack.app.botToken, timeoutMs = 0): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
    logger: { ...silent },
    timeout: timeoutMs,
  });
}

const nothing = () => {};
/** For clients that warn of what tests do on purpose. */
export const silent = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => LogLevel.ERROR,
  setName: nothing,
};
