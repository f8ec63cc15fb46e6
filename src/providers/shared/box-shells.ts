// Lines run in boxes over SSH: one connection a box, its host key pinned, shared by all that runs there and kept for a while.
import { connect, type Socket } from 'node:net';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import type { Endpoint } from '../../boxes/endpoint.ts';
import type { Secret } from '../../secret.ts';
import { type Ended, ProviderError } from '../provider.ts';

/** Where a box answers, and the key it has to answer with. */
export interface BoxAddress {
  endpoint: Endpoint;
  /** OpenSSH public key line. */
  hostPublicKey: string;
}

export interface Run {
  /** Called with everything it prints, in the order in which it came. */
  output(data: Buffer, from: 'out' | 'err'): void;
  /**
   * What it reads; a promise keeps its input open until then. Left out, its input stays open, and a line that should read nothing says so
   * (`</dev/null`): it can be ended from outside.
   */
  input?: string | Promise<string> | undefined;
  /** Ends it, in the box too. */
  signal: AbortSignal;
}

export interface BoxShells {
  /**
   * Runs a line with the account's own shell, as `ssh <box> <line>` does.
   *
   * @throws ProviderError `unavailable` (nothing was run), `host_key_mismatch`, `timeout` (cancelled, or the connection was lost: it may go on)
   */
  run(box: BoxAddress, line: string, run: Run): Promise<Ended>;
  /** Ends every connection. */
  close(): void;
}

export interface BoxShellsOptions {
  user: string;
  privateKey: Secret;
  /** How long a connection is kept on which nothing runs, milliseconds. Default 60,000. */
  idleMs?: number;
  /** For the TCP connection and the log-in, milliseconds. Default 10,000. */
  loginMs?: number;
}

const IDLE_MS = 60_000;
const LOGIN_MS = 10_000;
const KEEPALIVE_MS = 15_000;
const KEEPALIVE_COUNT = 3;

interface Kept {
  socket: Socket;
  client: Promise<Client>;
  running: number;
  rest: NodeJS.Timeout | undefined;
}

export function createBoxShells(options: BoxShellsOptions): BoxShells {
  const { idleMs = IDLE_MS } = options;
  const kept = new Map<string, Kept>();

  function take(box: BoxAddress): { name: string; one: Kept } {
    const name = `${box.endpoint.host} ${box.endpoint.port} ${box.hostPublicKey}`;
    const known = kept.get(name);
    const one = known ?? { ...logIn(box, options, () => kept.delete(name)), running: 0, rest: undefined };
    if (known === undefined) kept.set(name, one);
    clearTimeout(one.rest);
    one.socket.ref();
    one.running += 1;
    return { name, one };
  }

  function giveBack({ name, one }: { name: string; one: Kept }): void {
    one.running -= 1;
    if (one.running > 0) return;
    one.rest = setTimeout(() => end(name, one), idleMs);
    // A process that has nothing else to do need not wait for either.
    one.rest.unref();
    one.socket.unref();
  }

  function end(name: string, one: Kept): void {
    clearTimeout(one.rest);
    if (kept.get(name) === one) kept.delete(name);
    one.client.then(
      (client) => client.end(),
      () => {},
    );
  }

  return {
    async run(box, line, run) {
      const held = take(box);
      try {
        return await runOn(await held.one.client, line, run);
      } finally {
        giveBack(held);
      }
    },
    close() {
      for (const [name, one] of [...kept]) end(name, one);
    },
  };
}

function logIn(box: BoxAddress, options: BoxShellsOptions, closed: () => void): Pick<Kept, 'socket' | 'client'> {
  const { user, privateKey, loginMs = LOGIN_MS } = options;
  const [, pinned] = box.hostPublicKey.split(' ');
  const client = new ssh2.Client();
  const socket = connect({ host: box.endpoint.host, port: box.endpoint.port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  const fail = (cause?: unknown): void => {
    closed();
    reject(new ProviderError('unavailable', 'The box does not answer over SSH.', { cause }));
    socket.destroy();
  };
  socket.on('error', fail);
  // SSH knows no half-open connection, and ssh2 waits for ever on one.
  socket.once('end', () => socket.destroy());
  client.once('ready', () => resolve(client));
  client.on('error', fail);
  client.once('close', () => fail());
  client.connect({
    sock: socket,
    username: user,
    privateKey: privateKey.reveal(),
    readyTimeout: loginMs,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVE_COUNT,
    algorithms: { serverHostKey: ['ssh-ed25519'] },
    hostVerifier: (key: Buffer) => {
      if (key.toString('base64') === pinned) return true;
      closed();
      reject(
        new ProviderError('host_key_mismatch', 'What answers at the address of the box has another host key.', {
          remedy: 'Nothing was sent to it. If nobody else uses that address, destroy the box and make it again.',
        }),
      );
      return false;
    },
  });
  return { socket, client: promise };
}

async function runOn(client: Client, line: string, { output, input, signal }: Run): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  let channel: ClientChannel | undefined;
  const cancelled = (): ProviderError => new ProviderError('timeout', 'It was ended.', { cause: signal.reason });
  const stop = (): void => {
    // sshd passes the signal on to everything that the line started (OpenSSH 7.9 and later).
    channel?.signal('TERM');
    channel?.close();
    reject(cancelled());
  };
  signal.addEventListener('abort', stop, { once: true });
  const begun = (error: Error | undefined, opened: ClientChannel): void => {
    if (error !== undefined)
      return void reject(new ProviderError('unavailable', 'The box takes no more sessions.', { cause: error }));
    channel = opened;
    let ended: Ended | undefined;
    opened.on('data', (data: Buffer) => output(data, 'out'));
    opened.stderr.on('data', (data: Buffer) => output(data, 'err'));
    opened.on('exit', (status: number | null, name?: string) => {
      ended = status === null ? { signal: (name ?? 'unknown').replace(/^SIG/, '') } : { status };
    });
    opened.on('close', () => {
      if (ended !== undefined) resolve(ended);
      else reject(new ProviderError('timeout', 'The connection to the box was lost; the command may go on in it.'));
    });
    // ssh2 sends no signal on a channel whose input is closed.
    if (typeof input === 'string') opened.end(input);
    else
      input?.then(
        (text) => opened.end(text),
        () => opened.end(),
      );
    if (signal.aborted) stop();
  };
  try {
    client.exec(line, begun);
  } catch (cause) {
    // It throws while a connection that is lost ends; nobody would hear of a rejection later, which ends the process.
    reject(new ProviderError('unavailable', 'The box does not answer over SSH.', { cause }));
  }
  return promise.finally(() => signal.removeEventListener('abort', stop));
}
