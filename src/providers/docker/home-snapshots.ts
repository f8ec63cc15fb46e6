// Homes kept as they were at one moment: copies of their files, taken while the file system is frozen for as short as possible.
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { type BoxRef, ProviderError, type SnapshotRef, type SnapshotView } from '../provider.ts';
import { throwIfCancelled } from './errors.ts';
import { beginCopy, shareBlocks, toDisk } from './home-copy.ts';
import { type HomeFile, hasFile, isMounted, mount } from './home-file.ts';
import { flush, StillFrozenError, thaw, whileFrozen } from './home-freeze.ts';
import { aloneIfFree, aloneOn } from './home-lock.ts';
import { findSnapshot, snapshotFiles, snapshotPath, snapshotsDir, unfinished } from './snapshot-names.ts';
import { requireSpace } from './space.ts';

/** Programs of a running box that write to the home wait so long at most: as long as a box is given to stop, which they would hold up. */
const DEFAULT_LONGEST_FREEZE_MS = 10_000;
const SECTOR_BYTES = 512;

interface Wanted {
  signal: AbortSignal;
  /** Whether somebody may wait for the home meanwhile. */
  inUse: boolean;
}

type Owner = Pick<BoxRef, 'installId' | 'boxId'>;

export interface HomeSnapshots {
  take(box: Owner, snapshotId: string, wanted: Wanted): Promise<Pick<SnapshotView, 'bytes'>>;
  list(installId: string, signal: AbortSignal): Promise<SnapshotView[]>;
  remove(snapshot: SnapshotRef, signal: AbortSignal): Promise<void>;
  /** Ends what programs began that were killed: thaws homes, removes half copies. Nothing that a live program is at; of one box, or of all. */
  mend(installId: string, boxId?: string): Promise<void>;
}

interface Around {
  /** The home's file, whether it is there or not. */
  fileOf(box: Owner): HomeFile;
  /** The share of the disk that must be left, 0 to 1. */
  leastFree: number;
  longestFreezeMs?: number;
}

