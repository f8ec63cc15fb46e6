// The lock on a data directory, without servers.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { acquireDataDirLock } from '../../src/embedded/lock.ts';
import { freshDataDir } from './data-dir.ts';

test('one holder at a time, and the next one as soon as it is released', async () => {
  const dataDir = await freshDataDir();
  const first = await acquireDataDirLock(dataDir);
  const refused = acquireDataDirLock(dataDir);
  await expect(refused).rejects.toMatchObject({
    code: 'data_dir_locked',
    remedy: expect.stringContaining(`kill ${process.pid}`),
  });
  await expect(refused).rejects.toThrow(`${dataDir} is in use by another Shellbox, pid ${process.pid}`);
  first.release();
  first.release();
  const second = await acquireDataDirLock(dataDir);
  await expect(acquireDataDirLock(dataDir)).rejects.toMatchObject({ code: 'data_dir_locked' });
  second.release();
});

test('of ten that ask at the same moment exactly one gets it', async () => {
  const dataDir = await freshDataDir();
  const asked = await Promise.allSettled(Array.from({ length: 10 }, () => acquireDataDirLock(dataDir)));
  const holders = asked.filter((result) => result.status === 'fulfilled');
  expect(holders).toHaveLength(1);
  for (const holder of holders) holder.value.release();
});

test('a file left by a process that ended holds nobody up', async () => {
  const dataDir = await freshDataDir();
  await mkdir(dataDir);
  await writeFile(`${dataDir}/lock`, '1\n');
  (await acquireDataDirLock(dataDir)).release();
});

test('a directory that cannot be made is named, with the variable to set', async () => {
  const dataDir = await freshDataDir();
  await chmod(dirname(dataDir), 0o755);
  await writeFile(dataDir, 'a file');
  await expect(acquireDataDirLock(dataDir)).rejects.toMatchObject({
    code: 'data_dir_unusable',
    message: expect.stringContaining(dataDir),
    remedy: expect.stringContaining('SHELLBOX_DATA_DIR'),
  });
});

test.each(['a"b', 'a`b', 'a$b', 'a\\b'])('a directory called %s is refused before anything is made', async (name) => {
  const dataDir = await freshDataDir(name);
  await expect(acquireDataDirLock(dataDir)).rejects.toMatchObject({
    code: 'data_dir_unusable',
    remedy: expect.stringContaining('SHELLBOX_DATA_DIR'),
  });
});
