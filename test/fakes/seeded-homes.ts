// The homes of the simulated cloud and what was kept of them. Every change is in the ledger.
import {
  type BoxRef,
  type BoxSpec,
  ProviderError,
  type SnapshotRef,
  type SnapshotView,
} from '../../src/providers/provider.ts';
import { snapshotGone } from '../../src/providers/snapshot-gone.ts';
import type { LedgerBook } from './seeded-ledger.ts';

interface Home {
  text: string | undefined;
  sizeGiB: number;
  region: string | undefined;
}

export interface SeededHomes {
  /** True when it was made now. It lies where its box asks for, where its snapshot does, else in the usual region. */
  ensureHome(box: BoxSpec, usualRegion?: string): boolean;
  removeHome(box: BoxRef): void;
  /** Takes or adopts. */
  snapshotHome(box: BoxRef, snapshotId: string): Pick<SnapshotView, 'bytes'>;
  snapshots(installId: string): SnapshotView[];
  removeSnapshot(snapshot: SnapshotRef): void;
  homeBytes(box: BoxRef): number;
  hasHome(box: BoxRef): boolean;
  writeHome(box: BoxRef, text: string): void;
  readHome(box: BoxRef): string | undefined;
  homeGiB(box: BoxRef): number | undefined;
  regionOf(box: BoxRef): string | undefined;
}

export function createHomes(ledger: LedgerBook, now: () => number): SeededHomes {
  const homes = new Map<string, Home>();
  const snapshots = new Map<string, SnapshotRef & SnapshotView & Home>();

  const homeKey = ({ installId, boxId }: BoxRef) => `${installId} ${boxId}`;
  const snapshotKey = ({ installId, snapshotId }: SnapshotRef) => `${installId} ${snapshotId}`;

  /** What a new home of this box is when it is made of a snapshot. */
  function copyOf({ installId, resources, region }: BoxSpec, snapshotId: string): Pick<Home, 'text' | 'region'> {
    const snapshot = snapshots.get(snapshotKey({ installId, snapshotId }));
    if (snapshot === undefined) throw snapshotGone();
    if (snapshot.sizeGiB > resources.homeGiB) {
      throw new ProviderError('invalid', `The snapshot is of a home of ${snapshot.sizeGiB} GiB.`);
    }
    if (region !== undefined && snapshot.region !== region) {
      throw new ProviderError('invalid', `The snapshot lies in ${snapshot.region}.`);
    }
    return { text: snapshot.text, region: snapshot.region };
  }

  return {
    ensureHome(box, usualRegion) {
      if (homes.has(homeKey(box))) return false;
      const sizeGiB = box.resources.homeGiB;
      const empty = { text: undefined, region: box.region ?? usualRegion };
      homes.set(homeKey(box), { ...(box.from === undefined ? empty : copyOf(box, box.from)), sizeGiB });
      ledger.homeMade(box, box.from);
      return true;
    },
    snapshotHome(box, snapshotId) {
      const { installId, boxId } = box;
      const home = homes.get(homeKey(box));
      const taken = snapshots.get(snapshotKey({ installId, snapshotId }));
      if (taken !== undefined && taken.boxId === boxId) return { bytes: taken.bytes };
      if (taken !== undefined || home === undefined) {
        throw new ProviderError('invalid', `There is no home of ${box.instanceName} for this snapshot.`);
      }
      const snapshot = { installId, snapshotId, boxId, bytes: bytesOf(home), createdAt: new Date(now()), ...home };
      snapshots.set(snapshotKey(snapshot), snapshot);
      ledger.snapshotMade(box, snapshotId);
      return { bytes: snapshot.bytes };
    },
    snapshots: (install) =>
      [...snapshots.values()]
        .filter(({ installId }) => installId === install)
        .map(({ snapshotId, boxId, bytes, createdAt }) => ({ snapshotId, boxId, bytes, createdAt })),
    removeSnapshot(snapshot) {
      if (snapshots.delete(snapshotKey(snapshot))) ledger.snapshotRemoved(snapshot);
    },
    removeHome(box) {
      if (homes.delete(homeKey(box))) ledger.homeRemoved(box);
    },
    homeBytes: (box) => bytesOf(homes.get(homeKey(box))),
    hasHome: (box) => homes.has(homeKey(box)),
    writeHome(box, text) {
      const home = homes.get(homeKey(box));
      if (home === undefined) throw new Error(`There is no home for ${box.instanceName}.`);
      home.text = text;
    },
    readHome: (box) => homes.get(homeKey(box))?.text,
    homeGiB: (box) => homes.get(homeKey(box))?.sizeGiB,
    regionOf: (box) => homes.get(homeKey(box))?.region,
  };
}

function bytesOf(home: Home | undefined): number {
  return 4096 + (home?.text ?? '').length;
}
