// Snapshots of homes in a cloud: of the volume, at a moment at which nothing is half written.
import {
  type CallContext,
  type LiveBoxRef,
  ProviderError,
  type SnapshotRef,
  type SnapshotView,
} from '../../provider.ts';
import type { BoxAddress } from '../box-shells.ts';
import type { Inside } from '../machine/inside.ts';
import type { Clock } from './clock.ts';
import type { Cloud, Machine, Volume, VolumeSnapshot } from './cloud.ts';
import type { ListPoll } from './list-poll.ts';
import { untilCertain } from './look-again.ts';
import { patient, unlessBusy } from './patience.ts';

export interface Snapshots {
  find(installId: string, snapshotId: string, context: CallContext): Promise<VolumeSnapshot | undefined>;
  take(box: LiveBoxRef, snapshotId: string, context: CallContext): Promise<Pick<SnapshotView, 'bytes'>>;
  list(installId: string, context: CallContext): Promise<readonly SnapshotView[]>;
  remove(snapshot: SnapshotRef, context: CallContext): Promise<void>;
}

export interface SnapshotsOptions {
  cloud: Pick<Cloud, 'title' | 'listLagMs' | 'createSnapshot' | 'deleteSnapshot'>;
  inside: Pick<Inside, 'frozen'>;
  poll: (installId: string) => ListPoll<VolumeSnapshot>;
  home: (box: LiveBoxRef, context: CallContext) => Promise<Volume | undefined>;
  machine: (box: LiveBoxRef, context: CallContext) => Promise<Machine | undefined>;
  addressOf: (box: LiveBoxRef, machine: Machine) => BoxAddress | undefined;
  clock: Clock;
  /** For how long the cloud may be busy with the volume or its machine, milliseconds. */
  busyMs: number;
}

/** Programs in the box wait for so long at most. */
const FREEZE_SECONDS = 10;
/** Programs go on meanwhile. */
const BUSY_PAUSE_MS = 5_000;

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { cloud, inside, poll, home, machine, addressOf, clock } = options;
  const all = async (installId: string, snapshotId: string, { signal }: CallContext): Promise<VolumeSnapshot[]> =>
    named(snapshotId, await poll(installId).look(signal));

  async function find(
    installId: string,
    snapshotId: string,
    context: CallContext,
  ): Promise<VolumeSnapshot | undefined> {
    return (await all(installId, snapshotId, context))[0];
  }

  /** What another process may have made, unless lists would show it for certain. */
  async function findLate(installId: string, snapshotId: string, context: CallContext) {
    const { takenOver: since, signal } = context;
    if (since === undefined) return undefined;
    const pick = (listed: readonly VolumeSnapshot[]) => named(snapshotId, listed)[0];
    return untilCertain(pick, { since, lagMs: cloud.listLagMs }, { poll: poll(installId), clock, signal });
  }

  async function begin(box: LiveBoxRef, snapshotId: string, context: CallContext): Promise<VolumeSnapshot> {
    const volume = await home(box, context);
    if (volume === undefined) throw new ProviderError('invalid', 'The box has no home to keep.');
    const create = (): Promise<VolumeSnapshot> =>
      cloud.createSnapshot({ installId: box.installId, snapshotId, volume }, context);
    const holder = await machine(box, context);
    if (holder === undefined || holder.state === 'stopped' || holder.state === 'released') return create();
    const at = addressOf(box, holder);
    if (at === undefined) throw new ProviderError('invalid', 'The box is neither up nor stopped.', STOP_FIRST);
    return inside.frozen(at, FREEZE_SECONDS, create, context.signal);
  }

  /** One that came too late for its freeze is not at one moment. */
  async function taken(box: LiveBoxRef, snapshotId: string, context: CallContext): Promise<VolumeSnapshot> {
    const order = patient(options, context);
    const made: VolumeSnapshot[] = [];
    const attempt = async (): Promise<void> => {
      made.push(await begin(box, snapshotId, context));
    };
    try {
      for (;;) {
        await order(attempt());
        const [snapshot] = made;
        if (snapshot !== undefined) return snapshot;
        await clock.wait(BUSY_PAUSE_MS, context.signal);
      }
    } catch (error) {
      if (error instanceof ProviderError && error.code === 'invalid')
        for (const half of await all(box.installId, snapshotId, context)) await cloud.deleteSnapshot(half, context);
      throw error;
    }
  }

  /** What was kept of nothing whole is worth nothing, and would be found at the next try. */
  async function giveUp(snapshot: VolumeSnapshot, context: CallContext): Promise<never> {
    await unlessBusy(cloud.deleteSnapshot(snapshot, context));
    throw new ProviderError('invalid', `${cloud.title} could not take the snapshot.`, {
      remedy: 'It gives no reason. Try again; if that fails, too, look at the volume and its quota at the vendor.',
    });
  }

  return {
    find,
    async take(box, snapshotId, context) {
      const there =
        (await find(box.installId, snapshotId, context)) ?? (await findLate(box.installId, snapshotId, context));
      if (there !== undefined && there.boxId !== box.boxId)
        throw new ProviderError('invalid', 'A snapshot of another box has this id.');
      const snapshot = there ?? (await taken(box, snapshotId, context));
      if (snapshot.ready) return { bytes: snapshot.bytes };
      if (snapshot.failed) return giveUp(snapshot, context);
      context.note?.('the cloud is writing it');
      return poll(box.installId).until(async (listed) => {
        const now = listed.find(({ ref }) => ref === snapshot.ref);
        if (now?.failed) return giveUp(now, context);
        return now?.ready === true ? { bytes: now.bytes } : undefined;
      }, context.signal);
    },
    async list(installId, { signal }) {
      const whole = (await poll(installId).look(signal)).filter(({ ready }) => ready);
      return whole.map(({ snapshotId, boxId, bytes, createdAt }) => ({ snapshotId, boxId, bytes, createdAt }));
    },
    async remove({ installId, snapshotId }, context) {
      for (const snapshot of await all(installId, snapshotId, context)) await cloud.deleteSnapshot(snapshot, context);
      await poll(installId).until(
        (listed) => (listed.every((one) => one.snapshotId !== snapshotId) ? true : undefined),
        context.signal,
      );
    },
  };
}

/** The one that was made first is first. */
function named(snapshotId: string, listed: readonly VolumeSnapshot[]): VolumeSnapshot[] {
  return listed
    .filter((snapshot) => snapshot.snapshotId === snapshotId)
    .toSorted((one, other) => one.createdAt.getTime() - other.createdAt.getTime() || (one.ref < other.ref ? -1 : 1));
}

const STOP_FIRST = { remedy: 'Stop the box, then take the snapshot.', remedyFor: 'everybody' } as const;
