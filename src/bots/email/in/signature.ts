// Whether a posted form comes from SendGrid: the secret in its path, and the signature over the very bytes and their time.
import { createHash, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { HookRequest } from '../../door.ts';

const verifyElsewhere = promisify<string, Buffer, KeyObject, Buffer, boolean>(verify);

const SIGNATURE_HEADER = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP_HEADER = 'x-twilio-email-event-webhook-timestamp';
/** SendGrid tries for three days, and says nothing of signing anew; a form that comes again is the same mail, and done once. */
const OLDEST_S = 4 * 24 * 60 * 60;
const AHEAD_MAX_S = 5 * 60;
/** A DER signature of P-256 has at most 72 bytes. */
const LONGEST_SIGNATURE = 128;

/**
 * ECDSA over P-256 and SHA-256 of timestamp and body. May be asked with anything; does its work in another thread.
 *
 * Source: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks
 */
export async function isFromSendGrid(
  { headers, body }: Pick<HookRequest, 'headers' | 'body'>,
  key: KeyObject,
  now: Date,
): Promise<boolean> {
  const timestamp = headers[TIMESTAMP_HEADER];
  const signature = headers[SIGNATURE_HEADER];
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return false;
  if (!/^\d{1,12}$/.test(timestamp) || signature.length > LONGEST_SIGNATURE) return false;
  const ageS = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (ageS > OLDEST_S || ageS < -AHEAD_MAX_S) return false;
  const said = Buffer.concat([Buffer.from(timestamp), body]);
  return verifyElsewhere('sha256', said, key, Buffer.from(signature, 'base64')).catch(() => false);
}

/** Compares in a time that tells nothing of where they differ. */
export function isSecret(given: string, secret: string): boolean {
  const [one, other] = [given, secret].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && secret !== '' && timingSafeEqual(one, other);
}
