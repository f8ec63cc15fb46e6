// Sends mail through SendGrid.
import { z } from 'zod';
import type { Secret } from '../../secret.ts';
import { RateLimited } from '../door.ts';
import { sendgridService } from './sendgrid-service.ts';
import { type Mail, MailRefused, RETRY_AFTER_MS, SEND_TIMEOUT_MS, type Transport, unanswered } from './transport.ts';

export interface SendgridTransportOptions {
  apiKey: Secret;
  /** As in SENDGRID_API_URL. */
  url?: string;
  timeoutMs?: number;
  /** SendGrid names a time until which to wait. */
  now: () => Date;
}

const WHO = 'SendGrid';
/** Neither says anything about the mail: a gateway waited too long for it, or was asked too early. */
const UNSURE: readonly number[] = [408, 425];
const TOO_MANY = 429;
/** A wrong clock must not make us wait for ever. */
const LONGEST_WAIT_MS = 15 * 60_000;

/** What is no number of seconds counts as nothing. */
const seconds = z.coerce.number().positive().optional().catch(undefined);
/** What its client rejects with when SendGrid answered. Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors */
const answerSchema = z.object({
  code: z.number(),
  response: z.object({
    headers: z.object({ 'retry-after': seconds, 'x-ratelimit-reset': seconds }),
    body: z.object({ errors: z.array(z.object({ message: z.string() })) }).catch({ errors: [] }),
  }),
});
type Answer = z.infer<typeof answerSchema>;

/** Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
export function createSendgridTransport(options: SendgridTransportOptions): Transport {
  const { timeoutMs = SEND_TIMEOUT_MS } = options;
  return {
    async send(mail, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        await sendgridService(options, timeoutMs, limited).service.send(dataOf(mail));
      } catch (error) {
        throw failureOf(error, options.now());
      }
    },
  };
}

function dataOf(mail: Mail) {
  const { from, to, replyTo, subject, text, html, attachments } = mail;
  return {
    // Headers of the whole mail would also become headers of the request.
    personalizations: [{ to, headers: headersOf(mail) }],
    from: { name: from.name, email: from.address },
    replyTo,
    subject,
    content: [
      { type: 'text/plain', value: text },
      { type: 'text/html', value: html },
    ] satisfies [object, object],
    attachments: attachments.map((file) => ({
      content: Buffer.from(file.text).toString('base64'),
      filename: file.name,
      type: file.type,
      disposition: 'attachment',
    })),
    // It would change links and put in pictures from elsewhere, and what is to be pasted with them.
    trackingSettings: {
      clickTracking: { enable: false, enableText: false },
      openTracking: { enable: false },
      subscriptionTracking: { enable: false },
    },
  };
}

function headersOf({ headers, messageId, inReplyTo, references }: Mail): Record<string, string> {
  return {
    ...headers,
    'Message-ID': messageId,
    ...(inReplyTo === undefined ? {} : { 'In-Reply-To': inReplyTo }),
    ...(references.length === 0 ? {} : { References: references.join(' ') }),
  };
}

function failureOf(error: unknown, now: Date): Error {
  const answer = answerSchema.safeParse(error).data;
  if (answer === undefined) return unanswered(WHO, withoutRequest(error));
  const { code } = answer;
  const said = answer.response.body.errors.map(({ message }) => message).join(' ');
  const cause = new Error(`${code} ${said}`);
  if (code === TOO_MANY) return new RateLimited(`${WHO} asks to wait.`, waitOf(answer, now), { cause });
  if (code >= 400 && code < 500 && !UNSURE.includes(code))
    return new MailRefused(`${WHO} refuses (${code}).`, { cause });
  return unanswered(WHO, cause);
}

/** The original holds the whole request, with the key. */
function withoutRequest(error: unknown): Error {
  return error instanceof Error ? new Error(error.message) : new Error('unknown');
}

/** Seconds to wait, or the second at which the limit ends. Source: https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits */
function waitOf({ response: { headers } }: Answer, now: Date): number {
  const { 'retry-after': after = 0, 'x-ratelimit-reset': until = 0 } = headers;
  const wished = [after * 1000, until * 1000 - now.getTime()].find((ms) => ms > 0) ?? RETRY_AFTER_MS;
  return Math.min(wished, LONGEST_WAIT_MS);
}
