// The file of a backup: its lines, compressed with gzip; written beside its place, flushed, and then given its name.
import { link, lstat, open, rm, stat } from 'node:fs/promises';
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
  // Asked before, because reading a large database takes long.
  if (await lstat(path).catch(() => undefined)) throw exists(path);
  const partial = `${path}.${newId()}.partial`;
  const file = await open(partial, 'wx', 0o600).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  try {
    const target = file.createWriteStream({ flush: true });
    await pipeline(Readable.from(ended(lines)), createGzip(), target, { signal }).catch((error: unknown) => {
      throw error instanceof ShellboxError || signal.aborted ? error : unwritable(path, error);
    });
    // A link never replaces what is there already.
    await link(partial, path).catch((error: unknown) => {
      throw codeOf(error) === 'EEXIST' ? exists(path) : unwritable(path, error);
    });
    return (await stat(path)).size;
  } finally {
    await rm(partial, { force: true });
    await syncFolder(dirname(path));
  }
}

/** Characters; a row holds texts and logs of some megabytes at most. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** Codes of Node for what an operator can set right. */
const WHY_UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EDQUOT: 'its disk is full for this user',
  ENOENT: 'there is no such folder',
  ENOSPC: 'its disk is full',
  ENOTDIR: 'what should be its folder is a file',
  EPERM: 'this user may not, or its file system has no links (FAT, some shares)',
  EROFS: 'its file system is read-only',
};

function unwritable(path: string, error: unknown): ShellboxError {
  const why = WHY_UNWRITABLE[codeOf(error) ?? ''];
  return new ShellboxError(
    'backup_unwritable',
    `The backup cannot be written at ${path}${why === undefined ? '' : `: ${why}`}.`,
    {
      remedy: 'Name a file somewhere else:  shellbox backup <file>',
      cause: why === undefined ? error : undefined,
    },
  );
}

function exists(path: string): ShellboxError {
  return new ShellboxError('backup_exists', `There is a file ${path} already.`, { remedy: 'Name another one.' });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

async function* ended(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** Its lines. @throws ShellboxError `backup_unreadable`, `backup_missing` */
export async function* backupLines(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new ShellboxError('backup_missing', `There is no file ${path} that can be read.`, {
      cause: codeOf(cause) === 'ENOENT' ? undefined : cause,
    });
  });
  const text = createGunzip();
  const read = pipeline(file.createReadStream(), text);
  read.catch(() => {}); // the same error ends the lines
  const decoder = new StringDecoder('utf8');
  let begun: string[] = [];
  let length = 0;
  try {
    for await (const chunk of text) {
      const [end = '', ...lines] = decoder.write(chunk).split('\n');
      begun.push(end);
      length += end.length;
      if (length > LONGEST_LINE) throw unreadable('a line in it is longer than any that is written');
      const rest = lines.pop();
      if (rest === undefined) continue;
      yield begun.join('');
      yield* lines;
      begun = [rest];
      length = rest.length;
    }
    await read;
  } catch (cause) {
    if (cause instanceof ShellboxError) throw cause;
    // Why gzip does not take it tells nobody more; why the disk does not give it does.
    const isOfDisk = cause instanceof Error && 'syscall' in cause;
    throw unreadable('it is no file of gzip, or a part of one', isOfDisk ? cause : undefined);
  } finally {
    text.destroy();
    await file.close().catch(() => {}); // its stream has closed it where all was read
  }
  if (length > 0) yield begun.join('');
}
