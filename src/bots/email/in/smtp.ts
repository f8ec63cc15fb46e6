// Mail by SMTP, for those who run Postfix or no SendGrid: taken for our own address, and only once it is written down.
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { ShellboxError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import { withoutPlus } from './loops.ts';
import type { RawMail } from './raw-mail.ts';

export interface SmtpOptions {
  listen: { host: string; port: number };
  /** Addresses of servers that may say the client's address by XCLIENT or XFORWARD. */
  trusted: readonly string[];
  /** In PEM; undefined: no STARTTLS. */
  tls: { certificate: string; key: string } | undefined;
  /** Where people write to, in lower case; plus-addresses of it count. */
  address: string;
  /** Resolves once the mail is written down or dropped for good; what it rejects with makes the server keep the mail. */
  take: (raw: RawMail) => Promise<void>;
  logger: Logger;
}

export interface Smtp {
  readonly port: number;
  /** Takes no more connections, and ends those that do not end by themselves. */
  close(): Promise<void>;
}

/** What is announced by SIZE (RFC 1870); larger ones are refused for good. */
export const MAIL_BYTES_MAX = 25 * 1024 * 1024;
const CLIENTS_MAX = 50;
const RECIPIENTS_MAX = 10;
const IDLE_MS = 60_000;
const CLOSE_MS = 5_000;
/** Replies by RFC 5321, 4.2.3. */
const REPLY = { later: 451, notHere: 550, tooLarge: 552, tooMany: 452 } as const;

/** @throws ShellboxError `port_taken` when somebody else listens there */
export async function startSmtp(options: SmtpOptions): Promise<Smtp> {
  const { listen, trusted, tls, address, logger } = options;
  const server = new SMTPServer({
    name: address.slice(address.lastIndexOf('@') + 1),
    banner: 'Shellbox',
    size: MAIL_BYTES_MAX,
    disabledCommands: tls === undefined ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    ...(tls === undefined ? {} : { cert: tls.certificate, key: tls.key }),
    useXClient: [...trusted],
    useXForward: [...trusted],
    maxClients: CLIENTS_MAX,
    socketTimeout: IDLE_MS,
    closeTimeout: CLOSE_MS,
    disableReverseLookup: true,
    logger: false,
    onRcptTo({ address: recipient }, session, callback) {
      if (withoutPlus(recipient) !== address) return callback(refusal(REPLY.notHere, 'No such address here'));
      if (session.envelope.rcptTo.length >= RECIPIENTS_MAX)
        return callback(refusal(REPLY.tooMany, 'Too many recipients'));
      callback();
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      // What is too large is read to its end, as the protocol wants it, and forgotten.
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAIL_BYTES_MAX) chunks.push(chunk);
        else chunks.length = 0;
      });
      stream.once('error', () => callback(refusal(REPLY.later, 'Try again later')));
      stream.once('end', () => {
        if (bytes > MAIL_BYTES_MAX) return callback(refusal(REPLY.tooLarge, 'This mail is too large'));
        options.take(rawMail(Buffer.concat(chunks), session)).then(
          () => callback(null, 'Taken'),
          (error: unknown) => {
            logger.warn({ door: 'email', error }, 'A mail could not be taken; its server keeps it and tries again');
            callback(refusal(REPLY.later, 'Try again later'));
          },
        );
      });
    },
  });
  server.on('error', (error) => logger.debug({ door: 'email', error }, 'An SMTP connection had a fault'));
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', (cause) => reject(notOpened(cause, listen)));
    server.listen(listen.port, listen.host, resolve);
  });
  const at = server.server.address();
  return {
    port: typeof at === 'object' && at !== null ? at.port : listen.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function rawMail(bytes: Buffer, session: SMTPServerSession): RawMail {
  const { mailFrom, rcptTo } = session.envelope;
  return {
    bytes,
    clientIp: session.remoteAddress,
    helo: session.hostNameAppearsAs || undefined,
    envelopeFrom: mailFrom === false ? undefined : mailFrom.address,
    envelopeTo: rcptTo.map((recipient) => recipient.address),
    via: 'smtp',
  };
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function notOpened(cause: Error, { host, port }: { host: string; port: number }): ShellboxError {
  return new ShellboxError('port_taken', `The e-mail door cannot listen on ${host}:${port}.`, {
    remedy: 'Stop what listens there, or set another SMTP_LISTEN.',
    cause,
  });
}
