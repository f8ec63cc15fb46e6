// A new home's file made of a snapshot: the same file system, grown to the size that the home is to have.
import { stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ProviderError } from '../provider.ts';
import { beginCopy, shareBlocks, toDisk } from './home-copy.ts';
import { exitStatus, runOnHost } from './host-command.ts';
import { requireSpace } from './space.ts';

const GIB = 1024 ** 3;
/** Both walk through what the file system says of itself, which grows with the files in it. */
const CHECK_TIMEOUT_MS = 10 * 60_000;
const RESIZE_TIMEOUT_MS = 10 * 60_000;
/** e2fsck(8): errors were corrected. */
const CORRECTED = 1;

export interface Restore {
  /** The snapshot's file. */
  from: string;
  sizeGiB: number;
  /** The share of the disk that must be left, 0 to 1. */
  leastFree: number;
}

/** Makes the file at `path`, where nothing is, and has it on the disk. Rejects with `invalid` when the snapshot is larger than the home. */
export async function restore(path: string, { from, sizeGiB, leastFree }: Restore, signal: AbortSignal): Promise<void> {
  const { size, blocks } = await stat(from);
  if (size > sizeGiB * GIB) {
    throw new ProviderError(
      'invalid',
      `The snapshot is of a home of ${size / GIB} GiB; ${sizeGiB} GiB are too small.`,
      {
        remedy: `Make a box with a home of ${Math.ceil(size / GIB)} GiB or more.`,
        remedyFor: 'everybody',
      },
    );
  }
  if (!(await shareBlocks(from, path))) {
    await requireSpace([dirname(path)], leastFree, blocks * 512);
    await using copy = await beginCopy(from, path);
    await copy.level(signal);
  }
  if (size < sizeGiB * GIB) await grow(path, sizeGiB * GIB, signal);
  await toDisk(path, signal);
}

/** In the file, before anybody mounts it: a home that has its name has its size. */
async function grow(path: string, bytes: number, signal: AbortSignal): Promise<void> {
  // resize2fs(8) wants a file system that was just checked.
  const check = { file: 'e2fsck', argv: ['-f', '-p', path], signal, timeoutMs: CHECK_TIMEOUT_MS };
  await runOnHost(check).catch((error: unknown) => {
    if (exitStatus(error) !== CORRECTED) throw error;
  });
  await truncate(path, bytes);
  await runOnHost({ file: 'resize2fs', argv: [path], signal, timeoutMs: RESIZE_TIMEOUT_MS });
}
