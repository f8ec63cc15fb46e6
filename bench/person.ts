// A person with a key and an SSH connection to the command door that stays open.
import { once } from 'node:events';
import { connect } from 'node:net';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { fingerprintOf } from '../src/accounts/keys.ts';
import { gatherWrites } from '../src/bots/ssh/gathered.ts';
import { generateHostKey } from '../src/bots/ssh/host-keys.ts';
import type { Secret } from '../src/secret.ts';

const COMMAND_MS = 120_000;

export interface Answer {
  status: number | null;
  out: string;
  err: string;
  /** By the wall clock: asked, and the request accepted by the door. */
  askedAt: number;
  acceptedAt: number;
}

export interface Person {
  privateKey: Secret;
  publicKey: string;
  fingerprint: string;
  /** Types a command; the answer when it has ended. Rejects when it takes longer than two minutes. */
  type(command: string): Promise<Answer>;
  hangUp(): void;
}

/** Logs in with a new key, over so many connections that take turns; the door's host key has to be `hostKey`. */
export async function logIn(port: number, hostKey: string, connections = 1): Promise<Person> {
  const key = generateHostKey();
  const pinned = Buffer.from(hostKey.split(' ')[1] ?? '', 'base64');
  const open = () => openClient(port, key.privateKey.reveal(), (offered) => offered.equals(pinned));
  const clients = await Promise.all(Array.from({ length: connections }, open));
  let turn = 0;
  return {
    ...key,
    fingerprint: fingerprintOf(key.publicKey),
    type: (command) => run(clients[turn++ % clients.length] as Client, command),
    hangUp() {
      for (const client of clients) client.end();
    },
  };
}

async function openClient(port: number, privateKey: string, isPinned: (offered: Buffer) => boolean): Promise<Client> {
  const client = new ssh2.Client();
  const sock = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(sock, 'connect');
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  client.once('ready', resolve).once('error', reject);
  client.connect({ sock: gatherWrites(sock), username: 'shellbox', privateKey, hostVerifier: isPinned });
  await ready;
  return client;
}

export const wallClock = (): number => performance.timeOrigin + performance.now();

function run(client: Client, command: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const late = setTimeout(() => reject(new Error(`"${command}" had no answer within ${COMMAND_MS} ms.`)), COMMAND_MS);
  const askedAt = wallClock();
  client.exec(command, (error: Error | undefined, channel: ClientChannel) => {
    if (error !== undefined) return reject(error);
    const acceptedAt = wallClock();
    let out = '';
    let err = '';
    let status: number | null = null;
    channel.on('data', (data: Buffer) => {
      out += data.toString();
    });
    channel.stderr.on('data', (data: Buffer) => {
      err += data.toString();
    });
    channel.on('exit', (code: number | null) => {
      status = code;
    });
    channel.on('close', () => resolve({ status, out, err, askedAt, acceptedAt }));
    channel.end();
  });
  return promise.finally(() => clearTimeout(late));
}

/** The answer of a command that must succeed. */
export async function must(person: Person, command: string): Promise<Answer> {
  const answer = await person.type(command);
  if (answer.status === 0) return answer;
  throw new Error(`"${command}" ended with status ${answer.status}: ${answer.err}${answer.out}`);
}
