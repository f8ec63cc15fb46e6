// Idle boxes on real Docker: what nobody uses stops, what works or is held goes on, and a connection brings a stopped one back.
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openProgram, type Program, run } from '../support/program.ts';

const BOXES = ['sleeper', 'busy', 'silent', 'held'];
/** A minute of idleness, the looks before and after it, and the stop. */
const STOPPED_MS = 150_000;

describe('idle boxes', { timeout: 300_000 }, () => {
  let program: Program;
  let key: string;
  const sessions: ChildProcess[] = [];

  beforeAll(async () => {
    const tier = { largestSize: 'small', boxes: null, idleMinutes: 1 };
    program = await openProgram({
      TIERS: JSON.stringify({ free: tier, pro: tier, unlimited: tier }),
      SIZES: JSON.stringify({
        small: { cpus: 1, memoryMiB: 512, homeGiB: 1 },
        medium: { cpus: 1, memoryMiB: 512, homeGiB: 1 },
        large: { cpus: 1, memoryMiB: 512, homeGiB: 1 },
      }),
      IDLE_PROBE_SECONDS: '5',
    });
    key = await program.key('ana');
    for (const box of BOXES) expect(await program.say(key, `spinup ${box}`)).toMatchObject({ status: 0 });
  }, 240_000);
  afterAll(async () => {
    for (const session of sessions) session.kill('SIGKILL');
    for (const box of BOXES) await program.say(key, `destroy ${box} --yes`);
    await program.close();
  });

  const inBox = (box: string, command: string) => program.ssh(key, box, [command]);
  const list = async () => (await program.say(key, 'list')).stdout;
  const isStopped = (text: string, box: string): boolean => new RegExp(`◌ ${box}\\b`).test(text);

  test('a sleep and a silent session are idle; a busy loop and shellbox-hold are not', async () => {
    await inBox('sleeper', 'echo kept > note; (sleep 100000 </dev/null >/dev/null 2>&1 &)');
    await inBox('busy', '(while :; do :; done </dev/null >/dev/null 2>&1 &)');
    await inBox('held', '(shellbox-hold -- sleep 100000 </dev/null >/dev/null 2>&1 &)');
    // A terminal that was left open.
    const session = spawn('ssh', [...program.options(key), '-tt', '-p', String(program.sshPort), 'silent@127.0.0.1'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    sessions.push(session);
    let read = '';
    session.stdout.on('data', (data: Buffer) => {
      read += data.toString();
    });
    const seen = await eventually(
      'both idle boxes are stopped',
      async () => {
        const text = await list();
        return isStopped(text, 'sleeper') && isStopped(text, 'silent') ? text : undefined;
      },
      STOPPED_MS,
    );
    await eventually('the terminal ends', () => session.exitCode !== null || undefined);
    expect(read).toMatch(/silent stops (at|tomorrow) \d\d:\d\d, in 1 min/);
    expect(read).toContain('silent has stopped; its home is kept.');
    expect(seen).toMatch(/● busy\b/);
    expect(seen).toMatch(/● held\b/);
    expect((await program.say(key, 'why busy')).stdout).toMatch(/active since .*CPU \d+ %/);
    expect((await program.say(key, 'why held')).stdout).toContain('shellbox-hold');
    expect((await program.say(key, 'why sleeper')).stdout).toMatch(/stopped by itself, because it was idle/);
  });

  test('whoever has only a key is told at the next log-in', async () => {
    // `list` says that a box is stopped a moment before its message has found no door to go to.
    await eventually('the message is kept and told', async () => {
      const { stdout, stderr } = await program.say(key, 'logs sleeper');
      return /sleeper is stopped\. Idle since/.test(stdout + stderr) || undefined;
    });
  });

  test('connecting brings it back with its files, and says what happened', async () => {
    const woken = await run('ssh', [
      ...program.options(key),
      '-tt',
      '-p',
      String(program.sshPort),
      'sleeper@127.0.0.1',
      'cat note',
    ]);
    expect(woken.stdout).toContain('kept');
    expect(woken.stderr + woken.stdout).toMatch(/sleeper was stopped .*\(idle\)\. Starting…/);
  });
});
