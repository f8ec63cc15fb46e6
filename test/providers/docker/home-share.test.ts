// Snapshots on a host whose file system shares blocks: no second copy, and the same promises.
import { mkdir, mkdtemp, readFile, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ensureFile, homeFile, removeFile } from '../../../src/providers/docker/home-file.ts';
import { restore } from '../../../src/providers/docker/home-restore.ts';
import { createHomeSnapshots } from '../../../src/providers/docker/home-snapshots.ts';
import { snapshotPath } from '../../../src/providers/docker/snapshot-names.ts';
import { testInstallId } from '../../contracts/provider-spec.ts';
import { within } from './docker-host.ts';
import { onHost } from './outside.ts';

const MIB = 1024 ** 2;
/** What makes such a file system here, if anything does. */
const MAKERS = { 'mkfs.btrfs': ['--quiet'], 'mkfs.xfs': ['-q', '-m', 'reflink=1'] };

async function maker(): Promise<[program: string, options: string[]] | undefined> {
  for (const [program, options] of Object.entries(MAKERS)) {
    const isThere = await onHost(program, '-V').then(
      () => true,
      () => false,
    );
    if (isThere) return [program, options];
  }
  return undefined;
}
const made = process.getuid?.() === 0 ? await maker() : undefined;

/** A folder on a new file system that shares blocks. */
async function sharingFolder([program, options]: [string, string[]]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shellbox-share-'));
  const [image, mountPoint] = [join(folder, 'image'), join(folder, 'mounted')];
  await writeFile(image, '');
  await truncate(image, 1024 * MIB);
  await onHost(program, ...options, image);
  await mkdir(mountPoint);
  await onHost('mount', '-o', 'loop', image, mountPoint);
  onTestFinished(async () => {
    await onHost('umount', mountPoint);
    await rm(folder, { recursive: true });
  });
  return mountPoint;
}

describe.skipIf(made === undefined)(
  'where blocks are shared (needs root and mkfs.btrfs or mkfs.xfs)',
  { timeout: 90_000 },
  () => {
    test('a snapshot and a home made of it take next to nothing until they differ', async () => {
      if (made === undefined) return;
      const dir = await sharingFolder(made);
      const { signal } = within(60_000);
      const [box, other] = [uuidv7(), uuidv7()].map((boxId) => ({ installId: testInstallId(), boxId }));
      if (box === undefined || other === undefined) return;
      const fileOf = ({ boxId }: { boxId: string }) => homeFile(dir, boxId);
      for (const one of [other, box]) onTestFinished(() => removeFile(fileOf(one), within(20_000).signal));
      await ensureFile(fileOf(box), 1, signal);
      await writeFile(join(fileOf(box).source, 'data'), Buffer.alloc(200 * MIB, 'before'));
      await onHost('sync', '--file-system', fileOf(box).source);
      await onHost('sync', '--file-system', dir);
      const before = await freeBytes(dir);
      const snapshotId = uuidv7();
      // A copy would not fit: it is not asked for.
      const snapshots = createHomeSnapshots(dir, { fileOf, leastFree: 0.7 });
      await snapshots.take(box, snapshotId, { signal, inUse: true });
      await writeFile(join(fileOf(box).source, 'data'), 'after');
      const from = snapshotPath(dir, box, snapshotId);
      await ensureFile(fileOf(other), 2, signal, (path) => restore(path, { from, sizeGiB: 2, leastFree: 0.7 }, signal));
      const data = await readFile(join(fileOf(other).source, 'data'));
      expect(data.equals(Buffer.alloc(200 * MIB, 'before'))).toBe(true);
      await onHost('sync', '--file-system', dir);
      expect(before - (await freeBytes(dir))).toBeLessThan(60 * MIB);
    });
  },
);

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
