// Tells a full disk from other failures, by asking the file system and not by reading messages.
import { statfs } from 'node:fs/promises';
import { ShellboxError } from '../errors.ts';

const MIB = 1024 * 1024;

/** Below this a failure to start or write is put down to the disk. */
const FULL_MIB = 32;

/**
 * Runs `action`; its failure becomes `disk_full` when the file system of `directory` is full. With `neededMiB` that much must be free before.
 *
 * @throws ShellboxError `disk_full`; whatever `action` throws
 */
export async function diskError<T>(directory: string, action: () => Promise<T>, neededMiB = 0): Promise<T> {
  const freeMiB = await freeMiBOf(directory);
  if (freeMiB < neededMiB) throw diskFull(directory, freeMiB, neededMiB);
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof ShellboxError && !cause.code.endsWith('_failed')) throw cause; // it knows its reason already
    const leftMiB = await freeMiBOf(directory);
    if (leftMiB < FULL_MIB) throw diskFull(directory, leftMiB, FULL_MIB, cause);
    throw cause;
  }
}

async function freeMiBOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return Math.floor((bavail * bsize) / MIB);
}

function diskFull(directory: string, freeMiB: number, neededMiB: number, cause?: unknown): ShellboxError {
  const message = `The disk of ${directory} is full: ${freeMiB} MiB free, the embedded database needs ${neededMiB} MiB.`;
  return new ShellboxError('disk_full', message, {
    remedy: 'Make room, or set SHELLBOX_DATA_DIR to a larger disk.',
    cause,
  });
}
