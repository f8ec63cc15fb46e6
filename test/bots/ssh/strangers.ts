// Clients that do what OpenSSH's own would not: ssh2 as it is told, and bare TCP.
import { readFileSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2, {
  type AuthenticationType,
  type Client,
  type ClientChannel,
  type ConnectConfig,
  type ParsedKey,
} from 'ssh2';
import { generateHostKey } from '../../../src/bots/ssh/host-keys.ts';
import type { SshLimits } from '../../../src/bots/ssh/limits.ts';
import { say } from '../../../src/threads/reply.ts';
import { HOST, type OpenDoor, openDoor } from './open-door.ts';

/** A door that answers everything with the fingerprint of who asked. */
export async function openMirror(limits: Partial<SshLimits> = {}): Promise<OpenDoor> {
  const open = await openDoor(limits);
  open.intake.answer = async ({ arrival, final }) => void (await final(say(arrival.speaker.subject)));
  return open;
}

export function privateKeyOf(person: { folder: string }): ParsedKey {
  const parsed = ssh2.utils.parseKey(readFileSync(join(person.folder, 'key')));
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

/** Logs in with ssh2, which does as it is told; resolves with what became of it. */
export function attempt(
  open: OpenDoor,
  handler: (left: AuthenticationType[] | null) => object | false | 'silence',
): Promise<'in' | 'refused'> {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    client.on('ready', () => {
      client.end();
      resolve('in');
    });
    client.on('error', () => resolve('refused'));
    client.on('close', () => resolve('refused'));
    client.connect({
      host: HOST,
      port: open.port,
      username: 'ana',
      hostVerifier: (key: Buffer) => key.toString('base64') === open.door.hostPublicKey.split(' ')[1],
      authHandler: (left, _partial, next) => {
        const answer = handler(left);
        if (answer !== 'silence') next(answer as never);
      },
    });
  });
}

/** A command as a user of this name, which OpenSSH's own client would not send. */
export function runAs(open: OpenDoor, username: string, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject);
    client.on('ready', () => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error);
        channel.resume();
        channel.on('exit', resolve);
        channel.on('close', () => client.end());
      });
    });
    client.connect({
      host: HOST,
      port: open.port,
      username,
      privateKey: readFileSync(join(open.person.folder, 'key')),
      hostVerifier: (key: Buffer) => key.toString('base64') === open.door.hostPublicKey.split(' ')[1],
    });
  });
}

export function raw(
  open: OpenDoor,
  onConnect: (socket: Socket) => void = () => {},
  localAddress = HOST,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port: open.port, host: HOST, localAddress }, () => onConnect(socket));
    socket.on('error', () => {});
    socket.resume();
    socket.once('close', () => resolve());
  });
}

/** A client that closes channels as it is told; as the person, or with another key. */
export function logIn(
  { port, person, door }: OpenDoor,
  username: string,
  how: Partial<ConnectConfig> = {},
): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.once('ready', () => resolve(client));
    client.on('error', reject);
    client.once('close', () => reject(new Error('The door ended the connection.')));
    client.connect({
      host: HOST,
      port,
      username,
      privateKey: readFileSync(join(person.folder, 'key')),
      hostVerifier: (key: Buffer) => key.toString('base64') === door.hostPublicKey.split(' ')[1],
      ...how,
    });
  });
}

/** With a key that nobody has seen before. */
export function logInAsStranger(open: OpenDoor): Promise<Client> {
  return logIn(open, 'shellbox', { privateKey: generateHostKey().privateKey.reveal() });
}

export function closed(client: Client): Promise<void> {
  return new Promise((resolve) => void client.once('close', () => resolve()));
}

/** What a command on the connection prints. */
export function answerTo(client: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec('list', (error, channel) => {
      if (error) return reject(error);
      let text = '';
      channel.on('data', (data: Buffer) => {
        text += data.toString();
      });
      channel.once('close', () => resolve(text.trim()));
    });
  });
}

/** Opens a session and asks for nothing on it, for which ssh2 has no function. */
export function openSilently(client: Client): Promise<void> {
  return new Promise((resolve) => {
    const channel: number = Reflect.get(client, '_chanMgr').add(() => resolve());
    Reflect.get(client, '_protocol').session(channel, 2 ** 21, 2 ** 15);
  });
}

export function forwardOut(client: Client, port: number): Promise<ClientChannel | undefined> {
  return new Promise((resolve) => {
    client.forwardOut('127.0.0.1', 1, '127.0.0.1', port, (error, channel) => resolve(error ? undefined : channel));
  });
}

export function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
