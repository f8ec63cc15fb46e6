// What marks a box as used, and which connections start one that was stopped.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, ClientChannel } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayBox } from '../../../src/bots/ssh/directory.ts';
import { HOST, NOW, type OpenDoor, openDoor, STOPPED_SINCE } from './open-door.ts';
import { logIn } from './strangers.ts';

const MINUTE_MS = 60_000;

let open: OpenDoor;
beforeEach(async () => {
  open = await openDoor();
  await open.addBox('mybox');
});
afterEach(() => open.close());

function change(what: Partial<GatewayBox>): void {
  const box = open.directory.boxes.get('mybox');
  if (box === undefined) throw new Error('no box');
  open.directory.boxes.set('mybox', { ...box, ...what });
}

const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * MINUTE_MS);
const asleep = (minutes: number): void =>
  change({ state: 'stopped', stateSince: STOPPED_SINCE, sleptAt: minutesAgo(minutes) });
const state = (): string | undefined => open.directory.boxes.get('mybox')?.state;

async function client(): Promise<Client> {
  const loggedIn = await logIn(open, 'mybox');
  onTestFinished(() => void loggedIn.end());
  return loggedIn;
}

function run(by: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    by.exec(command, { pty: { cols: 80, rows: 24 } }, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

describe('a box is marked as used', () => {
  it('by what a command prints, when it is more than a terminal prints by itself', async () => {
    // As much as the clock of a tmux that was left open.
    await open.ssh([`mybox@${HOST}`, 'head -c 125 /dev/zero']);
    expect(open.directory.uses).toEqual([]);
    await open.ssh([`mybox@${HOST}`, 'head -c 2000 /dev/zero']);
    expect(open.directory.uses).toEqual([{ boxId: 'mybox', at: NOW }]);
  });

  it('by what somebody types', async () => {
    const channel = await run(await client(), 'stty -echo; exec cat > /dev/null');
    await expect.poll(() => open.directory.openings.length).toBe(1);
    open.directory.uses.length = 0;
    channel.write('typed\n');
    await expect.poll(() => open.directory.uses.length, { timeout: 5_000 }).toBe(1);
  });

  it('by a file that is copied', async () => {
    await open.person.run('sftp', [...open.person.options(open.port), '-b', '-', `mybox@${HOST}`], 'ls /\n');
    expect(open.directory.uses).toHaveLength(1);
  });

  it('not by a session without a word, nor by a change of its window', async () => {
    const file = (name: string) => join(open.person.folder, name);
    const command = `trap 'touch ${file('changed')}' WINCH; touch ${file('runs')}; while :; do sleep 0.05; done`;
    const channel = await run(await client(), command);
    await expect.poll(() => existsSync(file('runs')), { timeout: 5_000 }).toBe(true);
    channel.setWindow(50, 120, 0, 0);
    await expect.poll(() => existsSync(file('changed')), { timeout: 5_000 }).toBe(true);
    expect(open.directory.uses).toEqual([]);
  });

  it('not by a connection that is only passed on', async () => {
    const ran = await open.ssh(['-W', 'mybox:22', `shellbox@${HOST}`], 'hello\n');
    expect(ran.out).toContain('SSH-2.0');
    expect(open.directory.openings).toHaveLength(1);
    expect(open.directory.uses).toEqual([]);
  });
});

describe('a box that was stopped for idleness a moment ago', () => {
  it('is not started by a command that a program sends, which is told in one line', async () => {
    asleep(9);
    const ran = await open.ssh([`mybox@${HOST}`, 'true']);
    expect(ran).toEqual({
      status: 1,
      out: '',
      err: `mybox was just stopped (idle). For 10 minutes only a shell starts it, or: ssh -p ${open.port} shellbox@${HOST} start mybox\n`,
    });
    expect(state()).toBe('stopped');
  });

  it('is not started by a forwarded connection or by sftp', async () => {
    asleep(0);
    expect((await open.ssh(['-W', 'mybox:22', `shellbox@${HOST}`])).status).toBe(255);
    expect((await open.ssh(['-W', '127.0.0.1:80', `mybox@${HOST}`])).status).toBe(255);
    await open.person.run('sftp', [...open.person.options(open.port), '-b', '-', `mybox@${HOST}`], 'ls /\n');
    expect(state()).toBe('stopped');
  });

  it.each([
    ['a shell', []],
    ['a command with a terminal', ['-tt', 'true']],
  ])('is started by %s, which reads why it was stopped', async (_, [option, ...command]) => {
    asleep(0);
    const ran = await open.ssh([...(option === undefined ? [] : [option]), `mybox@${HOST}`, ...command], 'exit\n');
    expect(ran.out + ran.err).toMatch(/mybox was stopped Tue 18:55 \(idle\)\. Starting… ✓ 0\.\d s/);
    expect(state()).toBe('running');
  });

  it('is started by a shell although a program was refused at the same moment on the same connection', async () => {
    asleep(0);
    const one = await client();
    const { box, lookUp } = open.directory;
    const { promise: bothAsked, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    open.directory.lookUp = async (fingerprint) => {
      asked += 1;
      if (asked === 2) setImmediate(resolve);
      return lookUp(fingerprint);
    };
    open.directory.box = (boxId) => bothAsked.then(() => box(boxId));
    const quiet = new Promise<number>((resolve) => {
      one.exec('true', (_error, channel) => void channel.on('exit', resolve).resume());
    });
    const loud = run(one, 'echo here').then(
      (channel) => new Promise<number>((resolve) => void channel.on('exit', resolve).resume()),
    );
    expect(await Promise.all([quiet, loud])).toEqual([1, 0]);
  });

  it('is started by anything when the minutes are over', async () => {
    asleep(10);
    expect((await open.ssh([`mybox@${HOST}`, 'echo here'])).out).toBe('here\n');
  });

  it('is waited for by anything once it starts', async () => {
    asleep(0);
    change({ state: 'starting' });
    expect((await open.ssh([`mybox@${HOST}`, 'echo here'])).out).toBe('here\n');
  });
});

describe('a box that connections do not start', () => {
  it.each([
    ['a command', ['true']],
    ['a shell', []],
  ])('says so to %s, and how it is started', async (_, command) => {
    change({ state: 'stopped', wakes: false });
    const ran = await open.ssh([`mybox@${HOST}`, ...command]);
    expect(ran).toEqual({
      status: 1,
      out: '',
      err: `mybox is stopped, and a connection does not start it: ssh -p ${open.port} shellbox@${HOST} start mybox\n`,
    });
    expect(state()).toBe('stopped');
  });

  it('names no command to somebody who may not start it', async () => {
    change({ state: 'stopped', wakes: false, owner: 'bob' });
    const ran = await open.ssh([`mybox@${HOST}`, 'true']);
    expect(ran.err).toBe('mybox is stopped, and a connection does not start it: its owner has to start it\n');
  });

  it('is entered while it runs', async () => {
    change({ wakes: false });
    expect((await open.ssh([`mybox@${HOST}`, 'echo here'])).out).toBe('here\n');
  });
});
