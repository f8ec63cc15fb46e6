// Sends mail through an SMTP server.
import { createTransport } from 'nodemailer';
import { RateLimited } from '../door.ts';
import { type Mail, MailRefused, RETRY_AFTER_MS, SEND_TIMEOUT_MS, type Transport, unanswered } from './transport.ts';

export interface SmtpTransportOptions {
  /** As in SMTP_URL: `smtp://user:password@host:587`, `smtps://…`. */
  url: string;
  timeoutMs?: number;
}

const WHO = 'The SMTP server';

/** Every mail has a connection of its own: few are sent, and none is lost with another's. */
export function createSmtpTransport({ url, timeoutMs = SEND_TIMEOUT_MS }: SmtpTransportOptions): Transport {
  const sender = createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        await sender.sendMail({ ...dataOf(mail), signal: limited });
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

function dataOf(mail: Mail) {
  const { from, to, replyTo, subject, messageId, inReplyTo, references, headers, date, text, html, attachments } = mail;
  return {
    // RFC 3834, 3.3: whatever becomes of an automatic answer, nobody is to be told by another mail.
    envelope: { from: '', to },
    from,
    to: { name: '', address: to },
    replyTo: { name: '', address: replyTo },
    subject,
    messageId,
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    references: [...references],
    headers: { ...headers },
    ...(date === undefined ? {} : { date }),
    text,
    html,
    attachments: attachments.map((file) => ({ filename: file.name, contentType: file.type, content: file.text })),
    // The same mail has the same bytes.
    baseBoundary: messageId.replace(/[^a-z0-9]/gi, '').slice(0, 40),
  };
}

/** Source: RFC 5321, 4.2.1: 4yz may be tried again, 5yz may not. */
function failureOf(error: unknown): Error {
  const code = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined;
  if (typeof code === 'number' && code >= 500) return new MailRefused(`${WHO} refuses (${code}).`, { cause: error });
  if (typeof code === 'number' && code >= 400)
    return new RateLimited(`${WHO} asks to come back (${code}).`, RETRY_AFTER_MS, { cause: error });
  return unanswered(WHO, error);
}
