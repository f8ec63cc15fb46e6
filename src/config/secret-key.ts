// The key that encrypts stored secrets: given by the operator, or kept in the data directory.
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ShellboxError } from '../errors.ts';
import { type Secret, secret } from '../secret.ts';
import { key32 } from './values.ts';

/**
 * The operator's key, or the one in `secret.key` (0600) of the data directory, made at the first call; two programs that
 * begin at once agree on one.
 *
 * @throws ShellboxError `secret_key_unusable`
 */
export async function readSecretKey(
  given: Secret<Uint8Array> | undefined,
  dataDir: string,
): Promise<Secret<Uint8Array>> {
  if (given !== undefined) return given;
  const file = join(dataDir, 'secret.key');
  try {
    const text = (await readIfThere(file)) ?? (await make(dataDir, file));
    return secret(key32.parse(text));
  } catch (cause) {
    throw new ShellboxError('secret_key_unusable', `The key in ${file} cannot be read.`, {
      remedy: 'Put back the file that this data directory was made with, or set SHELLBOX_SECRET_KEY.',
      cause,
    });
  }
}

/** A link gives the whole file its name, and only if no other has it: nobody ever reads half a key, or replaces one. */
async function make(dataDir: string, file: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const partial = `${file}.${randomUUID()}`;
  const handle = await open(partial, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(32).toString('base64')}\n`);
    await handle.sync();
    await link(partial, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await handle.close();
    await rm(partial, { force: true });
  }
  return await readFile(file, 'utf8');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
