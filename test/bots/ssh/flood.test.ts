// Floods, dribbles, broken packets and texts that act, in front of the SSH door.
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { say } from '../../../src/threads/reply.ts';
import { HOST, type OpenDoor } from './open-door.ts';
import { attempt, logIn, openMirror, raw, runAs } from './strangers.ts';

let open: OpenDoor;
beforeEach(async () => {
  open = await openMirror();
});
afterEach(() => open.close());

describe('a flood', () => {
  it('of connections that do not log in leaves other addresses working, and this one once it is over', async () => {
    await open.close();
    open = await openMirror({ unauthenticated: 150, unauthenticatedPerAddress: 100 });
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
