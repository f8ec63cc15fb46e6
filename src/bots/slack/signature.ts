// Whether a request comes from Slack: its signature over the very bytes, and its time.
// Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../secret.ts';
import type { HookRequest } from '../door.ts';
import { REQUEST_AGE_MAX_S, REQUEST_AHEAD_MAX_S } from './limits.ts';

const TIMESTAMP_HEADER = 'x-slack-request-timestamp';
const SIGNATURE = /^v0=([0-9a-f]{64})$/;

/** Whether it is worth reading: signed by somebody, and of now. Whether by Slack, only the body can tell. */
export function mayBeFromSlack({ headers }: Pick<HookRequest, 'headers'>, now: Date): boolean {
  const timestamp = headers[TIMESTAMP_HEADER];
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  const ageS = Math.floor(now.getTime() / 1000) - Number(timestamp);
  return ageS <= REQUEST_AGE_MAX_S && ageS >= -REQUEST_AHEAD_MAX_S && SIGNATURE.test(signatureOf(headers));
}

/** May be asked with anything. */
export function isFromSlack(
  { headers, body }: Pick<HookRequest, 'headers' | 'body'>,
  signingSecret: Secret,
  now: Date,
): boolean {
  if (!mayBeFromSlack({ headers }, now)) return false;
  const said = `v0:${headers[TIMESTAMP_HEADER]}:`;
  const expected = createHmac('sha256', signingSecret.reveal()).update(said).update(body).digest();
  const [, hex = ''] = SIGNATURE.exec(signatureOf(headers)) ?? [];
  const given = Buffer.from(hex, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function signatureOf(headers: HookRequest['headers']): string {
  return String(headers['x-slack-signature']);
}
