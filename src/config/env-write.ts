// Writes the .env file: whole or not at all, and readable for its owner alone.
import { randomUUID } from 'node:crypto';
import { chown, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ShellboxError } from '../errors.ts';
import { syncFolder } from './sync-folder.ts';

/** The path that was written: a link is followed. Its owner stays. @throws ShellboxError `env_unwritable` */
export async function writeEnvFile(folder: string, text: string): Promise<string> {
  const named = join(folder, '.env');
  const path = await realpath(named).catch(() => named);
  const partial = `${path}.${randomUUID()}`;
  try {
    const before = await stat(path).catch(() => undefined);
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (before !== undefined && process.getuid?.() === 0) await chown(partial, before.uid, before.gid);
    await rename(partial, path);
    await syncFolder(dirname(path));
    return path;
  } catch (cause) {
    await rm(partial, { force: true });
    throw new ShellboxError('env_unwritable', `The file ${path} cannot be written; it is as it was.`, {
      remedy: 'Run it in a folder that this user may write.',
      cause,
    });
  }
}
