// A disk for a throwaway machine: a file of this one as a block device.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ran } from './throwaway-machine.ts';

const MIB = 1024 ** 2;

export const canMakeDisks = existsSync('/dev/loop-control');

export interface Disk {
  /** The block device. */
  device: string;
  grow(sizeMiB: number): Promise<void>;
  detach(): Promise<void>;
}

/** All zeros, as a new volume is. */
export async function makeDisk(sizeMiB: number): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), 'shellbox-disk-'));
  const file = join(folder, 'disk');
  await writeFile(file, '');
  await truncate(file, sizeMiB * MIB);
  const { status, out, err } = await ran(['losetup', '--find', '--show', file]);
  if (status !== 0) throw new Error(err);
  const device = out.trim();
  return {
    device,
    async grow(toMiB) {
      await truncate(file, toMiB * MIB);
      await ran(['losetup', '--set-capacity', device]);
    },
    async detach() {
      await ran(['losetup', '--detach', device]);
      await rm(folder, { recursive: true });
    },
  };
}
