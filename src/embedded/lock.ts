// The lock on a data directory: one program at a time, gone with the process that holds it, whatever ends that process.
import { spawn } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ShellboxError } from '../errors.ts';
import { diskError } from './disk.ts';
import { CHILD_ENV } from './run.ts';

export interface DataDirLock {
  directory: string;
  /** Gives the directory free. May be called twice. */
  release(): void;
}

/** A process killed a moment ago may still be on its way out. */
const WAIT_SECONDS = 0.5;

/**
 * Takes the directory (made with mode 0700 when missing) for this process until `release` or the end of the process.
 *
 * flock(2) belongs to the open file, not to the program that asked for it: `flock` locks the descriptor it inherits from us and ends,
 * and the kernel keeps the lock for as long as our descriptor is open. So it needs no native addon, leaves nothing stale after
 * kill -9, and holds between containers that share a volume.
 *
 * @throws ShellboxError `data_dir_locked` (names the holder's pid and the directory), `data_dir_unusable`, `disk_full`, `flock_missing`
 */
export async function acquireDataDirLock(directory: string): Promise<DataDirLock> {
  const file = join(directory, 'lock');
  const fd = await open(directory, file);
  try {
    const status = await flock(fd);
    if (status !== 0) throw await lockedError(directory, file);
    await diskError(directory, async () => {
      ftruncateSync(fd);
      writeSync(fd, `${process.pid}\n`, 0);
    });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let held = true;
  return {
    directory,
    release() {
      if (!held) return;
      held = false;
      ftruncateSync(fd);
      closeSync(fd); // the file stays: removing it would let two programs lock two different files of one name
    },
  };
}

/** What initdb's own shell would read as more than a letter of a path. */
const ACTIVE = /["`$\\\n\r]/;

async function open(directory: string, file: string): Promise<number> {
  if (ACTIVE.test(directory)) {
    throw new ShellboxError(
      'data_dir_unusable',
      'PostgreSQL cannot be kept in a directory with ", `, $ or \\ in its path.',
      {
        remedy: 'Set SHELLBOX_DATA_DIR to another directory.',
      },
    );
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // A bare descriptor: a FileHandle would be closed, and the lock lost, when it is garbage-collected.
    return openSync(file, 'a+', 0o600);
  } catch (cause) {
    throw new ShellboxError('data_dir_unusable', `The data directory ${directory} cannot be written.`, {
      remedy: 'Set SHELLBOX_DATA_DIR to a directory that this user may write.',
      cause,
    });
  }
}

function flock(fd: number): Promise<number | null> {
  const child = spawn('flock', ['--exclusive', '--wait', String(WAIT_SECONDS), '3'], {
    env: CHILD_ENV,
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', (cause) =>
      reject(
        new ShellboxError('flock_missing', 'The program flock, which guards the data directory, is missing.', {
          remedy: 'apt-get install util-linux',
          cause,
        }),
      ),
    );
  });
}

async function lockedError(directory: string, file: string): Promise<ShellboxError> {
  const pid = (await readFile(file, 'utf8')).trim();
  const holder = pid === '' ? 'another Shellbox' : `another Shellbox, pid ${pid}`;
  return new ShellboxError('data_dir_locked', `The data directory ${directory} is in use by ${holder}.`, {
    remedy: `Stop it${pid === '' ? '' : ` (kill ${pid})`}, or set SHELLBOX_DATA_DIR to another directory.`,
  });
}
