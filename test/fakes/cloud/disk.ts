// What is on a volume of the clouds of tests.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';

export interface FakeDisk {
  text: string | undefined;
  /** Its blocks, where a machine had it that needs some. */
  file?: string;
}

export const emptyDisk = (): FakeDisk => ({ text: undefined });

/** As it is at this moment. */
export function copyOf(disk: FakeDisk): FakeDisk {
  if (disk.file === undefined) return { ...disk };
  const file = join(dirname(disk.file), randomUUID());
  execFileSync('cp', ['--sparse=always', disk.file, file]);
  return { ...disk, file };
}
