// Whether a request of Inbound Parse comes from SendGrid: its signature over time and body.
// Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { HookRequest } from '../../door.ts';

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

/** `base64` as SendGrid shows it: SubjectPublicKeyInfo in DER, of an ECDSA key on P-256. @throws when it is none */
export function sendgridKey(base64: string): KeyObject {
  return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
}

/**
 * May be asked with anything. Its time is not looked at: SendGrid tries again for three days, and the same mail twice is the same as
 * once.
 */
export function isFromSendgrid({ headers, body }: Pick<HookRequest, 'headers' | 'body'>, key: KeyObject): boolean {
  const [signature, timestamp] = [headers[SIGNATURE], headers[TIMESTAMP]];
  if (typeof signature !== 'string' || typeof timestamp !== 'string' || timestamp.length > 20) return false;
  const signed = Buffer.concat([Buffer.from(timestamp), body]);
  return verify('sha256', signed, key, Buffer.from(signature, 'base64'));
}
