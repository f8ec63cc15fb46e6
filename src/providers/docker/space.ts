// Free space on the host's file systems that boxes fill.
import { statfs } from 'node:fs/promises';
import { ProviderError } from '../provider.ts';
import { NO_SPACE_REMEDY } from './errors.ts';

interface FreeSpace {
  path: string;
  sizeBytes: number;
  freeBytes: number;
  /** Of what an ordinary account may use, 0 to 1. */
  freeShare: number;
}

/** Free space where each of the folders lies; those that are not on this machine are left out. */
export async function freeSpace(paths: readonly string[]): Promise<FreeSpace[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const stats = await statfs(path).catch(() => undefined);
      if (stats === undefined || stats.blocks === 0) return [];
      const { bavail, blocks, bsize, ffree, files } = stats;
      // A disk without free inodes is as full as one without free blocks; some file systems do not count them.
      const freeInodes = files === 0 ? 1 : ffree / files;
      const sizeBytes = blocks * bsize;
      return [{ path, sizeBytes, freeBytes: bavail * bsize, freeShare: Math.min(bavail / blocks, freeInodes) }];
    }),
  );
  return found.flat();
}

/** Rejects with `no_space` when one of the folders has less than `leastFree` (0 to 1) of its file system left, or would have once `neededBytes` are in it. */
export async function requireSpace(paths: readonly string[], leastFree: number, neededBytes = 0): Promise<void> {
  const spaces = await freeSpace(paths);
  const tight = spaces.find(({ freeShare, sizeBytes }) => freeShare - neededBytes / sizeBytes < leastFree);
  if (tight === undefined) return;
  const wanted = neededBytes === 0 ? '' : `, and ${(neededBytes / 1024 ** 3).toFixed(1)} GiB more are needed`;
  throw new ProviderError('no_space', `The host’s disk is nearly full: ${describe(tight)}${wanted}.`, {
    remedy: NO_SPACE_REMEDY,
  });
}

/** `12.3 GiB (8 %) free in /var/lib/docker` */
export function describe({ path, freeBytes, freeShare }: FreeSpace): string {
  return `${(freeBytes / 1024 ** 3).toFixed(1)} GiB (${Math.floor(freeShare * 100)} %) free in ${path}`;
}
