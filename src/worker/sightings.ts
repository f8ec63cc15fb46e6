// What this process saw of each box, and what that comes to; kept in memory, because an unchanged box costs no write.
import type { Activity } from '../boxes/planned-stop.ts';
import type { Observation } from '../providers/observed.ts';
import type { LivingBox } from '../store/lives.ts';
import { type ActivityLimits, type Glance, type Judgement, judge } from './judge.ts';

/** What a look comes to. */
export interface Sight {
  activity: Activity;
  since: Date;
  why: string;
}

export interface Look {
  /** Undefined when it could not be observed. */
  observation: Observation | undefined;
  /** The wall clock, for people. */
  at: Date;
  /** A clock that is never set, milliseconds. */
  atMs: number;
}

export interface Sightings {
  /** Takes a look into account; what is to be written of the box now, undefined when that is known already or nothing can be said yet. */
  see(box: LivingBox, look: Look): Sight | undefined;
  /** Whether the box was judged, by this process and lately, not to be in use. */
  isUnused(boxId: string, atMs: number): boolean;
  /** Whether this process tried to look at the box lately, and could not, often enough. */
  isOutOfSight(boxId: string, atMs: number): boolean;
  /** The wall clock was set by so much. */
  shift(byMs: number): void;
  /** Boxes that are not looked at any more are forgotten. */
  forget(beforeMs: number): void;
}

/** Looks that fail in a row before that is said: one that fails now and then tells nothing. */
export const BLIND_LOOKS = 3;
/** A judgement older than so many intervals says nothing of the present. */
const FRESH_INTERVALS = 2.5;

interface Memory {
  incarnation: number;
  /** Another start is another life. */
  runningSinceMs: number;
  glance: Glance | undefined;
  /** The last look that saw something, by the wall clock; the first look where none did. */
  seenAt: Date;
  touchedMs: number;
  blindLooks: number;
  judgement: (Judgement & { atMs: number }) | undefined;
  idleSince: Date | undefined;
  /** The mark of a session's use, as it was at the last look. */
  lastUsedMs: number | undefined;
  /** What was written last, by this process. */
  written: string | undefined;
}

export function createSightings(limits: ActivityLimits): Sightings {
  const memories = new Map<string, Memory>();

  function memoryOf(box: LivingBox, { at, atMs }: Look): Memory {
    const known = memories.get(box.id);
    if (
      known !== undefined &&
      known.incarnation === box.incarnation &&
      known.runningSinceMs === box.runningSince.getTime()
    ) {
      known.touchedMs = atMs;
      return known;
    }
    const made: Memory = {
      incarnation: box.incarnation,
      runningSinceMs: box.runningSince.getTime(),
      glance: undefined,
      seenAt: at,
      touchedMs: atMs,
      blindLooks: 0,
      judgement: undefined,
      idleSince: undefined,
      lastUsedMs: undefined,
      written: undefined,
    };
    memories.set(box.id, made);
    return made;
  }

  function blind(box: LivingBox, memory: Memory): Sight | undefined {
    memory.blindLooks += 1;
    memory.judgement = undefined;
    if (memory.blindLooks < BLIND_LOOKS) return undefined;
    return {
      activity: 'unknown',
      since: box.activity === 'unknown' ? (box.activitySince ?? memory.seenAt) : memory.seenAt,
      why: 'it cannot be observed',
    };
  }

  function judged(
    box: LivingBox,
    memory: Memory,
    { at, atMs, observation }: Look & { observation: Observation },
  ): Sight | undefined {
    const glance: Glance = { atMs, observation };
    const { glance: before = glance, seenAt } = memory;
    // A mark may be written a minute after the use it tells of, so it is told by its change and not by its time.
    const lastUsedMs = box.lastUsedAt?.getTime();
    const sessionUsed = memory.glance !== undefined && lastUsedMs !== memory.lastUsedMs;
    memory.lastUsedMs = lastUsedMs;
    const found = judge(before, glance, sessionUsed, limits);
    const isFirst = before === glance;
    memory.glance = glance;
    memory.seenAt = at;
    memory.blindLooks = 0;
    // A first look sees what holds a box, but not that nothing goes on in it.
    if (found === undefined || (isFirst && found.activity === 'idle')) return undefined;
    memory.judgement = { ...found, atMs };
    if (found.activity === 'active') {
      memory.idleSince = undefined;
      return { activity: 'active', since: box.activity === 'active' ? (box.activitySince ?? at) : at, why: found.why };
    }
    const known = box.activity === 'idle' ? box.activitySince : null;
    memory.idleSince = later(known ?? memory.idleSince ?? seenAt, box.lastUsedAt);
    return { activity: 'idle', since: memory.idleSince, why: found.why };
  }

  return {
    see(box, look) {
      const memory = memoryOf(box, look);
      const { observation } = look;
      const sight = observation === undefined ? blind(box, memory) : judged(box, memory, { ...look, observation });
      if (sight === undefined) return undefined;
      const reason = `${sight.activity} ${memory.judgement?.reason ?? ''}`;
      const isKnown = sight.activity === box.activity && (memory.written === undefined || memory.written === reason);
      const isDated = sight.since.getTime() === box.activitySince?.getTime();
      memory.written = reason;
      return isKnown && isDated ? undefined : sight;
    },
    isUnused(boxId, atMs) {
      const judgement = memories.get(boxId)?.judgement;
      return judgement?.activity === 'idle' && atMs - judgement.atMs <= limits.intervalMs * FRESH_INTERVALS;
    },
    isOutOfSight(boxId, atMs) {
      const memory = memories.get(boxId);
      return (
        memory !== undefined &&
        memory.blindLooks >= BLIND_LOOKS &&
        atMs - memory.touchedMs <= limits.intervalMs * FRESH_INTERVALS
      );
    },
    shift(byMs) {
      for (const memory of memories.values()) {
        memory.runningSinceMs += byMs;
        if (memory.lastUsedMs !== undefined) memory.lastUsedMs += byMs;
        memory.seenAt = new Date(memory.seenAt.getTime() + byMs);
        if (memory.idleSince !== undefined) memory.idleSince = new Date(memory.idleSince.getTime() + byMs);
      }
    },
    forget(beforeMs) {
      for (const [id, { touchedMs }] of memories) if (touchedMs < beforeMs) memories.delete(id);
    },
  };
}

function later(one: Date, other: Date | null): Date {
  return other !== null && other > one ? other : one;
}
