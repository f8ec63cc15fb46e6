// One program at a time on a box's home, and what its failures are to the provider's callers.
import { statfs } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ProviderError } from '../provider.ts';
import { NO_SPACE_REMEDY } from './errors.ts';
import { unlessLocked, withMachineLock } from './machine-lock.ts';

/** Below this a failure is laid to the disk. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024;

interface Locked {
  mountPoint: string;
}

interface Work {
  /** For the sentence people read: `The host could not <doing>.` */
  doing: string;
  signal: AbortSignal;
}

const lockOf = ({ mountPoint }: Locked): string => `shellbox-home-${basename(mountPoint)}`;

/** One at a time on this machine. Failures become the provider's errors. */
export async function aloneOn<T>(home: Locked, { doing, signal }: Work, work: () => Promise<T>): Promise<T> {
  try {
    return await withMachineLock(lockOf(home), { signal, onWait: () => undefined }, work);
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    if (signal.aborted) {
      throw new ProviderError('timeout', `Cancelled while the host was asked to ${doing}.`, { cause });
    }
    if (await isFull(home)) {
      throw new ProviderError('no_space', 'The host’s disk is full.', { remedy: NO_SPACE_REMEDY, cause });
    }
    throw new ProviderError('unavailable', `The host could not ${doing}.`, {
      remedy: `"mkfs.ext4", "mount -o loop" and "fsfreeze" have to work in ${home.mountPoint}; the log has their words.`,
      cause,
    });
  }
}

/** Nothing when a live program is on the home: what it does, it ends. */
export async function aloneIfFree(home: Locked, work: () => Promise<void>): Promise<void> {
  await unlessLocked(lockOf(home), work);
}

/** Asked after a failure, because the programs that fail say so in prose only. */
async function isFull(home: Locked): Promise<boolean> {
  const stats = await statfs(dirname(home.mountPoint)).catch(() => undefined);
  return stats !== undefined && stats.bavail * stats.bsize < LEAST_FREE_BYTES;
}
