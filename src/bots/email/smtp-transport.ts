// Sends mail through an SMTP server.
import { createTransport } from 'nodemailer';
import { ShellboxError } from '../../errors.ts';
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
  const { hostname, port, protocol } = new URL(url);
  const whom = { host: hostname, port: port === '' ? (protocol === 'smtps:' ? '465' : '587') : port };
  return {
    async send(mail, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        await sender.sendMail({ ...dataOf(mail), signal: limited });
      } catch (error) {
        throw failureOf(error, whom);
      }
    },
    async tryOut() {
      try {
        await sender.verify();
      } catch (error) {
        throw failureOf(error, whom);
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

/** Source: RFC 5321, 4.2.1: 4yz may be tried again, 5yz may not; what is said to a log-in is about us and not about the mail. */
function failureOf(error: unknown, { host, port }: { host: string; port: string }): Error {
  const { responseCode: code, code: kind, message = '' } = (error instanceof Error ? error : {}) as SmtpError;
  const unreachable = (what: string): Error => new ShellboxError('mail_unreachable', what, { cause: error });
  if (kind === 'EAUTH') return unreachable(`${WHO} ${host} refuses the user or password in SMTP_URL.`);
  if (kind === 'EDNS') return unreachable(`${WHO} ${host} is not known: no such name.`);
  if (message.includes('ECONNREFUSED')) return unreachable(`${host} port ${port} refused the connection.`);
  if (kind === 'ETLS') return unreachable(`${WHO} ${host} and we could not agree on TLS.`);
  if (typeof code === 'number' && code >= 500) return new MailRefused(`${WHO} refuses (${code}).`, { cause: error });
  if (typeof code === 'number' && code >= 400)
    return new RateLimited(`${WHO} asks to come back (${code}).`, RETRY_AFTER_MS, { cause: error });
  return unanswered(WHO, error);
}

/** As nodemailer's errors are (lib/errors.js). */
interface SmtpError {
  message?: string;
  code?: string;
  /** What the server answered. */
  responseCode?: number;
}
