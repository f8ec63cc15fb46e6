// What becomes of instances that no box owns, decided from a list and rows alone, so that thousands of worlds can be tried.
import { instanceName } from '../providers/names.ts';
import type { InstanceView } from '../providers/provider.ts';

/** More of what exists than this, or than a few, is never removed in one round: an operator has to look. */
export const MOST_SHARE = 0.1;
/** Late calls of lost workers make one or two; a small house would otherwise wait for an operator because of each. */
export const FEW = 5;
export const LOOKS = 2;

/** What the database says about a name that it wrote down before the instance was made. */
export interface Owner {
  name: string;
  /** Of the box. */
  state: string;
  /** The box stands on this incarnation. */
  current: boolean;
  /** A job of the box is live. */
  busy: boolean;
}

/** An instance without an owner as it was seen before. */
export interface Seen {
  name: string;
  looks: number;
  /** It was there when an operator released the house: whatever the books say of it, it goes only when one says so. */
  kept: boolean;
  /** An operator wants it gone. */
  removalAsked: boolean;
}

export interface World {
  installId: string;
  /** A certain list. */
  found: readonly InstanceView[];
  owners: ReadonlyMap<string, Owner>;
}

/**
 * Instances that no box owns. One whose name and tags do not agree was not made by us as it is, so no row speaks for it; neither does one
 * of a box that a job works on.
 */
export function withoutOwner({ installId, found, owners }: World): InstanceView[] {
  return found.filter((instance) => {
    const owner = ownerOf(instance, installId, owners);
    return owner === undefined || (!owner.busy && (owner.state === 'destroyed' || !owner.current));
  });
}

function ownerOf(instance: InstanceView, installId: string, owners: World['owners']): Owner | undefined {
  return isOurs(instance, installId) ? owners.get(instance.instanceName) : undefined;
}

/** Whether its name is the one that we give to what its tags say. */
export function isOurs(instance: InstanceView, installId: string): boolean {
  if (!UUID.test(instance.boxId)) return false;
  return instance.instanceName === instanceName(installId, instance.boxId, instance.incarnation);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface ReapPlan {
  /** To be removed now. */
  remove: readonly InstanceView[];
  /** Ours for certain, and too many at once: kept until an operator has looked. */
  tooMany: readonly InstanceView[];
  /** Nobody here wrote them down, or not surely for this: kept until an operator says that they go. */
  unknown: readonly InstanceView[];
}

/**
 * What was written down before it was made, and whose box has gone on without it, is ours for certain: after two looks it goes. What nobody
 * wrote down was made over another database than this one (a backup was restored, or somebody else has our install id), so it stays.
 */
export function planReap(world: World, unowned: readonly InstanceView[], seen: readonly Seen[]): ReapPlan {
  const { installId, found, owners } = world;
  const before = new Map(seen.map((orphan) => [orphan.name, orphan]));
  const asked = unowned.filter(({ instanceName: name }) => before.get(name)?.removalAsked === true);
  const rest = unowned.filter((instance) => !asked.includes(instance));
  const ours = rest.filter(
    (instance) =>
      ownerOf(instance, installId, owners) !== undefined && before.get(instance.instanceName)?.kept !== true,
  );
  const ripe = ours.filter(({ instanceName: name }) => (before.get(name)?.looks ?? 0) >= LOOKS);
  const isTooMany = ripe.length > Math.max(FEW, Math.floor(found.length * MOST_SHARE));
  return {
    remove: isTooMany ? asked : [...asked, ...ripe],
    tooMany: isTooMany ? ripe : [],
    unknown: rest.filter((instance) => !ours.includes(instance)),
  };
}

/** What tells that the database is older than the world. */
export interface Books {
  /** When this database began, milliseconds since the epoch. */
  beganAtMs: number;
  /** Boxes of the instances that no row knows, by id, with the incarnation that they stand on. */
  incarnations: ReadonlyMap<string, number>;
  /** Names of which an operator knows already. */
  kept: ReadonlySet<string>;
}

/**
 * Instances that only a newer database than ours can have asked for: of a box of ours an incarnation that we have not come to, or of a box
 * that was made after our database began and is not in it. What is older than the database says nothing about it.
 */
export function aheadOfBooks({ installId, found, owners }: World, books: Books): InstanceView[] {
  return found.filter((instance) => {
    const { instanceName: name, boxId, incarnation } = instance;
    if (owners.has(name) || books.kept.has(name) || !isOurs(instance, installId)) return false;
    const known = books.incarnations.get(boxId);
    return known === undefined ? madeAtMs(boxId) > books.beganAtMs : incarnation > known;
  });
}

/** RFC 9562, 5.7: the first 48 bits of a UUIDv7 are milliseconds since the epoch. */
function madeAtMs(boxId: string): number {
  return Number.parseInt(boxId.replaceAll('-', '').slice(0, 12), 16);
}
