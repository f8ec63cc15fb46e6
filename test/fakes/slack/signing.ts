// Signs requests to the app as Slack does, or wrongly on purpose.
// Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
import { createHmac } from 'node:crypto';

/** What is wrong with a request that does not come from Slack, or not now, or not as it was. */
export const TAMPERINGS = [
  'wrong-signature',
  'no-signature',
  'no-timestamp',
  'old-timestamp',
  'future-timestamp',
  'changed-body',
] as const;
export type Tampering = (typeof TAMPERINGS)[number];

/** Beyond the five minutes that are accepted. */
const STALE_SECONDS = 10 * 60;

export interface Signed {
  body: string;
  headers: Record<string, string>;
}

/** `contentType` decides how a body is changed so that it still parses. */
export function sign(
  body: string,
  contentType: string,
  secret: string,
  nowMs: number,
  tampering: Tampering | undefined,
): Signed {
  const shift = { 'old-timestamp': -STALE_SECONDS, 'future-timestamp': STALE_SECONDS };
  const moved = tampering === 'old-timestamp' || tampering === 'future-timestamp' ? shift[tampering] : 0;
  const timestamp = String(Math.floor(nowMs / 1000) + moved);
  const key = tampering === 'wrong-signature' ? `${secret}0` : secret;
  const signature = `v0=${createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return {
    body: tampering === 'changed-body' ? changed(body, contentType) : body,
    headers: {
      'content-type': contentType,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      ...(tampering === 'no-timestamp' ? {} : { 'x-slack-request-timestamp': timestamp }),
      ...(tampering === 'no-signature' ? {} : { 'x-slack-signature': signature }),
    },
  };
}

function changed(body: string, contentType: string): string {
  return contentType === 'application/json' ? body.replace(/\}$/, ',"added":1}') : `${body}&added=1`;
}
