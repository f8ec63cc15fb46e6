// The SMTP listener: takes mail for our own address and nobody else's, and says yes only when it was written down.
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { limitConnections } from '../../../connections.ts';
import { ShellboxError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import { withoutPlus } from '../address.ts';
import { plainAddress } from './author.ts';
import { type Client, createClients, isAmong } from './clients.ts';
import type { RawMail } from './raw-mail.ts';

export interface SmtpOptions {
  host: string;
  /** 0: any that is free. */
  port: number;
  /** What we call ourselves in the greeting. */
  ownHost: string;
  /** The address people write to; its plus-addresses are taken too. */
  ownAddress: string;
  /** Addresses of the relays that may say, by XCLIENT or XFORWARD, from whom they have a mail. */
  trusted: readonly string[];
  /** PEM; without it there is no STARTTLS. */
  certificate?: { key: string; cert: string };
  /** Larger mails are refused. 30 MiB by default. */
  maximumBytes?: number;
  /** Of connections at a time that are not trusted. 100 by default; beyond that whoever's network has most loses the oldest. */
  maxClients?: number;
  /** Of connections at a time from one network that is not trusted. 10 by default. */
  maxClientsOfOne?: number;
  /** Bytes of all mails that are being taken in; what is beyond is asked to come again. 128 MiB by default. */
  maximumBytesInAll?: number;
  /** For a whole connection, however busy. 600,000 by default. */
  connectionDeadlineMs?: number;
  /** For one that is not trusted to bring a mail, or the next. 30,000 by default. */
  idleDeadlineMs?: number;
  /** For a mail to be written down. 20,000 by default. */
  takeDeadlineMs?: number;
  /** Writes the mail down; the sender is asked to come again when it rejects. */
  take(mail: RawMail, signal: AbortSignal): Promise<void>;
  logger: Logger;
}

export interface SmtpListener {
  port: number;
  /** Takes nothing new; resolves when what was under way has its answer. */
  close(): Promise<void>;
}

const MIB = 1024 * 1024;
const SILENCE_MAX_MS = 60_000;
const CLOSE_MAX_MS = 5_000;
const MOST_RECIPIENTS = 10;

/** Rejects with `port_taken` when it cannot listen. Source: RFC 5321; XCLIENT and XFORWARD as Postfix documents them. */
export async function startSmtp(options: SmtpOptions): Promise<SmtpListener> {
  const { host, port, ownAddress, trusted, certificate, logger, takeDeadlineMs = 20_000 } = options;
  const closing = new AbortController();
  const isRelay = isAmong(trusted);
  const clients = createClients(
    isRelay,
    {
      mostOfOne: options.maxClientsOfOne ?? 10,
      mostBytes: options.maximumBytesInAll ?? 128 * MIB,
      connectionMs: options.connectionDeadlineMs ?? 600_000,
      idleMs: options.idleDeadlineMs ?? 30_000,
    },
    endConnection,
  );
  const own = withoutPlus(ownAddress);
  const server = new SMTPServer({
    name: options.ownHost,
    banner: 'Shellbox',
    size: options.maximumBytes ?? 30 * MIB,
    rejectOversized: true,
    maxRecipients: MOST_RECIPIENTS,
    socketTimeout: SILENCE_MAX_MS,
    closeTimeout: CLOSE_MAX_MS,
    disabledCommands: certificate === undefined ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    ...(certificate === undefined ? {} : certificate),
    disableReverseLookup: true,
    useXClient: [...trusted],
    useXForward: [...trusted],
    onConnect({ id, remoteAddress }, answer) {
      // XCLIENT and XFORWARD have this called once more, with the address of somebody else.
      answer(clients.enter(id, remoteAddress) ? undefined : refusal(421, '4.7.0 Too many connections'));
    },
    onMailFrom(_, session, answer) {
      const client = clients.of(session.id);
      // What a relay says by XFORWARD is about the next mail alone.
      if (client !== undefined) client.forwarded = new Map(session.xForward);
      session.xForward?.clear();
      answer();
    },
    onClose({ id }) {
      clients.leave(id);
    },
    onRcptTo({ address }, _, answer) {
      const isOurs = plainAddress(address) !== undefined && withoutPlus(address) === own;
      answer(isOurs ? undefined : refusal(550, '5.1.1 No such mailbox here'));
    },
    onData(stream, session, answer) {
      clients
        .during(session.id, (client) => receive(stream, session, client))
        .then(() => answer())
        .catch((error: unknown) => {
          if (stream.errored !== null)
            logger.debug({ door: 'email', error }, 'A client broke off in the middle of a mail');
          else logger.warn({ door: 'email', error }, 'A mail was not written down; its sender is asked to come again');
          answer(refusal(451, '4.3.0 Not taken just now, try again later'));
        });
    },
  });
  limitConnections(server.server, options.maxClients ?? 100, isRelay);
  // A client that breaks off is nobody's fault and needs nothing.
  server.on('error', (error) => logger.debug({ door: 'email', error }, 'An SMTP connection broke'));

  /** Silence has a limit of the server's own; this is for whoever sends a byte a minute. */
  function endConnection(id: string): void {
    for (const connection of server.connections) if (connection.id === id) connection.close();
  }

  async function receive(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    client: Client | undefined,
  ): Promise<void> {
    if (client === undefined) throw new ShellboxError('closing', 'The connection is gone.');
    const chunks: Buffer[] = [];
    let isTooMuch = false;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      isTooMuch ||= !clients.hasRoom(client, chunk.length);
      if (stream.sizeExceeded || isTooMuch) continue;
      client.bytes += chunk.length;
      chunks.push(chunk);
    }
    // The answer is the server's: 552.
    if (stream.sizeExceeded) return;
    if (isTooMuch) throw new ShellboxError('busy', 'Too many large mails are being taken in.');
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(takeDeadlineMs)]);
    await options.take({ ...whence(session, client), bytes: Buffer.concat(chunks.splice(0)), via: 'smtp' }, signal);
  }

  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error): void =>
      reject(
        new ShellboxError('port_taken', `Cannot take mail at ${host} port ${port}.`, {
          remedy: 'Stop the program that listens there, or set another SMTP_LISTEN.',
          cause,
        }),
      );
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => closing.abort(), CLOSE_MAX_MS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
      }),
  };
}

/** Who really sent it: what a trusted relay said, and nothing about a relay that did not say. */
function whence(session: SMTPServerSession, client: Client): Omit<RawMail, 'bytes' | 'via'> {
  const { mailFrom, rcptTo } = session.envelope;
  const { isRelay, forwarded } = client;
  const said = isRelay ? [forwarded, session.xClient].find((told) => told?.has('ADDR')) : undefined;
  return {
    clientIp: isRelay ? text(said?.get('ADDR')) : session.remoteAddress,
    helo: text(said?.get('HELO')) ?? text(session.hostNameAppearsAs),
    envelopeFrom: mailFrom === false ? '' : mailFrom.address,
    envelopeTo: rcptTo.map(({ address }) => address),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
