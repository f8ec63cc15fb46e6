// uninstall: what an installation has is shown, asked about and gone at the end; what others have is still there.
import { randomBytes } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acquireDataDirLock } from '../../src/embedded/lock.ts';
import { engine, makeDockerHost, within } from '../providers/docker/docker-host.ts';
import { engineAnswers } from '../providers/docker/image-box.ts';
import { openProgram, run } from '../support/program.ts';
import { openTestStore } from '../support/store.ts';
import { BIN, freshFolder, runProgram } from './program.ts';

describe.skipIf(!(await engineAnswers()))('uninstall (needs an engine and root)', { timeout: 120_000 }, () => {
  test('takes a stopped installation away whole once its id was typed; its neighbour goes on', async () => {
    const gone = await openProgram();
    onTestFinished(gone.close);
    expect(await gone.say(await gone.key('ana'), 'spinup mybox')).toMatchObject({ status: 0 });
    const neighbour = await runningBox();
    const env = { SHELLBOX_DATA_DIR: gone.dataDir, SHELLBOX_INSTALL_ID: gone.installId };

    const early = await runProgram(gone.home, ['uninstall', '--yes', gone.installId], env);
    expect(early.status).toBe(2);
    expect(early.err).toContain(`is in use by another Shellbox, pid ${gone.pid()}`);
    await gone.kill('SIGTERM');
    const unasked = await runProgram(gone.home, ['uninstall'], env);
    expect(unasked.status).toBe(2);
    expect(unasked.err).toContain(`shellbox uninstall --yes ${gone.installId}\n`);
    for (const part of [
      '1 box: sb-',
      '1 home: sb-',
      `1 network: shellbox-${gone.installId}`,
      '4 chains',
      'secret.key opens',
    ])
      expect(unasked.out).toContain(part);
    expect(unasked.out).not.toContain(neighbour);
    expect(await readdir(gone.dataDir)).toContain('secret.key');
    expect((await everythingWith(gone.installId)).length).toBeGreaterThan(3);
    const before = await everythingWith(neighbour);

    const typed = await typing(`${gone.installId}\n`, gone.home, env);
    expect(typed.stdout).toContain(`Installation ${gone.installId} is removed.`);
    expect(typed.status).toBe(0);
    await expect(access(gone.dataDir)).rejects.toThrow();
    expect(await everythingWith(gone.installId)).toEqual([]);
    expect(await everythingWith(neighbour)).toEqual(before);
  });

  test('takes its tables from a database of the operator, when nobody works with them any more', async () => {
    const { servers, sql, account, box, close } = await openTestStore();
    onTestFinished(close);
    const installId = `u${randomBytes(4).toString('hex').slice(1)}`;
    await sql(`INSERT INTO settings (key, value) VALUES ('install_id', $1)`, [installId]);
    await sql(`INSERT INTO leases VALUES ('round:reconcile', 'far:7:x', now() + interval '65 s', 1)`);
    await box(await account('ana'), 'mybox');
    await sql(`UPDATE boxes SET state = 'stopped', desired = 'stopped'`);
    const folder = await freshFolder();
    const uninstallAs = (id: string | undefined, ...args: string[]) =>
      runProgram(folder, ['uninstall', ...args], {
        ...(id === undefined ? {} : { SHELLBOX_INSTALL_ID: id }),
        SHELLBOX_DATA_DIR: 'data',
        DATABASE_URL: servers.databaseUrl,
        REDIS_URL: servers.redisUrl,
        SHELLBOX_SECRET_KEY: randomBytes(32).toString('base64'),
      });
    const uninstall = (...args: string[]) => uninstallAs(undefined, ...args);
    expect(await uninstall('--yes', installId)).toMatchObject({ status: 2, err: expect.stringContaining('far:7:x') });
    await sql('UPDATE leases SET until = now()');
    const planned = await uninstall('--dry-run');
    expect(planned.out).toMatch(/ \d\d tables in the database .*\n.* 0 keys in the Redis .*\nNothing was changed\.\n$/);
    const elsewhere = await uninstall('--yes', installId);
    expect(elsewhere).toMatchObject({
      status: 2,
      err: expect.stringContaining('knows 1 homes, and none of them is here'),
    });
    await sql(`UPDATE boxes SET state = 'requested'`);
    const copied = await uninstallAs('u0000000', '--yes', 'u0000000');
    expect(copied).toMatchObject({ status: 2, err: expect.stringContaining(`The database is of ${installId}`) });
    const wrong = await uninstall('--yes', 'uanother');
    expect(wrong).toMatchObject({ status: 2, err: expect.stringContaining('Nothing was changed.') });
    expect((await uninstall('--yes', installId)).out).toContain(`Installation ${installId} is removed.`);
    expect(await sql(`SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    expect((await uninstall('--yes', installId)).err).toContain('There is no installation at DATABASE_URL.');
  });

  test('goes by the id alone where the database is lost, and not while a process has the data directory', async () => {
    const folder = await freshFolder();
    const lock = await acquireDataDirLock(join(folder, 'data'));
    const env = { SHELLBOX_DATA_DIR: 'data', SHELLBOX_INSTALL_ID: `u${randomBytes(4).toString('hex').slice(1)}` };
    const uninstall = () => runProgram(folder, ['uninstall', '--yes', env.SHELLBOX_INSTALL_ID], env);
    expect(await uninstall()).toMatchObject({
      status: 2,
      err: expect.stringContaining('is in use by another Shellbox'),
    });
    lock.release();
    expect((await uninstall()).status).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });
});

/** A box of another installation; its id. */
async function runningBox(): Promise<string> {
  const host = await makeDockerHost();
  onTestFinished(host.remove);
  const box = host.spec();
  await host.provider.ensureHome(box, within(20_000));
  await host.provider.create(box, within(20_000));
  return host.installId;
}

/** uninstall at a terminal of its own. */
function typing(input: string, cwd: string, env: Record<string, string>) {
  const set = Object.entries({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  return run(
    'script',
    ['-qec', ['cd', cwd, '&&', 'env', '-i', ...set, BIN, 'uninstall'].join(' '), '/dev/null'],
    input,
  );
}

/** Containers, networks, volumes, packet rules and mounts that carry this id. */
async function everythingWith(installId: string): Promise<string[]> {
  const containers = (await engine.listContainers({ all: true })).flatMap(({ Names, State }) => [`${Names} ${State}`]);
  const networks = (await engine.listNetworks()).map(({ Name }) => Name);
  const volumes = (await engine.listVolumes()).Volumes.map(({ Name }) => Name);
  const printed = await Promise.all(['iptables', 'ip6tables'].map((file) => run(file, ['-S'])));
  const mounts = await readFile('/proc/mounts', 'utf8');
  const lines = [...printed.map(({ stdout }) => stdout), mounts].join('\n').split('\n');
  return [...containers, ...networks, ...volumes, ...lines].filter((text) => text.includes(installId)).sort();
}
