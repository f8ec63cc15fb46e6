// The command door, asked by a real OpenSSH client.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { code, command, fail, misuse, say } from '../../../src/threads/reply.ts';
import { messageTo } from '../../fakes/intake.ts';
import { HOST, type OpenDoor, openDoor } from './open-door.ts';

let open: OpenDoor;
beforeEach(async () => {
  open = await openDoor();
});
afterEach(() => open.close());

describe('a command over SSH', () => {
  it('is handed in as typed, by the key that signed, and its answer goes to standard output with status 0', async () => {
    open.intake.answer = async ({ final }) =>
      void (await final(say('You have no boxes. To make one:', command('spinup mybox'))));
    const ran = await open.ssh([`ana@${HOST}`, 'list', '--all']);
    expect(ran).toEqual({
      status: 0,
      out: `You have no boxes. To make one:\n  ssh -p ${open.port} ${HOST} spinup mybox\n`,
      err: '',
    });
    const [arrival] = open.intake.arrivals;
    expect(arrival).toMatchObject({ door: 'ssh', tenant: '', text: 'list --all', interactive: false });
    expect(arrival?.speaker).toMatchObject({
      subject: open.person.fingerprint,
      publicKey: open.person.publicKey.replace(' ana@laptop', ''),
    });
    expect(arrival?.thread.lane).toBe('ssh:process-1');
    expect(open.door.ownLanes).toEqual(['ssh:process-1']);
  });

  it('exits 1 when it failed and 2 when it was misused, and says why on standard error', async () => {
    open.intake.answer = async ({ arrival, final }) =>
      void (await final(arrival.text === 'stop' ? fail('It does not run.') : misuse('No command "stpo".')));
    expect(await open.ssh([`shellbox@${HOST}`, 'stop'])).toEqual({ status: 1, out: '', err: 'It does not run.\n' });
    expect(await open.ssh([`shellbox@${HOST}`, 'stpo'])).toEqual({ status: 2, out: '', err: 'No command "stpo".\n' });
  });

  it('names the boxes there are when it was not understood and the user name may have been meant as one', async () => {
    open.directory.boxes.set('web', { ...BOX, id: 'web', name: 'web' });
    open.directory.keys.set(open.person.fingerprint, { account: undefined, boxIds: ['web'] });
    open.intake.answer = async ({ final }) => void (await final(misuse('No command "uname".')));
    const ran = await open.ssh([`wep@${HOST}`, 'uname']);
    expect(ran.err).toBe('No command "uname".\nThere is no box named wep. Yours: web.\n');
  });

  it('prints each step once, as it ends, apart from the result', async () => {
    open.intake.answer = async ({ progress, final, notice }) => {
      await notice(say('New key: free account made.'));
      const home = { label: 'home volume, 10 GiB', state: 'done', tookMs: 100 } as const;
      await progress([home]);
      await progress([home, { label: 'box started', state: 'working' }]);
      await progress([home, { label: 'box started', state: 'done', tookMs: 300 }]);
      await final(say('mybox is ready: 0.5 s.'));
    };
    const ran = await open.ssh([`shellbox@${HOST}`, 'spinup', 'mybox']);
    expect(ran.out).toBe('mybox is ready: 0.5 s.\n');
    expect(ran.err).toBe(
      [
        'New key: free account made.',
        '✓ home volume, 10 GiB              0.1 s',
        '✓ box started                      0.3 s',
        '',
      ].join('\n'),
    );
  });

  it('tells the place in the line as it changes, and once how long it usually takes', async () => {
    open.intake.answer = async ({ progress, final }) => {
      await progress([], '1 ahead of yours');
      await progress([], '1 ahead of yours');
      await progress([], 'next in line');
      const home = { label: 'home volume, 10 GiB', state: 'done', tookMs: 100 } as const;
      await progress([home], 'usually 38 s, slow days 55 s');
      await progress([home, { label: 'box started', state: 'done', tookMs: 300 }], 'usually 38 s, slow days 55 s');
      await final(say('mybox is ready: 0.5 s.'));
    };
    expect((await open.ssh([`shellbox@${HOST}`, 'spinup', 'mybox'])).err).toBe(
      [
        '… 1 ahead of yours',
        '… next in line',
        'usually 38 s, slow days 55 s',
        '✓ home volume, 10 GiB              0.1 s',
        '✓ box started                      0.3 s',
        '',
      ].join('\n'),
    );
  });

  it('says that it is at work when nothing is heard for long', async () => {
    await open.close();
    open = await openDoor({ quietMs: 20 });
    let proceed = (): void => {};
    const told = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    open.intake.answer = async ({ final }) => {
      await told;
      await final(say('done'));
    };
    const running = open.startSsh([`shellbox@${HOST}`, 'spinup']);
    await running.says('… working on it');
    proceed();
    expect((await running.ended).out).toBe('done\n');
  });

  it('prints a reply that is one block to be pasted bare, so that it can go to a file', async () => {
    open.intake.answer = async ({ final }) => void (await final(say(code('Host mybox\n  User dev'))));
    expect((await open.ssh([`shellbox@${HOST}`, 'ssh-config'])).out).toBe('Host mybox\n  User dev\n');
  });

  it('lets nothing that acts through to the terminal, and no line break into a command', async () => {
    open.intake.answer = async ({ arrival, final }) => void (await final(say(`\u001B]0;title\u0007${arrival.text}`)));
    const ran = await open.ssh([`shellbox@${HOST}`, 'list\nrm; $(reboot) \u001B[2J\u202E']);
    expect(ran.out).toBe('U+001B]0;titleU+0007list rm; $(reboot) U+001B[2JU+202E\n');
    expect(open.intake.arrivals).toHaveLength(1);
  });

  it('keeps the final of a client that hung up, and does not cancel its command', async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const { promise: answered, resolve: done } = Promise.withResolvers<void>();
    open.intake.answer = async ({ progress, final }) => {
      await progress([{ label: 'home volume', state: 'done', tookMs: 1 }]);
      await left;
      await final(say('mybox is ready'));
      done();
    };
    const running = open.startSsh([`shellbox@${HOST}`, 'spinup']);
    await running.says('home volume');
    running.child.kill('SIGKILL');
    await running.ended;
    await expect.poll(() => open.log.some((line) => line.includes('An SSH session has ended'))).toBe(true);
    leave();
    await answered;
    expect(open.intake.results.at(-1)).toEqual({
      kind: 'final',
      result: { kind: 'keep', reason: 'the connection is gone' },
    });
  });

  it('is noted as shown when a slow client reads its final after all, and is not shown to it twice', async () => {
    const LONG = 'x'.repeat(8 * 1024 * 1024);
    let again: (() => Promise<unknown>) | undefined;
    open.intake.answer = async ({ arrival, final }) => {
      await final(say(LONG));
      const body = { kind: 'reply', reply: say(LONG) } as const;
      again = () =>
        open.door.send(
          messageTo(arrival, { kind: 'final', id: 'message-2', revision: 1, body }),
          AbortSignal.timeout(1000),
        );
    };
    const running = open.startSsh([`shellbox@${HOST}`, 'list']);
    running.child.stdout.pause();
    await expect.poll(() => open.intake.results, { timeout: 15_000 }).toHaveLength(1);
    expect(open.intake.results[0]?.result).toEqual({ kind: 'keep', reason: 'the client does not read' });
    expect(open.directory.shown).toEqual([]);
    running.child.stdout.resume();
    expect((await running.ended).out).toBe(`${LONG}\n`);
    await expect.poll(() => open.directory.shown).toEqual(['message-2']);
    expect(await again?.()).toEqual({ kind: 'sent', platformId: 'message-2' });
  });

  it('is told apart from the others on one connection, however many there are', async () => {
    open.intake.answer = async ({ arrival, final }) => void (await final(say(arrival.text)));
    const socket = `${open.person.folder}/control`;
    const master = open.startSsh(['-M', '-N', '-S', socket, `shellbox@${HOST}`]);
    await expect
      .poll(async () => (await open.ssh(['-S', socket, '-O', 'check', `shellbox@${HOST}`])).status, { timeout: 15_000 })
      .toBe(0);
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => open.ssh(['-S', socket, `shellbox@${HOST}`, `list ${n}`])),
    );
    expect(all.map((ran) => ran.out)).toEqual(Array.from({ length: 20 }, (_, n) => `list ${n}\n`));
    await open.ssh(['-S', socket, '-O', 'exit', `shellbox@${HOST}`]);
    await master.ended;
  });

  it('fails in words when it could not be written down', async () => {
    open.intake.accept = () => Promise.reject(new Error('database password=hunter2 is away'));
    const ran = await open.ssh([`shellbox@${HOST}`, 'list']);
    expect(ran).toMatchObject({ status: 1, out: '' });
    expect(ran.err).toMatch(
      /^Something went wrong on our side; the operator finds it in the log\.\nFor an operator: failure [0-9A-Z]{8}\n$/,
    );
  });

  it('refuses sftp and a log-in without a command or terminal in words', async () => {
    const bare = await open.ssh([`shellbox@${HOST}`]);
    expect(bare.status).toBe(2);
    expect(bare.err).toContain(`ssh -p ${open.port} shellbox@${HOST} help`);
    const sftp = await open.person.run('sftp', [...open.person.options(open.port), `shellbox@${HOST}`]);
    expect(sftp.status).not.toBe(0);
    expect(sftp.err).toContain('put its name before the @');
  });
});

const BOX = {
  accountId: 'account-ana',
  state: 'running',
  stateSince: new Date(0),
  sleptAt: undefined,
  wakes: true,
  endpoint: undefined,
  hostPublicKey: '',
} as const;
