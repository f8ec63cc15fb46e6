// The home of a box: a file of limited size where this host allows, else a plain volume of the engine.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MountSettings } from 'dockerode';
import { shortId } from '../names.ts';
import { type BoxRef, type BoxSpec, ProviderError } from '../provider.ts';
import { snapshotGone } from '../snapshot-gone.ts';
import { removeFolders } from './box-files.ts';
import { ask, type Docker } from './engine.ts';
import { isNotFound } from './engine-status.ts';
import { throwIfCancelled } from './errors.ts';
import { ensureFile, hasFile, homeFile, mountFile, removeFile, usedBytes } from './home-file.ts';
import { restore } from './home-restore.ts';
import { createHomeSnapshots, type HomeSnapshots } from './home-snapshots.ts';
import { runOnHost } from './host-command.ts';
import { LABELS } from './payload.ts';
import { findSnapshot } from './snapshot-names.ts';

/** `file`: limited by its size. `volume`: limited by the host's disk only. */
export type HomeKind = 'file' | 'volume';

const DU_TIMEOUT_MS = 60_000;

/** The same for every incarnation. */
export const homeName = (box: Pick<BoxRef, 'installId' | 'boxId'>): string =>
  `sb-${box.installId}-${shortId(box.boxId)}`;

export const homesDir = (dataDir: string): string => join(dataDir, 'homes');

/** The host's folders with a box's keys; they go with its home. */
export const filesDir = (dataDir: string, box: Pick<BoxRef, 'installId' | 'boxId'>): string =>
  join(homesDir(dataDir), `${homeName(box)}.files`);

export interface Homes {
  readonly snapshots: HomeSnapshots;
  /** Makes or adopts it; `kind` is asked only where there is none yet. */
  ensure(box: BoxSpec, kind: () => Promise<HomeKind>, signal: AbortSignal): Promise<{ note: string }>;
  /** Ready to be mounted by a container; what a container mounts. Rejects when the box has no home. */
  attach(box: BoxRef, signal: AbortSignal): Promise<Pick<MountSettings, 'Type' | 'Source'>>;
  remove(box: BoxRef, signal: AbortSignal): Promise<void>;
  /** undefined where it cannot be told from here. */
  usedBytes(box: BoxRef, signal: AbortSignal): Promise<number | undefined>;
}

/** `leastFree`: the share of the disk that a copy of a home must leave, 0 to 1. */
export function createHomes(docker: Docker, dataDir: string, leastFree: number): Homes {
  const dir = homesDir(dataDir);
  const fileOf = (box: Pick<BoxRef, 'installId' | 'boxId'>) => homeFile(dir, homeName(box));
  const snapshots = createHomeSnapshots(dir, { fileOf, leastFree });

  const volume = (box: BoxRef, signal: AbortSignal) =>
    ask({ doing: 'show the home', signal }, async (abortSignal) => {
      try {
        return await docker.getVolume(homeName(box)).inspect({ abortSignal });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });

  async function fillFrom(snapshotId: string, box: BoxSpec, path: string, signal: AbortSignal): Promise<void> {
    const found = await findSnapshot(dir, { installId: box.installId, snapshotId });
    if (found === undefined) throw snapshotGone();
    await restore(path, { from: found.path, sizeGiB: box.resources.homeGiB, leastFree }, signal);
  }

  return {
    snapshots,

    async ensure(box, kind, signal) {
      throwIfCancelled({ doing: 'make the home', signal });
      const { from } = box;
      const size = `${box.resources.homeGiB} GiB`;
      const file = fileOf(box);
      if (!(await hasFile(file)) && (await kind()) === 'volume') {
        if (from !== undefined && (await volume(box, signal)) === undefined) throw noFiles();
        await ask({ doing: 'make the home', signal }, (abortSignal) =>
          docker.createVolume({
            Name: homeName(box),
            Labels: { [LABELS.install]: box.installId, [LABELS.box]: box.boxId },
            abortSignal,
          }),
        );
        return { note: `${size}, not enforced on this host` };
      }
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const fill = from === undefined ? undefined : (path: string) => fillFrom(from, box, path, signal);
      await ensureFile(file, box.resources.homeGiB, signal, fill);
      return { note: size };
    },

    async attach(box, signal) {
      const file = fileOf(box);
      await snapshots.mend(box.installId, box.boxId);
      if (await hasFile(file)) {
        await mountFile(file, signal);
        return { Type: 'bind', Source: file.source };
      }
      if ((await volume(box, signal)) !== undefined) return { Type: 'volume', Source: homeName(box) };
      throw new ProviderError('invalid', 'The box has no home on this host.', {
        remedy: `Bring ${file.image} back from a backup, or destroy the box.`,
      });
    },

    async remove(box, signal) {
      throwIfCancelled({ doing: 'remove the home', signal });
      await removeFile(fileOf(box), signal);
      await removeFolders(filesDir(dataDir, box));
      await ask({ doing: 'remove the home', signal }, async (abortSignal) => {
        try {
          await docker.getVolume(homeName(box)).remove({ abortSignal });
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      });
    },

    async usedBytes(box, signal) {
      const file = fileOf(box);
      if (await hasFile(file)) return usedBytes(file);
      const mountPoint = (await volume(box, signal))?.Mountpoint;
      if (mountPoint === undefined) return undefined;
      const argv = ['--summarize', '--one-file-system', '--block-size=1', mountPoint];
      // Files that go while they are counted end du with status 1; an engine elsewhere has the folder elsewhere.
      const printed = await runOnHost({ file: 'du', argv, signal, timeoutMs: DU_TIMEOUT_MS }).catch(() => '');
      const bytes = Number.parseInt(printed, 10);
      return Number.isNaN(bytes) ? undefined : bytes;
    },
  };
}

function noFiles(): ProviderError {
  return new ProviderError('invalid', 'No home can be made of a snapshot on this host.', {
    remedy: 'Homes are plain volumes here; "doctor" says why.',
  });
}