export function createHomeSnapshots(
  homesDir: string,
  { fileOf, leastFree, longestFreezeMs = DEFAULT_LONGEST_FREEZE_MS }: Around,
): HomeSnapshots {
  /** For whoever is alone on the home. Thaws first: what is left to be thawed is known by the half copy. */
  async function mendHome(home: HomeFile, box: Owner): Promise<void> {
    const half = (await snapshotFiles(homesDir, box.installId)).filter(
      ({ boxId, whole }) => boxId === box.boxId && !whole,
    );
    if (half.length === 0) return;
    if (await isMounted(home)) await thaw(home.source);
    for (const { path } of half) await rm(path, { force: true });
  }

  async function adopt(box: Owner, snapshotId: string): Promise<Pick<SnapshotView, 'bytes'> | undefined> {
    const found = await findSnapshot(homesDir, { installId: box.installId, snapshotId });
    if (found === undefined) return undefined;
    if (found.boxId !== box.boxId) throw new ProviderError('invalid', 'This snapshot is of another box’s home.');
    return { bytes: await takenBytes(found.path) };
  }

  async function make(home: HomeFile, path: string, { signal, inUse }: Wanted): Promise<void> {
    await mkdir(snapshotsDir(homesDir), { recursive: true, mode: 0o700 });
    // Where it is mounted nothing is to be made in it: whoever wrote to a home that others froze could not even be ended.
    if (!(await isMounted(home))) await mount(home, signal);
    const half = unfinished(path);
    const moment = await (inUse ? copyInUse(home, half, signal) : copyAtRest(home, half, signal));
    await utimes(half, moment, moment);
    await toDisk(half, signal);
    await rename(half, path);
    await toDisk(snapshotsDir(homesDir), signal);
  }

  /** Only what changed since the last look is copied while everybody waits; looking at the rest takes its time as well. */
  async function copyInUse(home: HomeFile, half: string, signal: AbortSignal): Promise<Date> {
    const shares = await shareBlocks(home.image, half);
    await using copy = shares ? undefined : await begin(home, half);
    await copy?.level(signal);
    await toDisk(half, signal);
    const startMs = performance.now();
    await copy?.level(signal);
    if (performance.now() - startMs > longestFreezeMs) throw tooMuch(longestFreezeMs);
    await flush(home.source, signal);
    const limit = AbortSignal.timeout(longestFreezeMs);
    try {
      return await frozen(home, signal, async () => {
        if (copy !== undefined) await copy.level(AbortSignal.any([signal, limit]));
        else await share(home, half);
      });
    } catch (error) {
      const isLate = limit.aborted && !signal.aborted && !(error instanceof StillFrozenError);
      throw isLate ? tooMuch(longestFreezeMs, error) : error;
    }
  }

  async function copyAtRest(home: HomeFile, half: string, signal: AbortSignal): Promise<Date> {
    const shares = await shareBlocks(home.image, half);
    await using copy = shares ? undefined : await begin(home, half);
    return await frozen(home, signal, () => (copy === undefined ? share(home, half) : copy.level(signal)));
  }

  async function begin(home: HomeFile, half: string) {
    await requireSpace([snapshotsDir(homesDir)], leastFree, await takenBytes(home.image));
    return beginCopy(home.image, half);
  }

  /** The moment. */
  function frozen(home: HomeFile, signal: AbortSignal, work: () => Promise<void>): Promise<Date> {
    return whileFrozen({ inside: home.source, outside: homesDir }, signal, async () => {
      const moment = new Date();
      await work();
      return moment;
    });
  }

  return {
    async take(box, snapshotId, wanted) {
      const home = fileOf(box);
      return aloneOn(home, { doing: 'keep the home as a snapshot', signal: wanted.signal }, async () => {
        const adopted = await adopt(box, snapshotId);
        if (adopted !== undefined) return adopted;
        await mendHome(home, box);
        if (!(await hasFile(home))) throw noFile(home);
        const path = snapshotPath(homesDir, box, snapshotId);
        try {
          await make(home, path, wanted);
        } catch (error) {
          // Where it stays, `mend` thaws the home; where it does not, others may have frozen that.
          if (!(error instanceof StillFrozenError)) await rm(unfinished(path), { force: true });
          throw error;
        }
        return { bytes: await takenBytes(path) };
      });
    },

    async list(installId, signal) {
      throwIfCancelled({ doing: 'list the snapshots', signal });
      const files = (await snapshotFiles(homesDir, installId)).filter(({ whole }) => whole);
      const views = await Promise.all(
        files.map(async ({ path, snapshotId, boxId }) => {
          // It may be removed at this moment.
          const stats = await stat(path).catch(() => undefined);
          return stats && { snapshotId, boxId, bytes: stats.blocks * SECTOR_BYTES, createdAt: stats.mtime };
        }),
      );
      return views.filter((view) => view !== undefined);
    },

    async remove({ installId, snapshotId }, signal) {
      throwIfCancelled({ doing: 'remove the snapshot', signal });
      for (const { boxId } of (await snapshotFiles(homesDir, installId)).filter(
        (one) => one.snapshotId === snapshotId,
      )) {
        const box = { installId, boxId };
        await aloneOn(fileOf(box), { doing: 'remove the snapshot', signal }, async () => {
          await mendHome(fileOf(box), box);
          await rm(snapshotPath(homesDir, box, snapshotId), { force: true });
        });
      }
    },

    async mend(installId, ofBox) {
      const half = (await snapshotFiles(homesDir, installId)).filter(({ whole }) => !whole);
      for (const boxId of new Set(half.map((one) => one.boxId))) {
        if (boxId !== (ofBox ?? boxId)) continue;
        const box = { installId, boxId };
        await aloneIfFree(fileOf(box), () => mendHome(fileOf(box), box));
      }
    },
  };
}

async function takenBytes(path: string): Promise<number> {
  return (await stat(path)).blocks * SECTOR_BYTES;
}

async function share(home: HomeFile, half: string): Promise<void> {
  if (!(await shareBlocks(home.image, half)))
    throw new Error(`${half} could not share the blocks of its home any more`);
}

function noFile({ image }: HomeFile): ProviderError {
  return new ProviderError('invalid', 'The home is none of those that can be kept as snapshots here.', {
    remedy: `Only homes of limited size can, which are files such as ${image}; "doctor" says why this host makes others.`,
  });
}

function tooMuch(longestMs: number, cause?: unknown): ProviderError {
  return new ProviderError(
    'invalid',
    `The home holds too much to be kept while the box runs: its programs would wait for longer than ${longestMs / 1000} s.`,
    { remedy: 'Stop the box, then take the snapshot.', remedyFor: 'everybody', cause },
  );
}
