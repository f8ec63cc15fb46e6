// Asks SendGrid what our key may do, without sending anything.
import { z } from 'zod';
import type { Secret } from '../../secret.ts';
import { sendgridService } from './sendgrid-service.ts';

const CHECK_TIMEOUT_MS = 10_000;
const SEND_SCOPE = 'mail.send';
const WRONG_KEY = 401;

const scopesSchema = z.object({ scopes: z.array(z.string()) });
/** What its client rejects with: a number when SendGrid answered, a word of the socket otherwise. */
const failureSchema = z.object({ code: z.union([z.number(), z.string()]) });

/**
 * - `good`: it may send mail.
 * - `wrong_key`: SendGrid does not know it, or does not take it any more.
 * - `may_not_send`: it lacks "Mail Send".
 * - `unreachable`: nobody answered.
 * - `unsure`: somebody answered, and not about the key.
 */
export type SendgridVerdict = 'good' | 'wrong_key' | 'may_not_send' | 'unreachable' | 'unsure';

/**
 * Never rejects.
 *
 * Source: https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access
 */
export async function checkSendgrid(
  options: { apiKey: Secret; url?: string },
  signal: AbortSignal,
  timeoutMs = CHECK_TIMEOUT_MS,
): Promise<SendgridVerdict> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const { client } = sendgridService(options, timeoutMs, limited);
    const [, body] = await client.request({ method: 'GET', url: '/v3/scopes' });
    const scopes = scopesSchema.safeParse(body).data?.scopes;
    if (scopes === undefined) return 'unsure';
    return scopes.includes(SEND_SCOPE) ? 'good' : 'may_not_send';
  } catch (error) {
    const code = failureSchema.safeParse(error).data?.code;
    if (code === WRONG_KEY) return 'wrong_key';
    return typeof code === 'number' ? 'unsure' : 'unreachable';
  }
}
