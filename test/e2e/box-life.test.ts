// A real box from its spinup to its end, through the real door, with real OpenSSH and real Docker: what is in the home is never lost.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openProgram, type Program, run } from '../support/program.ts';

const docker = new Docker();

describe('a box and its home', { timeout: 120_000 }, () => {
  let program: Program;
  let key: string;
  let sum: string;

  beforeAll(async () => {
    program = await openProgram();
    key = await program.key('ana');
  }, 180_000);
  afterAll(async () => {
    await program.say(key, 'destroy mybox --yes');
    await program.close();
  });

  const inBox = (command: string) => program.ssh(key, 'mybox', [command]);
  const containers = async () => {
    const all = await docker.listContainers({ all: true });
    return all.filter(
      (container) =>
        container.Ports.some((port) => port.PublicPort !== undefined && isOurs(container)) || isOurs(container),
    );
  };
  const names = new Set<string>();
  const isOurs = (container: Docker.ContainerInfo) => container.Names.some((name) => names.has(name.slice(1)));

  test('spinup tells its steps and a line that logs in, with the host key checked', async () => {
    const made = await program.say(key, 'spinup mybox');
    expect(made).toMatchObject({ status: 0 });
    expect(made.stderr).toMatch(/New key SHA256:\S+: free account made/);
    for (const step of ['home volume, 10 GiB', 'box started', 'SSH answers, host key checked'])
      expect(made.stderr).toContain(`✓ ${step}`);
    const line = /^ {2}(ssh -p (\d+) dev@127\.0\.0\.1)$/m.exec(made.stdout);
    const known = /^ {2}(\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+)$/m.exec(made.stdout);
    expect(line).not.toBeNull();
    expect(known).not.toBeNull();
    await program.trust(known?.[1] ?? '');
    const direct = await run('ssh', [...program.options(key), ...(line?.[1] ?? '').split(' ').slice(1), 'hostname']);
    expect(direct).toMatchObject({ status: 0, stdout: 'mybox\n' });
    const running = await docker.listContainers();
    const port = Number(line?.[2]);
    for (const container of running)
      if (container.Ports.some((one) => one.PublicPort === port)) names.add((container.Names[0] ?? '').slice(1));
    expect(names.size).toBe(1);
  });

  test('a file in the home is there after stop and start', async () => {
    const wrote = await inBox('head -c 1000000 /dev/urandom > data && sha256sum < data');
    sum = wrote.stdout;
    expect(wrote.status).toBe(0);
    expect(await program.say(key, 'stop mybox')).toMatchObject({ status: 0 });
    expect((await program.say(key, 'list')).stdout).toMatch(/◌ mybox +stopped/);
    expect(await program.say(key, 'start mybox')).toMatchObject({ status: 0 });
    expect((await inBox('sha256sum < data')).stdout).toBe(sum);
  });

  test('a connection starts a stopped box and says so', async () => {
    await program.say(key, 'stop mybox');
    const woken = await inBox('sha256sum < data');
    expect(woken.stdout).toBe(sum);
    expect(woken.stderr).toMatch(/mybox was stopped .*Starting… ✓/);
  });

  test('a file in the home is there after the container was removed behind our back', {
    timeout: 180_000,
  }, async () => {
    const [name = ''] = names;
    await docker.getContainer(name).remove({ force: true });
    const back = await eventually(
      'the box is made again',
      async () => {
        const read = await inBox('sha256sum < data');
        return read.status === 0 ? read.stdout : undefined;
      },
      90_000,
    );
    expect(back).toBe(sum);
    names.add(name.replace(/-1$/, '-2'));
  });

  test('a file in the home is there after a kill -9 of the whole service', async () => {
    await program.kill('SIGKILL');
    await program.start();
    expect((await inBox('sha256sum < data')).stdout).toBe(sum);
  });

  test('a key that is added opens the running box at once, and one that is removed does not any more', async () => {
    const other = await program.key('laptop');
    const publicKey = (await run('cat', [`${other}.pub`])).stdout.trim();
    const port = /-p (\d+) dev@/.exec((await program.say(key, 'connect mybox')).stdout)?.[1] ?? '';
    const login = () => run('ssh', [...program.options(other), '-p', port, 'dev@127.0.0.1', 'true']);
    expect((await login()).status).toBe(255);
    expect((await program.say(key, `keys add ${publicKey}`)).stdout).toMatch(/works on mybox now/);
    await eventually('the new key works', async () => (await login()).status === 0, 5000);
    expect((await program.ssh(other, 'mybox', ['true'])).status).toBe(0);
    const whoami = await program.say(other, 'whoami');
    expect(whoami.stdout).toMatch(/no account/);
    const fingerprint = (await run('ssh-keygen', ['-lf', `${other}.pub`])).stdout.split(' ')[1];
    await program.say(key, `keys remove ${fingerprint}`);
    await eventually('the old key does not work', async () => (await login()).status === 255, 5000);
  });

  test('destroy without a terminal asks, and exits 1', async () => {
    const asked = await program.say(key, 'destroy mybox');
    expect(asked.status).toBe(1);
    expect(`${asked.stdout}${asked.stderr}`).toMatch(/destroy mybox --yes/);
    expect((await inBox('true')).status).toBe(0);
  });

  test('destroy leaves no container, no home, no mount and no row that lives', async () => {
    expect(await program.say(key, 'destroy mybox --yes')).toMatchObject({ status: 0 });
    expect(await containers()).toEqual([]);
    const homes = join(program.dataDir, 'homes');
    expect(existsSync(homes) ? readdirSync(homes) : []).toEqual([]);
    expect((await run('losetup', ['-a'])).stdout).not.toContain(program.dataDir);
    expect((await run('cat', ['/proc/mounts'])).stdout).not.toContain(program.dataDir);
    const gone = await program.say(key, 'info mybox');
    expect(gone).toMatchObject({ status: 1 });
    expect(gone.stderr).toContain('No box "mybox"');
  });
});
