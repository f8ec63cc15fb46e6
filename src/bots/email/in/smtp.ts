// The SMTP listener: takes mail for our own address and nobody else's, and says yes only when it was written down.
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { ShellboxError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import { networkOf } from '../../../network-of.ts';
import { withoutPlus } from '../address.ts';
import { plainAddress } from './author.ts';
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
  /** Of connections at a time. 100 by default. */
  maxClients?: number;
  /** Of connections at a time from one network that is not trusted. 10 by default. */
  maxClientsOfOne?: number;
  /** Bytes of all mails that are being taken in; what is beyond is asked to come again. 128 MiB by default. */
  maximumBytesInAll?: number;
  /** For a whole connection, however busy. 600,000 by default. */
  connectionDeadlineMs?: number;
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

/** Who is at the other end of a connection. */
interface Client {
  isRelay: boolean;
  network: string;
  /** What was said by XFORWARD of the mail that is under way. */
  forwarded: ReadonlyMap<string, unknown>;
  /** Of the mail that is being taken in. */
  bytes: number;
}

const MIB = 1024 * 1024;
const NOTHING: Client['forwarded'] = new Map();
const SILENCE_MAX_MS = 60_000;
const CLOSE_MAX_MS = 5_000;
const MOST_RECIPIENTS = 10;
/** So many networks that are not trusted share the bytes. */
const NETWORKS_AT_LEAST = 4;

/** Rejects with `port_taken` when it cannot listen. Source: RFC 5321; XCLIENT and XFORWARD as Postfix documents them. */
export async function startSmtp(options: SmtpOptions): Promise<SmtpListener> {
  const { host, port, ownAddress, trusted, certificate, logger, takeDeadlineMs = 20_000 } = options;
  const closing = new AbortController();
  const { maxClientsOfOne = 10, maximumBytesInAll = 128 * MIB } = options;
  const deadlines = new Map<string, NodeJS.Timeout>();
  const clients = new Map<string, Client>();
  const own = withoutPlus(ownAddress);
  const server = new SMTPServer({
    name: options.ownHost,
    banner: 'Shellbox',
    size: options.maximumBytes ?? 30 * MIB,
    rejectOversized: true,
    maxClients: options.maxClients ?? 100,
    maxRecipients: MOST_RECIPIENTS,
    socketTimeout: SILENCE_MAX_MS,
    closeTimeout: CLOSE_MAX_MS,
    disabledCommands: certificate === undefined ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    ...(certificate === undefined ? {} : certificate),
    disableReverseLookup: true,
    useXClient: [...trusted],
    useXForward: [...trusted],
    onConnect({ id, remoteAddress }, answer) {
      clearTimeout(deadlines.get(id));
      deadlines.set(id, setTimeout(endConnection, options.connectionDeadlineMs ?? 600_000, id));
      // XCLIENT and XFORWARD have this called once more, with the address of somebody else.
      if (clients.has(id)) return answer();
      const client = {
        isRelay: trusted.includes(remoteAddress),
        network: networkOf(remoteAddress),
        forwarded: NOTHING,
        bytes: 0,
      };
      if (!client.isRelay && ofNetwork(client.network).length >= maxClientsOfOne)
        return answer(refusal(421, '4.7.0 Too many connections'));
      clients.set(id, client);
      answer();
    },
    onMailFrom(_, session, answer) {
      const client = clients.get(session.id);
      // What a relay says by XFORWARD is about the next mail alone.
      if (client !== undefined) client.forwarded = new Map(session.xForward);
      session.xForward?.clear();
      answer();
    },
    onClose({ id }) {
      clients.delete(id);
      clearTimeout(deadlines.get(id));
      deadlines.delete(id);
    },
    onRcptTo({ address }, _, answer) {
      const isOurs = plainAddress(address) !== undefined && withoutPlus(address) === own;
      answer(isOurs ? undefined : refusal(550, '5.1.1 No such mailbox here'));
    },
    onData(stream, session, answer) {
      receive(stream, session)
        .then(() => answer())
        .catch((error: unknown) => {
          if (stream.errored !== null)
            logger.debug({ door: 'email', error }, 'A client broke off in the middle of a mail');
          else logger.warn({ door: 'email', error }, 'A mail was not written down; its sender is asked to come again');
          answer(refusal(451, '4.3.0 Not taken just now, try again later'));
        });
    },
  });
  // A client that breaks off is nobody's fault and needs nothing.
  server.on('error', (error) => logger.debug({ door: 'email', error }, 'An SMTP connection broke'));

  /** Silence has a limit of the server's own; this is for whoever sends a byte a minute. */
  function endConnection(id: string): void {
    for (const connection of server.connections) if (connection.id === id) connection.close();
  }

  const ofNetwork = (network: string): Client[] => [...clients.values()].filter((one) => one.network === network);

  /** Whether there is room for more of this client's: in all, and for one network a share, as long as it is no relay. */
  function hasRoom(client: Client, more: number): boolean {
    const taken = (some: Iterable<Client>): number => [...some].reduce((sum, { bytes }) => sum + bytes, 0);
    if (taken(clients.values()) + more > maximumBytesInAll) return false;
    return client.isRelay || taken(ofNetwork(client.network)) + more <= maximumBytesInAll / NETWORKS_AT_LEAST;
  }

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const client = clients.get(session.id);
    if (client === undefined) throw new ShellboxError('closing', 'The connection is gone.');
    const chunks: Buffer[] = [];
    let isTooMuch = false;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        isTooMuch ||= !hasRoom(client, chunk.length);
        if (stream.sizeExceeded || isTooMuch) continue;
        client.bytes += chunk.length;
        chunks.push(chunk);
      }
      // The answer is the server's: 552.
      if (stream.sizeExceeded) return;
      if (isTooMuch) throw new ShellboxError('busy', 'Too many large mails are being taken in.');
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(takeDeadlineMs)]);
      await options.take({ ...whence(session, client), bytes: Buffer.concat(chunks.splice(0)), via: 'smtp' }, signal);
    } finally {
      client.bytes = 0;
    }
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
