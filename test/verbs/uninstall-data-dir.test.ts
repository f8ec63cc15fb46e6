// What uninstall takes from a data directory: what the service made there, wherever it lies, and nothing that somebody else put in.
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../../src/embedded/run.ts';
import { readDataDir, removeDataDir } from '../../src/verbs/uninstall/data-dir.ts';
import { freshFolder } from './program.ts';

async function folderWith(...names: string[]): Promise<string> {
  const folder = await freshFolder();
  for (const name of names) {
    if (name.endsWith('/')) await mkdir(join(folder, name), { recursive: true });
    else await writeFile(join(folder, name), '');
  }
  return folder;
}

test('all that the service makes there goes, and the directory with it', async () => {
  const folder = await folderWith(
    'secret.key',
    'seen.json',
    'before-restore-20261121T191500.backup',
    'lock',
    'cluster/base/',
    'cluster-partial-aB3dE6/',
    'homes/',
    'postgres-18.4/',
    'pg_hba.conf',
  );
  expect((await readDataDir(folder)).others).toEqual([]);
  await removeDataDir(folder);
  await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  await removeDataDir(folder);
});

test.skipIf(process.getuid?.() !== 0)('broken off, it leaves no half of a database, and goes on later', async () => {
  const folder = await folderWith('secret.key', 'cluster/base/', 'cluster/PG_VERSION');
  // Nobody can remove what is mounted.
  const mounted = join(folder, 'cluster/base');
  expect((await run('mount', ['-t', 'tmpfs', 'tmpfs', mounted], { timeoutMs: 5_000 })).status).toBe(0);
  await expect(removeDataDir(folder).finally(() => release(folder))).rejects.toMatchObject({ code: 'EBUSY' });
  expect(await readdir(folder)).not.toContain('cluster');
  expect(await readDataDir(folder)).toMatchObject({ isHalfRemoved: true, others: [] });
  await removeDataDir(folder);
  await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

/** Wherever it was moved to. */
async function release(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith('cluster')) await run('umount', [join(folder, name, 'base')], { timeoutMs: 5_000 });
}

test('what others put in stays, and so do homes that are still there', async () => {
  const folder = await folderWith('secret.key', 'photos/', '.env', 'homes/sb-otherone-x.img/');
  expect(await readDataDir(folder)).toEqual({
    ours: ['homes', 'secret.key'],
    others: ['.env', 'photos'],
    isHalfRemoved: false,
    elsewhere: [],
  });
  await removeDataDir(folder);
  expect(await readdir(folder)).toEqual(['.env', 'homes', 'photos']);
});

test('parts that lie elsewhere go, and a link that names another place is only a link', async () => {
  const folder = await folderWith();
  const elsewhere = await mkdtemp('/tmp/shellbox-');
  onTestFinished(() => rm(elsewhere, { recursive: true, force: true }));
  const precious = await folderWith('precious');
  await symlink(elsewhere, join(folder, 'run'));
  await symlink(precious, join(folder, 'database-home'));
  expect((await readDataDir(folder)).elsewhere).toEqual([elsewhere]);
  await removeDataDir(folder);
  await expect(readdir(elsewhere)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readdir(precious)).toEqual(['precious']);
});
