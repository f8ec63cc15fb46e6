// An SMTP server on loopback that keeps what it takes, and goes wrong on purpose.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface TakenMail {
  /** Empty for the null sender. */
  from: string;
  to: readonly string[];
  /** As it came over the wire, dots unstuffed. */
  raw: Buffer;
}

/**
 * - `refuse`: an answer with this code, to the recipient or to the whole mail; nothing is taken.
 * - `lost`: the connection breaks when the mail is there, before it is taken.
 * - `taken`: it is taken, and the connection breaks before the answer.
 * - `hang`: no answer to the recipient until the client gives up.
 */
export type MailboxFault =
  | { kind: 'refuse'; code: number; at: 'recipient' | 'mail' }
  | { kind: 'lost' }
  | { kind: 'taken' }
  | { kind: 'hang' };

export interface Mailbox {
  port: number;
  /** `smtp://127.0.0.1:…` with the name and password, where there are any. */
  url: string;
  mails: readonly TakenMail[];
  /** Several are met in turn, by one mail each. Resolves when a mail has met it. */
  failNext(fault: MailboxFault): { met: Promise<void> };
  connections(): number;
  close(): Promise<void>;
}

interface Planned {
  fault: MailboxFault;
  meet: () => void;
}

/** `login`: only who knows it may send. */
export async function startMailbox(options: { login?: { user: string; password: string } } = {}): Promise<Mailbox> {
  const { login } = options;
  const mails: TakenMail[] = [];
  const planned: Planned[] = [];
  const sockets = new Map<string, Socket>();

  /** The first fault, used up if it is one of these. */
  function meet<Kind extends MailboxFault['kind']>(...kinds: readonly Kind[]) {
    const [first] = planned;
    const kind = kinds.find((each) => each === first?.fault.kind);
    if (first === undefined || kind === undefined) return undefined;
    planned.shift();
    setImmediate(first.meet);
    return first.fault;
  }

  function break_({ remoteAddress, remotePort }: { remoteAddress: string; remotePort: number }): void {
    sockets.get(`${remoteAddress}:${remotePort}`)?.destroy();
  }

  const server = new SMTPServer({
    disabledCommands: login === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: login === undefined,
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(failure(535));
    },
    onRcptTo(_address, _session, done) {
      const [first] = planned;
      if (first?.fault.kind === 'hang') meet('hang');
      else if (first?.fault.kind === 'refuse' && first.fault.at === 'recipient') {
        meet('refuse');
        done(failure(first.fault.code));
      } else done();
    },
    onData(stream, session, done) {
      buffer(stream).then((raw) => {
        const fault = meet('refuse', 'lost', 'taken');
        if (fault?.kind === 'refuse') return done(failure(fault.code));
        if (fault?.kind === 'lost') return break_(session);
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), raw });
        return fault?.kind === 'taken' ? break_(session) : done();
      }, done);
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(name, socket);
    socket.on('close', () => sockets.delete(name));
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const who = login === undefined ? '' : `${login.user}:${login.password}@`;
  return {
    port,
    url: `smtp://${who}127.0.0.1:${port}`,
    mails,
    failNext(fault) {
      const { promise, resolve } = Promise.withResolvers<void>();
      planned.push({ fault, meet: resolve });
      return { met: promise };
    },
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets.values()) socket.destroy();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(resolve);
      await promise;
    },
  };
}

function failure(code: number): Error {
  return Object.assign(new Error('as the test wishes'), { responseCode: code });
}
