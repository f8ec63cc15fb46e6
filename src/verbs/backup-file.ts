// The file of a backup: its lines, compressed with gzip; written beside its place, flushed, and then given its name.
import { link, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip, createGzip } from 'node:zlib';
import { syncFolder } from '../config/sync-folder.ts';
import { ShellboxError } from '../errors.ts';
import { unreadable } from '../store/backup-lines.ts';
import { newId } from '../store/ids.ts';

/**
 * Writes the file (0600), whole or not at all; never over another one. Resolves with its size, in bytes.
 *
 * @throws ShellboxError `backup_exists`, `backup_unwritable`; whatever `lines` throws
 */
export async function writeBackup(path: string, lines: AsyncIterable<string>, signal: AbortSignal): Promise<number> {
  const partial = `${path}.${newId()}.partial`;
  const file = await open(partial, 'wx', 0o600).catch((cause: unknown) => {
    throw new ShellboxError('backup_unwritable', `The backup cannot be written at ${path}.`, {
      remedy: 'Name a file in a folder that this user may write:  shellbox backup <file>',
      cause,
    });
  });
  try {
    await pipeline(Readable.from(ended(lines)), createGzip(), file.createWriteStream({ flush: true }), { signal });
    // A link never replaces what is there already.
    await link(partial, path).catch((cause: unknown) => {
      throw unlinked(path, cause);
    });
    return (await stat(path)).size;
  } finally {
    await rm(partial, { force: true });
    await syncFolder(dirname(path));
  }
}

/** File systems of sticks and shares may have no links at all. */
function unlinked(path: string, cause: unknown): ShellboxError {
  const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
  return isThere
    ? new ShellboxError('backup_exists', `There is a file ${path} already.`, { remedy: 'Name another one.', cause })
    : new ShellboxError('backup_unwritable', `The backup was written, but could not be given its name ${path}.`, {
        remedy: 'That file system has no hard links: write it on another one, and copy it.',
        cause,
      });
}

async function* ended(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** Its lines. @throws ShellboxError `backup_unreadable`, `backup_missing` */
export async function* backupLines(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new ShellboxError('backup_missing', `There is no file ${path} that can be read.`, { cause });
  });
  const text = createGunzip();
  const read = pipeline(file.createReadStream(), text);
  read.catch(() => {}); // the same error ends the lines
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of text) {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    await read;
  } catch (cause) {
    if (cause instanceof ShellboxError) throw cause;
    throw unreadable('it is no file of gzip, or a part of one', cause);
  } finally {
    text.destroy();
    await file.close().catch(() => {}); // its stream has closed it where all was read
  }
  if (rest !== '') yield rest;
}
