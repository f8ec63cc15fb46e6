// What speaks SMTP for us, and the server that an SMTP_URL names.
import { createTransport } from 'nodemailer';
import type { Secret } from '../../secret.ts';

export interface SmtpServer {
  host: string;
  port: number;
}

/** Submission, and submission over TLS. Source: RFC 6409 3.1, RFC 8314 3.3; nodemailer takes the same. */
const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };

/** Nothing of the URL's name and password. @throws TypeError when it is no URL */
export function serverOf(url: Secret): SmtpServer {
  const { hostname, port, protocol } = new URL(url.reveal());
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (PORTS[protocol] ?? 587) : Number(port) };
}

/** Every mail has a connection of its own: few are sent, and none is lost with another's. */
export function smtpSender(url: Secret, timeoutMs: number) {
  return createTransport({
    url: url.reveal(),
    // Less than the whole, so that who does not answer at all is told apart from who does not answer about a mail.
    connectionTimeout: timeoutMs / 2,
    greetingTimeout: timeoutMs / 2,
    dnsTimeout: timeoutMs / 2,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
