// Floods, dribbles, broken packets and texts that act, in front of the SSH door.
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateHostKey } from '../../../src/bots/ssh/host-keys.ts';
import { say } from '../../../src/threads/reply.ts';
import { ACCOUNT, HOST, type OpenDoor } from './open-door.ts';
import {
  answerTo,
  attempt,
  closed,
  forwardOut,
  logIn,
  logInAsStranger,
  openMirror,
  openSilently,
  portOf,
  raw,
  runAs,
} from './strangers.ts';

let open: OpenDoor;
beforeEach(async () => {
  open = await openMirror();
});
afterEach(() => open.close());

describe('a flood', () => {
  it('of connections that do not log in leaves other addresses working, and this one once it is over', async () => {
    await open.close();
    open = await openMirror({ unauthenticated: 150, unauthenticatedPerNetwork: 100 });
    const sockets: Socket[] = [];
    const floods = Array.from({ length: 200 }, () => raw(open, (socket) => sockets.push(socket)));
    // The hundred beyond the limit are closed at once.
    let ended = 0;
    for (const flood of floods) void flood.then(() => (ended += 1));
    await expect.poll(() => ended, { timeout: 15_000 }).toBe(100);
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(255);
    expect((await open.ssh(['-b', '127.0.0.2', `ana@${HOST}`, 'list'])).out).toBe(`${open.person.fingerprint}\n`);
    for (const socket of sockets) socket.destroy();
    await Promise.all(floods);
    await expect.poll(async () => (await open.ssh([`ana@${HOST}`, 'list'])).status, { timeout: 10_000 }).toBe(0);
  });

  it('of connections that do not log in gives way where most of it comes from: whoever was there longest goes first', async () => {
    await open.close();
    open = await openMirror({ unauthenticated: 4, unauthenticatedPerNetwork: 3 });
    const ended: string[] = [];
    const silent = async (name: string, localAddress: string): Promise<Socket> => {
      const { promise, resolve } = Promise.withResolvers<Socket>();
      const over = raw(open, (socket) => socket.once('data', () => resolve(socket)), localAddress);
      void over.then(() => ended.push(name));
      return promise;
    };
    const sockets: Socket[] = [];
    for (const name of ['few', 'most 1', 'most 2', 'most 3'])
      sockets.push(await silent(name, name === 'few' ? '127.0.0.2' : '127.0.0.3'));
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(0);
    expect(ended).toEqual(['most 1']);
    for (const socket of sockets) socket.destroy();
  });

  it('is ended by the deadline of the log-in, whatever dribbles in; who has logged in stays', async () => {
    await open.close();
    open = await openMirror({ loginMs: 400 });
    const stay = open.startSsh([`ana@${HOST}`, 'list']);
    open.intake.answer = async ({ final }) => {
      await Promise.all([
        raw(open),
        raw(open, (socket) => {
          socket.write('SSH-2.0-slow');
          const drip = setInterval(() => socket.write('x'), 20);
          socket.once('close', () => clearInterval(drip));
        }),
        attempt(open, () => 'silence'),
      ]);
      await final(say('still here'));
    };
    expect((await stay.ended).out).toBe('still here\n');
  });

  it('of connections with one key is held to its share', async () => {
    await open.close();
    open = await openMirror({ connectionsPerKey: 1 });
    open.intake.answer = async ({ arrival, final }) => {
      if (arrival.text === 'wait')
        await expect.poll(() => open.intake.arrivals.length + second, { timeout: 15_000 }).toBeGreaterThan(1);
      await final(say('done'));
    };
    let second = 0;
    const first = open.startSsh([`ana@${HOST}`, 'wait']);
    await expect.poll(() => open.intake.arrivals.length, { timeout: 15_000 }).toBe(1);
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(255);
    second = 1;
    expect((await first.ended).out).toBe('done\n');
  });

  it('of connections that log in and do nothing makes room for who comes to do something, and ends by itself', async () => {
    await open.close();
    open = await openMirror({ connections: 2, idleMs: 1500 });
    const idle = [await logIn(open, 'ana'), await logIn(open, 'ana')];
    const gone = idle.map((client) => new Promise<void>((resolve) => client.on('close', () => resolve())));
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(0);
    await gone[0];
    await gone[1];
  });

  it('of sessions on which nothing is asked is no work: it makes room like rest, and ends by itself', async () => {
    await open.close();
    open = await openMirror({ connections: 2, idleMs: 1500 });
    const silent = [await logIn(open, 'ana'), await logIn(open, 'ana')];
    const gone = silent.map(closed);
    await Promise.all(silent.map(openSilently));
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(0);
    await Promise.all(gone);
  });

  it('of strangers is held to a share of their network, in which the longest there give way; who is known stays', async () => {
    await open.close();
    open = await openMirror({ strangersPerNetwork: 2 });
    const ana = await logIn(open, 'ana');
    expect(await answerTo(ana)).toBe(open.person.fingerprint);
    const [first, ...others] = [await logInAsStranger(open), await logInAsStranger(open)];
    const gone = closed(first);
    const third = await logInAsStranger(open);
    await gone;
    for (const stays of [ana, ...others, third]) expect(await answerTo(stays)).toMatch(/^SHA256:/);
  });

  it('of strangers at work leaves room for whoever comes with an account', async () => {
    await open.close();
    open = await openMirror({ connections: 2 });
    const { promise: never } = Promise.withResolvers<void>();
    open.intake.answer = async ({ arrival, final }) =>
      arrival.text === 'wait' ? never : void (await final(say('done')));
    const strangers = [await logInAsStranger(open), await logInAsStranger(open)];
    for (const stranger of strangers) stranger.exec('wait', () => {});
    await expect.poll(() => open.intake.arrivals.length, { timeout: 15_000 }).toBe(2);
    const gone = strangers.map(closed);
    expect((await open.ssh([`ana@${HOST}`, 'list'])).out).toBe('done\n');
    await gone[0];
  });

  it('of strangers is forgiven to who gets an account meanwhile: their connections are no stranger’s any more', async () => {
    await open.close();
    open = await openMirror({ strangersPerNetwork: 2 });
    open.intake.answer = async ({ arrival, final }) => {
      open.directory.keys.set(arrival.speaker.subject, { account: ACCOUNT, boxIds: [] });
      await final(say(arrival.speaker.subject));
    };
    const key = { privateKey: generateHostKey().privateKey.reveal() };
    const [newcomer, again] = [await logIn(open, 'shellbox', key), await logIn(open, 'shellbox', key)];
    const known = await answerTo(newcomer);
    const lookedUp = () => open.directory.lookedUp.filter((one) => one === known).length;
    await expect.poll(lookedUp, { timeout: 15_000 }).toBe(3);
    for (let n = 0; n < 2; n++) await logInAsStranger(open);
    for (const stays of [newcomer, again]) expect(await answerTo(stays)).toBe(known);
  });

  it('of connections that are ended and do not let go is cut off', async () => {
    await open.close();
    open = await openMirror({ idleMs: 200, hangUpMs: 50 });
    const half = connect({ port: open.port, host: HOST, allowHalfOpen: true });
    half.on('error', () => {});
    // Between the client, which lets go, and the door.
    const between = createServer((client) => {
      client.on('error', () => {});
      client.pipe(half, { end: false });
      half.pipe(client);
    });
    await new Promise<void>((resolve) => between.listen(0, HOST, resolve));
    const client = await logIn(open, 'ana', { port: portOf(between) });
    await closed(client);
    const isCutOff = (): boolean => {
      half.write('x');
      return half.destroyed;
    };
    await expect.poll(isCutOff, { timeout: 15_000 }).toBe(true);
    between.close();
  });

  it('of forwards of a stranger waits for one answer, a few at a time', async () => {
    await open.close();
    open = await openMirror({ strangersForwards: 3 });
    const stranger = await logInAsStranger(open);
    expect(await answerTo(stranger)).toMatch(/^SHA256:/);
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const lookUp = open.directory.lookUp;
    let asked = 0;
    open.directory.lookUp = async (key) => {
      asked += 1;
      await answered;
      return lookUp(key);
    };
    let refused = 0;
    const forwards = Array.from({ length: 20 }, () => forwardOut(stranger, 22).then(() => (refused += 1)));
    await expect.poll(() => refused, { timeout: 15_000 }).toBe(17);
    expect(asked).toBeLessThanOrEqual(1);
    answer();
    await Promise.all(forwards);
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('of a long command keeps its connection, however long nothing is heard of it', async () => {
    await open.close();
    open = await openMirror({ idleMs: 300 });
    open.intake.answer = async ({ final }) => {
      const idle = await logIn(open, 'ana');
      await new Promise<void>((resolve) => idle.on('close', () => resolve()));
      await final(say('still here'));
    };
    expect((await open.ssh([`ana@${HOST}`, 'list'])).out).toBe('still here\n');
  });

  it('of channels on one connection is refused beyond the limit', async () => {
    await open.close();
    open = await openMirror({ channels: 2 });
    const { promise: enough, resolve: proceed } = Promise.withResolvers<void>();
    open.intake.answer = async ({ final }) => {
      await enough;
      await final(say('done'));
    };
    const socket = join(open.person.folder, 'control');
    const master = open.startSsh(['-M', '-N', '-S', socket, `ana@${HOST}`]);
    await expect
      .poll(async () => (await open.ssh(['-S', socket, '-O', 'check', `ana@${HOST}`])).status, { timeout: 15_000 })
      .toBe(0);
    const two = ['one', 'two'].map((word) => open.ssh(['-S', socket, `ana@${HOST}`, word]));
    await expect.poll(() => open.intake.arrivals.length, { timeout: 15_000 }).toBe(2);
    expect((await open.ssh(['-S', socket, '-o', 'ProxyCommand=false', `ana@${HOST}`, 'three'])).status).not.toBe(0);
    proceed();
    expect((await Promise.all(two)).map((ran) => ran.out)).toEqual(['done\n', 'done\n']);
    await open.ssh(['-S', socket, '-O', 'exit', `ana@${HOST}`]);
    await master.ended;
  });
});

describe('broken packets', () => {
  it.each([
    ['no protocol at all', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an endless first line', Buffer.alloc(100_000, 0x41)],
    ['noise after the version', Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(4096, 0xff)])],
    ['a key exchange cut short', Buffer.from('SSH-2.0-x\r\n\0\0\0\x0c\x04\x14\0\0\0\0\0\0\0\0\0\0', 'latin1')],
    ['a packet of length 0', Buffer.from('SSH-2.0-x\r\n\0\0\0\0\0\0\0\0', 'latin1')],
  ])('such as %s leave the door open to others', async (_, bytes) => {
    const ended = raw(open, (socket) => {
      socket.end(bytes);
    });
    await ended;
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(0);
  });
});

describe('names and texts full of metacharacters', () => {
  it('reach no shell and no terminal', async () => {
    const user = '$(touch /tmp/pwned);`id`\u001B[2J';
    expect(await runAs(open, user, 'list; $(id) `id` && reboot')).toBe(0);
    expect(open.intake.arrivals[0]?.text).toBe('list; $(id) `id` && reboot');
    expect(open.log.join('')).not.toContain('\u001B');
    expect(open.log.join('')).toContain('U+001B');
  });
});
