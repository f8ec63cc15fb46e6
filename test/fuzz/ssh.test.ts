// The SSH door before bytes that are no SSH, and before people who log in and ask for anything: others are served, and nothing acts in what is written.
import { connect } from 'node:net';
import fc from 'fast-check';
import type { Client, ClientChannel } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOST, type OpenDoor } from '../bots/ssh/open-door.ts';
import { answerTo, logIn, openMirror } from '../bots/ssh/strangers.ts';
import { ACTING, nastyText } from './nasty.ts';
import { tryAll, within } from './tries.ts';

/** A request that the door leaves open, as a shell that waits for a line, is given up by the client after so long. */
const ANSWER_MS = 200;
/** What a stranger may be sent before it is cut off: the version, the key exchange, a refusal. */
const MOST_TO_STRANGERS_BYTES = 4096;
/** A refusal of a line of any length. */
const MOST_ANSWER_BYTES = 16_384;

let open: OpenDoor;
let visitor: Client;
beforeAll(async () => {
  open = await openMirror({ loginMs: 500, unauthenticatedPerNetwork: 200, connectionsPerKey: 1000 });
  visitor = await logIn(open, 'ana');
});
afterAll(async () => {
  visitor.end();
  await open.close();
});

/** What the door says to these bytes before it ends the connection, in bytes. */
function saidTo(pieces: readonly Buffer[]): Promise<number> {
  return new Promise((resolve) => {
    let bytes = 0;
    const socket = connect(open.port, HOST, () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.on('error', () => {});
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.once('close', () => resolve(bytes));
  });
}

/** Somebody who was logged in all the time runs a command. */
const others = (): Promise<string> => answerTo(visitor);

test('bytes before and after the banner, and packets that are none, end their own connection alone', {
  timeout: within(60_000),
}, async () => {
  const banner = fc.constantFrom(
    '',
    'SSH-2.0-x\r\n',
    'SSH-2.0-OpenSSH_9.9\r\n',
    'SSH-1.5-x\r\n',
    'SSH-2.0-',
    'hello\r\nSSH-2.0-x\r\n',
    '\0SSH-2.0-x\r\n',
  );
  // A length, padding and a message number, as of an unencrypted packet, and then whatever comes.
  const packet = fc
    .tuple(fc.constantFrom(0, 1, 5, 12, 35_000, 0x7fffffff, 0xffffffff), fc.nat(255), fc.nat(255))
    .map(([length, padding, kind]) => {
      const head = Buffer.alloc(6);
      head.writeUInt32BE(length);
      head.writeUInt8(padding, 4);
      head.writeUInt8(kind, 5);
      return head.toString('base64');
    });
  const bytes = fc.oneof(
    packet,
    fc.base64String({ maxLength: 300 }),
    fc.constant(Buffer.alloc(70_000, 0x41).toString('base64')),
  );
  await tryAll<[string, string[]]>(
    'ssh-bytes',
    60,
    [banner, fc.array(bytes, { maxLength: 4 })],
    async (first, rest) => {
      const all = [Buffer.from(first), ...rest.map((text) => Buffer.from(text, 'base64'))];
      expect(await saidTo(all)).toBeLessThan(MOST_TO_STRANGERS_BYTES);
    },
  );
  expect(await others()).toBe(open.person.fingerprint);
});

interface Asked {
  kind: 'exec' | 'shell' | 'subsystem' | 'pty' | 'env' | 'signal' | 'forward' | 'listen';
  text: string;
  number: number;
}
const asked: fc.Arbitrary<Asked> = fc.record({
  kind: fc.constantFrom('exec', 'exec', 'shell', 'subsystem', 'pty', 'env', 'signal', 'forward', 'listen'),
  text: nastyText,
  number: fc.constantFrom(0, 1, 22, 80, 65_535, 65_536, 0x7fffffff, 0xffffffff),
});

/** Other names are not sent by this client. */
const SIGNALS = ['TERM', 'KILL', 'INT', 'HUP', 'USR1', 'QUIT', 'SEGV'] as const;

/** Everything that is said to it, and an empty text where it is refused. */
function ask(client: Client, { kind, text, number }: Asked): Promise<string> {
  return new Promise((resolve) => {
    const hear = (error: Error | undefined, channel?: ClientChannel): void => {
      if (error || channel === undefined) {
        resolve('');
        return;
      }
      let said = '';
      const add = (data: Buffer): void => {
        said += data.toString();
      };
      channel.on('data', add);
      channel.stderr?.on('data', add);
      channel.on('error', () => {});
      channel.once('close', () => resolve(said));
      if (kind === 'signal') channel.signal(SIGNALS[text.length % SIGNALS.length] ?? 'TERM');
      if (kind === 'shell' || kind === 'pty') channel.write(`${text}\n`);
      setTimeout(() => channel.close(), ANSWER_MS).unref();
    };
    const size = { rows: number, cols: number, width: number, height: number, term: text.slice(0, 200) };
    if (kind === 'exec' || kind === 'signal') client.exec(text, hear);
    else if (kind === 'subsystem') client.subsys(text, hear);
    else if (kind === 'env') client.exec('list', { env: { [text]: text, LD_PRELOAD: text } }, hear);
    else if (kind === 'pty') client.exec('list', { pty: size }, hear);
    else if (kind === 'shell') client.shell(size, hear);
    else if (kind === 'forward') client.forwardOut(text, number % 65_536, text, number % 65_536, hear);
    else client.forwardIn(text, number % 65_536, (error) => resolve(error ? '' : 'listens'));
  });
}

test('requests with any text and size are answered or refused, shortly, with nothing that acts', {
  timeout: within(90_000),
}, async () => {
  await tryAll<[Asked[]]>('ssh-requests', 25, [fc.array(asked, { minLength: 1, maxLength: 6 })], async (requests) => {
    const client = await logIn(open, 'ana');
    client.on('error', () => {});
    let there = true;
    client.once('close', () => {
      there = false;
    });
    try {
      for (const request of requests) {
        // A packet longer than SSH allows ends the connection that sent it.
        if (!there) break;
        const said = await Promise.race([ask(client, request), gone(client)]);
        expect(said).not.toBe('listens');
        expect(said.length).toBeLessThan(MOST_ANSWER_BYTES);
        // A terminal is moved about on purpose.
        if (request.kind !== 'shell' && request.kind !== 'pty')
          expect(ACTING.test(said.replaceAll('\r\n', '\n'))).toBe(false);
      }
    } finally {
      client.end();
    }
  });
  expect(await others()).toBe(open.person.fingerprint);
  // What was logged is one line each, whatever was asked for.
  for (const line of open.log) expect(ACTING.test(line.trimEnd())).toBe(false);
});

test('user names with anything in them are refused or served, and written harmlessly', {
  timeout: within(60_000),
}, async () => {
  await tryAll<[string]>('ssh-users', 30, [nastyText.filter((text) => text !== '')], async (user) => {
    const client = await logIn(open, user).catch(() => undefined);
    if (client === undefined) return;
    client.on('error', () => {});
    const said = await Promise.race([ask(client, { kind: 'exec', text: 'list', number: 0 }), gone(client)]);
    expect(ACTING.test(said.replaceAll('\r\n', '\n'))).toBe(false);
    client.end();
  });
  expect(await others()).toBe(open.person.fingerprint);
  for (const line of open.log) expect(ACTING.test(line.trimEnd())).toBe(false);
});

function gone(client: Client): Promise<string> {
  return new Promise((resolve) => client.once('close', () => resolve('')));
}
