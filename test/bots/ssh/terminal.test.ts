// The door on a real pseudo-terminal: greeting, choosing, questions, Ctrl-C, sizes, and the wake of a stopped box.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/threads/reply.ts';
import { fail, say } from '../../../src/threads/reply.ts';
import { HOST, NOW, type OpenDoor, openDoor, STOPPED_SINCE } from './open-door.ts';
import type { Running } from './openssh.ts';

let open: OpenDoor;
beforeEach(async () => {
  open = await openDoor();
});
afterEach(() => open.close());

/** Sleeps of an instant inside the pseudo-terminal's own programs are how a shell polls. */
const POLL = 'sleep 0.02';

function stopped(name: string): void {
  const box = open.directory.boxes.get(name);
  if (box === undefined) throw new Error(`no box ${name}`);
  open.directory.boxes.set(name, { ...box, state: 'stopped', stateSince: STOPPED_SINCE });
}

/** ssh with a terminal, as script(1) gives it one. */
function onTerminal(args: readonly string[], before = ''): Running {
  const words = ['ssh', ...open.person.options(open.port), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  return open.person.start('script', ['-qfec', `${before}exec ${words.join(' ')}`, '/dev/null']);
}

describe('a log-in with a terminal and without a command', () => {
  it('tells somebody new how to make a box', async () => {
    open.directory.keys.clear();
    const ran = await onTerminal([`ana@${HOST}`]).ended;
    expect(ran.status).toBe(0);
    expect(ran.out).toContain('Welcome to Shellbox');
    expect(ran.out).toContain(`\r\n  ssh -p ${open.port} ${HOST} spinup mybox\r\n`);
  });

  it("enters the only box, in a terminal of the client's size that follows it", async () => {
    await open.addBox('mybox');
    const mark = join(open.person.folder, 'mark');
    const resize = `stty rows 31 cols 91; (until [ -e ${mark} ]; do ${POLL}; done; stty rows 44 cols 123 < /dev/tty) & `;
    const running = onTerminal([`ana@${HOST}`], resize);
    running.child.stdin.write(
      `stty size; touch ${mark}; until [ "$(stty size)" = '44 123' ]; do ${POLL}; done; echo resiz""ed; exit 5\n`,
    );
    const ran = await running.ended;
    expect(ran.out).toContain('31 91');
    expect(ran.out).toContain('resized');
    expect(ran.status).toBe(5);
  });

  it('lets one choose among several, by number or name, and Ctrl-C leave', async () => {
    await open.addBox('first');
    await open.addBox('second');
    const running = onTerminal([`ana@${HOST}`]);
    await running.says('Ctrl-C leaves: ');
    running.child.stdin.write('thurd\r');
    await running.says('There is no "thurd" in the list.');
    running.child.stdin.write('X\u007F2\r');
    await running.says(/[#$] $/);
    running.child.stdin.write('exit 4\r');
    expect((await running.ended).status).toBe(4);
    expect(open.directory.openings.map((opening) => opening.boxId)).toEqual(['second']);

    const leaving = onTerminal([`ana@${HOST}`]);
    await leaving.says('Ctrl-C leaves: ');
    leaving.child.stdin.write('\u0003');
    expect((await leaving.ended).status).toBe(130);
  });

  it('does not take a mistyped box for the only one, and says the line that was probably meant', async () => {
    await open.addBox('mybox');
    const ran = await onTerminal([`mybx@${HOST}`]).ended;
    expect(ran.status).toBe(1);
    expect(ran.out).toBe(
      `There is no box named "mybx". You have: mybox.\r\nDid you mean:\r\n  ssh -p ${open.port} mybox@${HOST}\r\n`,
    );
    expect(open.directory.openings).toEqual([]);
  });

  it('names all boxes when one of several was mistyped', async () => {
    await open.addBox('first');
    await open.addBox('second');
    const ran = await onTerminal([`secnodd@${HOST}`]).ended;
    expect(ran.status).toBe(1);
    expect(ran.out).toContain('There is no box named "secnodd". You have: first, second.');
    expect(ran.out).toContain(` second@${HOST}\r\n`);
  });

  it.each([
    ['ana', true],
    ['shellbox', false],
  ])('enters the only box as %s, and says so where that might have been a box', async (user, told) => {
    await open.addBox('app');
    const running = onTerminal([`${user}@${HOST}`]);
    running.child.stdin.write('exit 3\n');
    const ran = await running.ended;
    expect(ran.status).toBe(3);
    expect(ran.out.includes('There is no box named "ana"; entering app.\r\n')).toBe(told);
    expect(open.directory.openings.map(({ boxId }) => boxId)).toEqual(['app']);
  });

  it('takes pasted lines one after the other, and hands those behind the choice to the box', async () => {
    await open.addBox('first');
    await open.addBox('second');
    const running = onTerminal([`ana@${HOST}`]);
    await running.says('Ctrl-C leaves: ');
    running.child.stdin.write('thurd\rsecond\recho in-"$((40 + 2))"\rexit 6\r');
    const ran = await running.ended;
    expect(ran.out).toContain('There is no "thurd" in the list.');
    expect(ran.out).toContain('in-42');
    expect(ran.status).toBe(6);
    expect(open.directory.openings.map(({ boxId }) => boxId)).toEqual(['second']);
  });

  it('shows what could not be delivered before, once', async () => {
    await open.addBox('mybox');
    open.directory.kept.set('account-ana', ['web is ready: 0.5 s.\n\u001B[2J']);
    const first = onTerminal([`mybox@${HOST}`]);
    first.child.stdin.write('exit\r');
    expect((await first.ended).out).toContain('web is ready: 0.5 s.\r\nU+001B[2J\r\n');
    const second = onTerminal([`mybox@${HOST}`]);
    second.child.stdin.write('exit\r');
    expect((await second.ended).out).not.toContain('web is ready');
  });
});

describe('what could not be delivered before', () => {
  it('is still there for the next log-in when the client goes before it is shown', async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    open.directory.kept.set('account-ana', ['web is ready']);
    let asked = 0;
    const { undelivered } = open.directory;
    open.directory.undelivered = async (accountId) => {
      asked += 1;
      await left;
      return undelivered(accountId);
    };
    const running = onTerminal(['-tt', `ana@${HOST}`]);
    await expect.poll(() => asked, { timeout: 15_000 }).toBe(1);
    running.child.kill('SIGKILL');
    await running.ended;
    await open.door.close();
    leave();
    await expect.poll(() => open.log.some((line) => line.includes('An SSH session has ended'))).toBe(true);
    expect(open.directory.shown).toEqual([]);
    expect(open.directory.kept.get('account-ana')).toEqual(['web is ready']);
  });
});

describe('a command with a terminal', () => {
  const question: Reply = {
    outcome: 'failed',
    blocks: [
      { kind: 'text', text: 'Nothing is destroyed yet.' },
      { kind: 'confirm', question: 'Destroy mybox?', command: 'confirm 483112', label: 'Destroy mybox' },
      { kind: 'text', text: 'The code is good for 10 minutes.' },
    ],
  };

  it('asks, and does what was asked on yes, in the same session', async () => {
    open.intake.answer = async ({ arrival, progress, final }) => {
      if (arrival.text.startsWith('destroy')) return void (await final(question));
      await progress([{ label: 'box removed', state: 'done', tookMs: 100 }]);
      await final(say('mybox is destroyed.'));
    };
    const running = onTerminal(['-t', `ana@${HOST}`, 'destroy mybox']);
    await running.says('Destroy mybox? [y/N] ');
    expect(running.out()).not.toContain('483112');
    running.child.stdin.write('y\r');
    const ran = await running.ended;
    expect(ran.status).toBe(0);
    expect(ran.out).toMatch(/box removed +0\.1 s\r\nmybox is destroyed\.\r\n$/);
    expect(open.intake.arrivals.map(({ text, interactive }) => ({ text, interactive }))).toEqual([
      { text: 'destroy mybox', interactive: true },
      { text: 'confirm 483112', interactive: true },
    ]);
    expect(new Set(open.intake.arrivals.map((arrival) => arrival.thread.key)).size).toBe(2);
  });

  it.each(['n\r', '\r', '\u0003'])('does nothing on %j', async (typed) => {
    open.intake.answer = async ({ final }) => void (await final(question));
    const running = onTerminal(['-t', `ana@${HOST}`, 'destroy mybox']);
    await running.says('[y/N] ');
    running.child.stdin.write(typed);
    const ran = await running.ended;
    expect(ran.status).toBe(1);
    expect(ran.out).toContain('Nothing was changed.');
    expect(open.intake.arrivals).toHaveLength(1);
  });

  it('prints the line to type where there is no terminal', async () => {
    open.intake.answer = async ({ final }) => void (await final(question));
    const ran = await open.ssh([`ana@${HOST}`, 'destroy mybox']);
    expect(ran).toMatchObject({ status: 1, out: '' });
    expect(ran.err).toContain(`\n  ssh -p ${open.port} ${HOST} confirm 483112\n`);
  });

  it('goes on after Ctrl-C, and says so', async () => {
    open.intake.answer = async ({ progress }) => {
      await progress([{ label: 'home volume', state: 'working' }]);
    };
    const running = onTerminal(['-t', `ana@${HOST}`, 'spinup mybox']);
    await running.says('… home volume');
    running.child.stdin.write('\u0003');
    const ran = await running.ended;
    expect(ran.status).toBe(130);
    expect(ran.out).toContain(
      `Still working: "spinup mybox" goes on. Its result:\r\n  ssh -p ${open.port} ${HOST} logs mybox\r\n`,
    );
  });

  it('replaces the line of a step under way by its end', async () => {
    open.intake.answer = async ({ progress, final }) => {
      await progress([{ label: 'home volume', state: 'working' }]);
      await progress([{ label: 'home volume', state: 'done', tookMs: 2100 }]);
      await final(fail('It did not start.'));
    };
    const ran = await onTerminal(['-t', `ana@${HOST}`, 'spinup mybox']).ended;
    expect(ran.out).toContain('… home volume\r\u001B[K');
    expect(ran.out.match(/✓/g)).toHaveLength(1);
    expect(ran.status).toBe(1);
  });

  it('is told that the service restarts', async () => {
    const running = onTerminal(['-t', `ana@${HOST}`, 'spinup mybox']);
    await expect.poll(() => open.intake.arrivals.length, { timeout: 15_000 }).toBe(1);
    const closed = open.door.close();
    const ran = await running.ended;
    await closed;
    expect(ran.out).toContain('Shellbox is restarting; your command goes on. See:');
    expect(ran.status).toBe(1);
  });
});

describe('a session in a box when the service stops', () => {
  it('is told so before it ends', async () => {
    await open.addBox('mybox');
    const running = onTerminal([`mybox@${HOST}`]);
    await running.says(/[#$] $/);
    const closed = open.door.close();
    const ran = await running.ended;
    await closed;
    expect(ran.out).toContain('Shellbox is restarting; your box goes on. Log in again in a moment.');
  });
});

describe('a stopped box', () => {
  it('is started by the connection, which says so apart from what the command prints', async () => {
    await open.addBox('mybox');
    stopped('mybox');
    const ran = await open.ssh([`mybox@${HOST}`, 'echo here']);
    expect(ran).toMatchObject({ status: 0, out: 'here\n' });
    expect(ran.err).toMatch(/^mybox was stopped Tue 18:55\. Starting… ✓ 0\.\d s\n$/);
  });

  it('is started once for several sessions at the same moment', async () => {
    await open.addBox('mybox');
    stopped('mybox');
    let wakes = 0;
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const quick = open.directory.waking;
    open.directory.waking = async (...rest) => {
      wakes += 1;
      await asked;
      return quick(...rest);
    };
    const socket = join(open.person.folder, 'control');
    const master = open.startSsh(['-M', '-N', '-S', socket, `mybox@${HOST}`]);
    await expect
      .poll(async () => (await open.ssh(['-S', socket, '-O', 'check', `mybox@${HOST}`])).status, { timeout: 15_000 })
      .toBe(0);
    const both = Promise.all(['one', 'two'].map((word) => open.ssh(['-S', socket, `mybox@${HOST}`, `echo ${word}`])));
    await expect.poll(() => wakes, { timeout: 15_000 }).toBe(1);
    ask();
    expect((await both).map((ran) => ran.out)).toEqual(['one\n', 'two\n']);
    expect(wakes).toBe(1);
    await open.ssh(['-S', socket, '-O', 'exit', `mybox@${HOST}`]);
    await master.ended;
  });

  it('that cannot be started is told with the reason, and status 1', async () => {
    await open.addBox('mybox');
    stopped('mybox');
    open.directory.waking = async () => ({ kind: 'refused', text: 'The disk of this machine is full.\n' });
    const ran = await open.ssh([`mybox@${HOST}`, 'true']);
    expect(ran).toMatchObject({ status: 1, out: '' });
    expect(ran.err).toMatch(/Starting… ✗\nThe disk of this machine is full\.\n$/);
  });

  it('that is in error says what to type', async () => {
    await open.addBox('mybox');
    const box = open.directory.boxes.get('mybox');
    if (box !== undefined) open.directory.boxes.set('mybox', { ...box, state: 'error', stateSince: NOW });
    const ran = await open.ssh([`mybox@${HOST}`, 'true']);
    expect(ran.status).toBe(1);
    expect(ran.err).toContain(`ssh -p ${open.port} shellbox@${HOST} logs mybox`);
  });
});
