// Through the gateway into a real box, with the clients that people use: each behaves as it does at the box's own port.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { openProgram, type Program, type Ran, run } from '../support/program.ts';

describe('the gateway into a real box', { timeout: 60_000 }, () => {
  let program: Program;
  let key: string;
  let direct: string[];
  /** A file as `ssh-config` prints it, with the key added as a person would. */
  let config: string;

  beforeAll(async () => {
    program = await openProgram();
    key = await program.key('ana');
    const made = await program.say(key, 'spinup mybox');
    expect(made).toMatchObject({ status: 0 });
    await program.trust(/^ {2}(\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+)$/m.exec(made.stdout)?.[1] ?? '');
    direct = ['-p', /-p (\d+) dev@/.exec(made.stdout)?.[1] ?? '', 'dev@127.0.0.1'];
    config = join(program.home, 'config');
    const printed = await program.say(key, 'ssh-config');
    expect(printed.status).toBe(0);
    await writeFile(
      config,
      `${printed.stdout}\nHost *\n  IdentityFile ${key}\n  IdentitiesOnly yes\n  BatchMode yes\n  UserKnownHostsFile /dev/null\n`,
    );
  }, 180_000);
  afterAll(async () => {
    await program.say(key, 'destroy mybox --yes');
    await program.close();
  });

  const through = (...args: string[]): Promise<Ran> => program.ssh(key, 'mybox', args);
  const straight = (...args: string[]): Promise<Ran> => run('ssh', [...program.options(key), ...direct, ...args]);
  const byConfig = (program_: string, ...args: string[]): Promise<Ran> => run(program_, ['-F', config, ...args]);

  test.each([
    ['an exit status', 'exit 7'],
    ['a command that a signal kills', 'kill -9 $$'],
    ['both outputs', 'echo out; echo err >&2'],
    ['a command that is not there', 'no-such-command'],
  ])('%s is the same as at the box itself', async (_, command) => {
    expect(await through(command)).toEqual(await straight(command));
  });

  test('input reaches a command and its end too', async () => {
    const counted = await run(
      'ssh',
      [...program.options(key), '-p', String(program.sshPort), 'mybox@127.0.0.1', 'wc -c'],
      'x'.repeat(300_000),
    );
    expect(counted).toMatchObject({ status: 0, stdout: '300000\n' });
  });

  test('a terminal has its size, and a full-screen program draws in it', async () => {
    const screen = await run('script', [
      '-qec',
      `stty rows 33 cols 111; ${['ssh', '-tt', ...program.options(key), '-p', String(program.sshPort), 'mybox@127.0.0.1'].join(' ')} 'stty size; TERM=xterm top -n 1 | head -n 3'`,
      '/dev/null',
    ]);
    expect(screen.stdout).toContain('33 111');
    expect(screen.stdout).toContain('load average');
  });

  test('scp and sftp carry files both ways, byte for byte', async () => {
    const [there, back] = [join(program.home, 'there'), join(program.home, 'back')];
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) % 251));
    await writeFile(there, bytes);
    const scp = ['-P', String(program.sshPort), ...program.options(key)];
    expect(await run('scp', [...scp, there, 'mybox@127.0.0.1:by-scp'])).toMatchObject({ status: 0 });
    expect(await run('scp', [...scp, 'mybox@127.0.0.1:by-scp', back])).toMatchObject({ status: 0 });
    expect((await readFile(back)).equals(bytes)).toBe(true);
    const batch = join(program.home, 'batch');
    await writeFile(batch, `put ${there} by-sftp\nget by-sftp ${back}2\n`);
    expect(await run('sftp', [...scp, '-b', batch, 'mybox@127.0.0.1'])).toMatchObject({ status: 0 });
    expect((await readFile(`${back}2`)).equals(bytes)).toBe(true);
  });

  test('ssh-config is enough for ssh -J and rsync, without a question', async () => {
    expect(await byConfig('ssh', 'mybox', 'hostname')).toMatchObject({ status: 0, stdout: 'mybox\n' });
    const folder = join(program.home, 'tree');
    await run('mkdir', ['-p', join(folder, 'deep')]);
    await writeFile(join(folder, 'deep', 'file'), 'synced');
    const synced = await run('rsync', ['-a', '-e', `ssh -F ${config}`, `${folder}/`, 'mybox:tree/']);
    expect(synced).toMatchObject({ status: 0, stderr: '' });
    expect((await through('cat tree/deep/file')).stdout).toBe('synced');
  });

  test('-L reaches a server that listens inside the box', async () => {
    const port = await freePort();
    const forward = spawn('ssh', [
      ...program.options(key),
      '-p',
      String(program.sshPort),
      '-L',
      `127.0.0.1:${port}:localhost:3000`,
      'mybox@127.0.0.1',
      `while true; do printf 'HTTP/1.0 200 OK\\r\\n\\r\\nfrom the box' | nc -l -p 3000 -q 1 2>/dev/null || python3 -m http.server 3000 || perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(LocalAddr=>"127.0.0.1",LocalPort=>3000,Listen=>5,ReuseAddr=>1); while($c=$s->accept){print $c "HTTP/1.0 200 OK\\r\\n\\r\\nfrom the box";close $c}'; done`,
    ]);
    try {
      const answer = await eventually(
        'the server in the box answers',
        async () => (await run('curl', ['-s', '--max-time', '5', `http://127.0.0.1:${port}/`])).stdout || undefined,
      );
      expect(answer).toBe('from the box');
    } finally {
      forward.kill();
    }
  });

  test('nothing but the own boxes can be reached through the door', async () => {
    const door = [...program.options(key), '-p', String(program.sshPort)];
    for (const target of ['127.0.0.1:22', '169.254.169.254:80', 'mybox:80', 'nobody:22']) {
      const refused = await run('ssh', [...door, '-W', target, 'shellbox@127.0.0.1']);
      expect(refused.status).not.toBe(0);
    }
    const remote = await run('ssh', [
      ...door,
      '-o',
      'ExitOnForwardFailure=yes',
      '-R',
      '0:127.0.0.1:1',
      'mybox@127.0.0.1',
      'true',
    ]);
    expect(remote.status).not.toBe(0);
  });

  test('two sessions at once do not see each other', async () => {
    const [one, other] = await Promise.all([
      through('echo one; sleep 0.2; echo one'),
      through('echo two; sleep 0.2; echo two'),
    ]);
    expect([one.stdout, other.stdout]).toEqual(['one\none\n', 'two\ntwo\n']);
  });

  test('info tells when the box was made and last used', async () => {
    expect((await program.say(key, 'info mybox')).stdout).toMatch(/made +\w+ \d\d:\d\d\nlast used +\w+ \d\d:\d\d/);
  });
});
