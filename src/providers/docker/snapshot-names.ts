// Snapshots as files of the host: what their names say, and which there are.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BoxRef, ProviderError, type SnapshotRef } from '../provider.ts';
import { exitStatus } from './host-command.ts';

/** One file. A snapshot that is not whole has another name, and somebody works on it, or died while he did. */
export interface SnapshotFile {
  path: string;
  snapshotId: string;
  /** The home it is of. */
  boxId: string;
  whole: boolean;
}

/** There was no snapshot ever; or no home as a file, where they cannot lie. */
const NONE = ['ENOENT', 'ENOTDIR'];
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const NAME = new RegExp(`^sb-([a-z][a-z0-9]{7})-(${UUID})-(${UUID})\\.img(\\.new)?$`);

export const snapshotsDir = (homesDir: string): string => join(homesDir, 'snapshots');

/** Where it is once it is whole. */
export function snapshotPath(homesDir: string, { installId, boxId }: Pick<BoxRef, 'installId' | 'boxId'>, id: string) {
  return join(snapshotsDir(homesDir), `sb-${installId}-${id}-${boxId}.img`);
}

export const unfinished = (path: string): string => `${path}.new`;

/** All of an installation. Rejects where it cannot be told. */
export async function snapshotFiles(homesDir: string, installId: string): Promise<SnapshotFile[]> {
  const folder = snapshotsDir(homesDir);
  const names = await readdir(folder).catch((cause: unknown) => {
    if (NONE.some((code) => exitStatus(cause) === code)) return [];
    throw new ProviderError('unavailable', 'The host could not list the snapshots.', {
      remedy: `${folder} has to be a folder that can be read; the log has the system’s words.`,
      cause,
    });
  });
  return names.flatMap((name) => {
    const [, install, snapshotId, boxId, unfinished] = NAME.exec(name) ?? [];
    if (install !== installId || snapshotId === undefined || boxId === undefined) return [];
    return [{ path: join(folder, name), snapshotId, boxId, whole: unfinished === undefined }];
  });
}

/** The whole snapshot with this id. */
export async function findSnapshot(homesDir: string, { installId, snapshotId }: SnapshotRef) {
  const files = await snapshotFiles(homesDir, installId);
  return files.find((file) => file.whole && file.snapshotId === snapshotId);
}
