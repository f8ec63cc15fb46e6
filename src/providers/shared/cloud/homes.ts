// Homes of boxes as block volumes: one a box, made once, and removed when the box is gone for good.
import { namesIn } from '../../../boxes/offers.ts';
import { type BoxRef, type BoxSpec, type CallContext, ProviderError } from '../../provider.ts';
import { snapshotGone } from '../../snapshot-gone.ts';
import type { Clock } from './clock.ts';
import type { Cloud, CloudSize, Volume, VolumeSnapshot } from './cloud.ts';
import type { ListPoll } from './list-poll.ts';
import { type Looking, lookAgain, untilCertain } from './look-again.ts';
import { unlessBusy } from './patience.ts';
import { isAffordable, tooDear } from './too-dear.ts';

export interface Homes {
  /** The volume of a box; of several, the one that was made first. */
  find(box: Pick<BoxRef, 'installId' | 'boxId'>, context: CallContext): Promise<Volume | undefined>;
  /** The same; where work was taken over, lists that lag prove nothing. */
  findLate(box: BoxSpec, context: CallContext): Promise<Volume | undefined>;
  /** Makes it, of a snapshot where the box names one, or finds it; resolves once it is whole. */
  ensure(box: BoxSpec, context: CallContext): Promise<Volume>;
  /** Resolves once every volume of the box is gone. */
  remove(box: Pick<BoxRef, 'installId' | 'boxId'>, context: CallContext): Promise<void>;
}

export interface HomesOptions {
  cloud: Pick<
    Cloud,
    | 'title'
    | 'regions'
    | 'listLagMs'
    | 'machines'
    | 'volume'
    | 'createVolume'
    | 'detachVolume'
    | 'deleteVolume'
    | 'sizes'
  >;
  poll: (installId: string) => ListPoll<Volume>;
  snapshot: (installId: string, snapshotId: string, context: CallContext) => Promise<VolumeSnapshot | undefined>;
  clock: Clock;
}

export function createHomes({ cloud, poll, snapshot, clock }: HomesOptions): Homes {
  const looking = (box: Pick<BoxRef, 'installId'>, signal: AbortSignal): Looking<Volume> => ({
    ...{ poll: poll(box.installId), clock, signal },
  });

  const allOf = async (box: Pick<BoxRef, 'installId' | 'boxId'>, { signal }: CallContext): Promise<readonly Volume[]> =>
    (await poll(box.installId).look(signal)).filter(({ boxId }) => boxId === box.boxId);

  /** Refs of homes that were seen or made here, by box: a list that lags does not show what is new. */
  const known = new Map<string, string>();

  function note(volume: Volume | undefined): Volume | undefined {
    if (volume !== undefined) known.set(volume.boxId, volume.ref);
    return volume;
  }

  async function find(box: Pick<BoxRef, 'installId' | 'boxId'>, context: CallContext): Promise<Volume | undefined> {
    const listed = note(homeAmong(await allOf(box, context)));
    const ref = known.get(box.boxId);
    if (listed !== undefined || ref === undefined) return listed;
    const asked = await cloud.volume(ref, context);
    if (asked === undefined) known.delete(box.boxId);
    return asked;
  }

  /** What may have been made by `since`, unless lists would show it for certain. */
  async function appears(box: BoxSpec, since: Date | undefined, signal: AbortSignal): Promise<Volume | undefined> {
    if (since === undefined) return undefined;
    const pick = (all: readonly Volume[]) => homeAmong(all.filter(({ boxId }) => boxId === box.boxId));
    return note(await untilCertain(pick, { since, lagMs: cloud.listLagMs }, looking(box, signal)));
  }

  async function source(box: BoxSpec, context: CallContext): Promise<VolumeSnapshot | undefined> {
    if (box.from === undefined) return undefined;
    const found = await snapshot(box.installId, box.from, context);
    if (found === undefined) throw snapshotGone();
    if (found.volumeGiB <= box.resources.homeGiB) return found;
    throw new ProviderError(
      'invalid',
      `The snapshot is of a home of ${found.volumeGiB} GiB, and this one would have ${box.resources.homeGiB} GiB.`,
      { remedy: `Ask for at least --disk ${found.volumeGiB}g.`, remedyFor: 'everybody' },
    );
  }

  async function make(box: BoxSpec, context: CallContext): Promise<Volume> {
    const from = await source(box, context);
    const { installId, boxId, resources } = box;
    if (from !== undefined && box.region !== undefined && from.region !== box.region) throw elsewhere(from, box.region);
    const region = from?.region ?? (await regionFor(cloud, box, context));
    context.note?.(region);
    const askedAt = new Date(clock.nowMs());
    try {
      return await cloud.createVolume({ installId, boxId, region, sizeGiB: resources.homeGiB, from }, context);
    } catch (error) {
      // Another one would be a second home.
      const isUnknown = error instanceof ProviderError && error.code === 'timeout' && !context.signal.aborted;
      const found = isUnknown ? await appears(box, askedAt, context.signal) : undefined;
      if (found === undefined) throw error;
      return found;
    }
  }

  async function findLate(box: BoxSpec, context: CallContext): Promise<Volume | undefined> {
    return (await find(box, context)) ?? appears(box, context.takenOver, context.signal);
  }

  /** Nobody ever had anything in it. Whatever becomes of the order, it is in the way until it is gone. */
  async function giveUp(volume: Volume, context: CallContext): Promise<never> {
    if (volume.attachedTo.length === 0) await unlessBusy(cloud.deleteVolume(volume, context));
    throw new ProviderError('sold_out', `${cloud.title} could not make the volume of the home.`, {
      remedy: `It gives no reason; mostly there is no room in ${volume.region}. Try again, or allow other regions.`,
    });
  }

  return {
    find,
    findLate,
    async ensure(box, context) {
      const volume = (await findLate(box, context)) ?? (await make(box, context));
      note(volume);
      if (volume.ready) return volume;
      if (volume.failed) return giveUp(volume, context);
      return poll(box.installId).until(async (listed) => {
        const now = listed.find(({ ref }) => ref === volume.ref) ?? (await cloud.volume(volume.ref, context));
        if (now === undefined)
          throw new ProviderError('unavailable', 'The volume of the home went away while it was made.');
        if (now.failed) return giveUp(now, context);
        return now.ready ? now : undefined;
      }, context.signal);
    },
    async remove(box, context) {
      const machines = new Map((await cloud.machines(box.installId, context)).map((machine) => [machine.ref, machine]));
      const look = (listed: readonly Volume[]) => listed.filter(({ boxId }) => boxId === box.boxId);
      await removeAll(await allOf(box, context));

      async function removeAll(volumes: readonly Volume[]): Promise<void> {
        for (const volume of volumes) {
          const holder = volume.attachedTo.map((ref) => machines.get(ref)).find((machine) => machine !== undefined);
          if (holder !== undefined) await unlessBusy(cloud.detachVolume(volume, holder, context));
          else if (volume.ready || volume.failed) await unlessBusy(cloud.deleteVolume(volume, context));
        }
        if (volumes.length === 0) return;
        await removeAll(await lookAgain(volumes, { look, looksOf }, looking(box, context.signal)));
      }
    },
  };
}

