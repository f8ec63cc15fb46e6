// What it means that an SMTP server was not reached, or did not take a mail.
import { z } from 'zod';
import { ShellboxError } from '../../errors.ts';
import { RateLimited } from '../door.ts';
import type { SmtpServer } from './smtp-sender.ts';
import { MailRefused, RETRY_AFTER_MS, unanswered } from './transport.ts';

/** Of nodemailer's errors; `originalCode` is that of the socket or of DNS below. */
const failureSchema = z.object({
  responseCode: z.number().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  originalCode: z.string().optional().catch(undefined),
  syscall: z.string().optional().catch(undefined),
  timeoutType: z.string().optional().catch(undefined),
});
type Failure = z.infer<typeof failureSchema>;

/** All of them are of a time at which no mail was on its way. */
type Obstacle = 'refused' | 'unknown' | 'no_dns' | 'no_way' | 'silent' | 'broken' | 'tls' | 'log_in';

const OBSTACLES = {
  refused: ['refused the connection.', 'Start it, or correct SMTP_URL.'],
  unknown: ['is not known: there is no such host.', 'Correct the host in SMTP_URL.'],
  no_dns: ['could not be looked up: DNS does not answer.', 'Check the name servers of this machine.'],
  no_way: ['cannot be reached from here.', 'Check the host in SMTP_URL and the network of this machine.'],
  silent: ['does not answer.', 'Check host and port in SMTP_URL, and whether a firewall is between.'],
  broken: ['ended the connection, or does not speak SMTP.', 'Check the port in SMTP_URL.'],
  tls: [
    'cannot be spoken with by TLS, or its certificate is not valid.',
    'smtps:// is for port 465, smtp:// for others; give the host by the name that its certificate has.',
  ],
  log_in: ['does not take the name and password.', 'Correct them in SMTP_URL.'],
} as const satisfies Record<Obstacle, readonly [string, string]>;

/** Errors of the call that connects or looks up; the same ones can come later, and then say nothing about a mail. */
const CONNECTING: Readonly<Record<string, Obstacle>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unknown',
  EAI_AGAIN: 'no_dns',
  EHOSTUNREACH: 'no_way',
  ENETUNREACH: 'no_way',
  ETIMEDOUT: 'silent',
};
const SILENCES: readonly string[] = ['CONNECT_TIMEOUT', 'GREETING_TIMEOUT'];
/** Of a handshake, and of nothing later. Source: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const HANDSHAKE: readonly string[] = [
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** One of the errors with which `Transport.send` rejects. Source: RFC 5321, 4.2.1: 4yz may be tried again, 5yz may not. */
export function smtpFailure(error: unknown, server: SmtpServer): Error {
  const who = named(server);
  const failure = failureSchema.safeParse(error).data ?? {};
  const { responseCode = 0, code } = failure;
  const isLater = responseCode >= 400 && responseCode < 500;
  // The operator's fault and not the mail's, so the mail is tried again.
  if (code === 'EAUTH' && !isLater) return unreachable(server, 'log_in', error);
  if (responseCode >= 500) return new MailRefused(`${who} refuses (${responseCode}).`, { cause: error });
  if (isLater) return new RateLimited(`${who} asks to come back (${responseCode}).`, RETRY_AFTER_MS, { cause: error });
  const obstacle = obstacleOf(failure);
  return obstacle === undefined ? unanswered(who, error) : unreachable(server, obstacle, error);
}

function obstacleOf({ code, originalCode = '', syscall, timeoutType = '' }: Failure): Obstacle | undefined {
  if (code === 'ETLS' || HANDSHAKE.includes(originalCode)) return 'tls';
  if (SILENCES.includes(timeoutType)) return 'silent';
  return syscall === 'connect' || code === 'EDNS' ? CONNECTING[originalCode] : undefined;
}

export function unreachable(server: SmtpServer, obstacle: Obstacle, cause: unknown): ShellboxError<'mail_unreachable'> {
  const [what, remedy] = OBSTACLES[obstacle];
  return new ShellboxError('mail_unreachable', `${named(server)} ${what}`, { remedy, remedyFor: 'operator', cause });
}

function named({ host, port }: SmtpServer): string {
  return `The SMTP server at ${host} port ${port}`;
}
