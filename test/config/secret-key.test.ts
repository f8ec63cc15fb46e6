// The key that encrypts stored secrets: made once, kept closed, never replaced.
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSecretKey } from '../../src/config/secret-key.ts';
import { secret } from '../../src/secret.ts';

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shellbox-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test('is made for its owner alone, and is the same ever after', async () => {
  const dataDir = join(await freshFolder(), 'data');
  const key = (await readSecretKey(undefined, dataDir)).reveal();
  expect(key).toHaveLength(32);
  expect((await stat(join(dataDir, 'secret.key'))).mode & 0o777).toBe(0o600);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect((await readSecretKey(undefined, dataDir)).reveal()).toEqual(key);
});

test('programs that begin at once agree on one', async () => {
  const dataDir = await freshFolder();
  const keys = await Promise.all(Array.from({ length: 8 }, () => readSecretKey(undefined, dataDir)));
  expect(new Set(keys.map((key) => Buffer.from(key.reveal()).toString('hex'))).size).toBe(1);
});

test('the operator’s own is taken, and none is made', async () => {
  const dataDir = await freshFolder();
  const given = secret(new Uint8Array(32).fill(3));
  expect(await readSecretKey(given, dataDir)).toBe(given);
  await expect(stat(join(dataDir, 'secret.key'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a damaged file is refused and stays as it is', async () => {
  const dataDir = await freshFolder();
  await writeFile(join(dataDir, 'secret.key'), 'half a k');
  await chmod(join(dataDir, 'secret.key'), 0o600);
  await expect(readSecretKey(undefined, dataDir)).rejects.toMatchObject({ code: 'secret_key_unusable' });
  expect(await readFile(join(dataDir, 'secret.key'), 'utf8')).toBe('half a k');
});
