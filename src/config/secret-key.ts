// The key that encrypts stored secrets: given by the operator, or kept in the data directory.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ShellboxError } from '../errors.ts';
import { key32 } from './values.ts';

/**
 * The operator's key, or the one in `secret.key` (0600) of the data directory, made at the first call; two programs that
 * begin at once agree on one.
 *
 * @throws ShellboxError `secret_key_unusable`
 */
export async function readSecretKey(given: Uint8Array | undefined, dataDir: string): Promise<Uint8Array> {
  if (given !== undefined) return given;
  const file = join(dataDir, 'secret.key');
  try {
    await make(dataDir, file);
    return key32.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new ShellboxError('secret_key_unusable', `The key in ${file} cannot be read.`, {
      remedy: 'Put back the file that this data directory was made with, or set SHELLBOX_SECRET_KEY.',
      cause,
    });
  }
}

async function make(dataDir: string, file: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    try {
      await handle.writeFile(`${randomBytes(32).toString('base64')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
