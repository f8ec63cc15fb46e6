// Whether a request comes from Slack: its signature over the very bytes, and its time.
// Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../secret.ts';
import type { HookRequest } from '../door.ts';
import { REQUEST_AGE_MAX_S, REQUEST_AHEAD_MAX_S } from './limits.ts';

/** May be asked with anything. */
export function isFromSlack(
  { headers, body }: Pick<HookRequest, 'headers' | 'body'>,
  signingSecret: Secret,
  now: Date,
): boolean {
  const timestamp = headers['x-slack-request-timestamp'];
  const signature = headers['x-slack-signature'];
  if (typeof timestamp !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  const ageS = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (ageS > REQUEST_AGE_MAX_S || ageS < -REQUEST_AHEAD_MAX_S) return false;
  const expected = createHmac('sha256', signingSecret.reveal()).update(`v0:${timestamp}:`).update(body).digest();
  const [, hex = ''] = /^v0=([0-9a-f]{64})$/.exec(signature) ?? [];
  const given = Buffer.from(hex, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