/** The one that a machine has, or that the cloud has had for longest: what a late call made is empty. */
function homeAmong(volumes: readonly Volume[]): Volume | undefined {
  return volumes.find(({ attachedTo }) => attachedTo.length > 0) ?? volumes[0];
}

const looksOf = (volumes: readonly Volume[]): string =>
  JSON.stringify(volumes.map(({ ref, ready, failed, attachedTo }) => [ref, ready, failed, attachedTo]));

function elsewhere({ region }: VolumeSnapshot, wanted: string): ProviderError {
  return new ProviderError('invalid', `The snapshot lies in ${region}, and a home in ${wanted} cannot be made of it.`, {
    remedy: `Destroy this box, and make it without --region: it goes to ${region} then.`,
    remedyFor: 'everybody',
  });
}

/**
 * The region that was asked for, and no other; else the first in the operator's order that has the cheapest size that is large enough for the
 * box, which is the one people are told of. Never one for a machine that costs more than that.
 */
async function regionFor(
  cloud: Pick<Cloud, 'title' | 'regions' | 'sizes'>,
  box: BoxSpec,
  context: CallContext,
): Promise<string> {
  const { resources, region: asked } = box;
  const largeIn = async (region?: string) =>
    (await cloud.sizes(context, region)).filter((size) => fits(size, resources));
  const affordable = (sizes: readonly CloudSize[]) =>
    sizes.filter((size) => isAffordable(size, box)).toSorted((one, other) => one.hourly - other.hourly);
  if (asked !== undefined && namesIn(cloud.regions).includes(asked)) {
    // The others are not asked, as long as they do not matter.
    const there = affordable(await largeIn(asked));
    if (there.some(({ regions }) => regions.includes(asked))) return asked;
  }
  const large = await largeIn();
  const tried = asked === undefined ? cloud.regions.unasked : [asked];
  const isThere = ({ regions }: CloudSize) => regions.some((name) => tried.includes(name));
  const fitting = affordable(large);
  if (large.some(isThere) && !fitting.some(isThere))
    throw tooDear(box, asked === undefined ? cloud.title : `${cloud.title} in ${asked}`);
  const wanted = `${resources.cpus} vCPU and ${resources.memoryMiB} MiB`;
  if (asked !== undefined) {
    const there = namesIn(cloud.regions).filter((name) => fitting.some(({ regions }) => regions.includes(name)));
    if (there.includes(asked)) return asked;
    throw new ProviderError('sold_out', `${asked} at ${cloud.title} has no machine with ${wanted} now.`, {
      remedy:
        there.length === 0
          ? 'No other region has one either: ask for a smaller box, or try again later.'
          : `These have one: ${there.join(', ')}. Destroy this box, and make it there.`,
      remedyFor: 'everybody',
    });
  }
  const [region] = fitting.flatMap(({ regions }) => cloud.regions.unasked.find((name) => regions.includes(name)) ?? []);
  if (region !== undefined) return region;
  throw new ProviderError('sold_out', `No region of ${cloud.title} has a machine with ${wanted} now.`, {
    remedy: 'Allow more regions or other kinds of machines, or ask for a smaller box.',
  });
}

export function fits(
  { cpus, memoryMiB }: Pick<CloudSize, 'cpus' | 'memoryMiB'>,
  wanted: BoxSpec['resources'],
): boolean {
  return cpus >= wanted.cpus && memoryMiB >= wanted.memoryMiB;
}

/** Of a home that has been used: what is in it is somebody's. */
export function failedHome(title: string): ProviderError {
  return new ProviderError('invalid', `${title} says that the volume of the box’s home failed.`, {
    remedy: 'Repair it at the vendor, or make a box of a snapshot of it; it is not deleted before the box is.',
  });
}
