// Sends mail through an SMTP server.
import type { Secret } from '../../secret.ts';
import { smtpFailure } from './smtp-failure.ts';
import { serverOf, smtpSender } from './smtp-sender.ts';
import { type Mail, SEND_TIMEOUT_MS, type Transport } from './transport.ts';

export interface SmtpTransportOptions {
  /** As in SMTP_URL: `smtp://user:password@host:587`, `smtps://…`. */
  url: Secret;
  timeoutMs?: number;
}

export function createSmtpTransport({ url, timeoutMs = SEND_TIMEOUT_MS }: SmtpTransportOptions): Transport {
  const sender = smtpSender(url, timeoutMs);
  return {
    async send(mail, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        await sender.sendMail({ ...dataOf(mail), signal: limited });
      } catch (error) {
        throw smtpFailure(error, serverOf(url));
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
