// Auto-stop: looks at running boxes in turn, plans their stops, warns their owners, and stops what nobody uses.
import { type PlannedStop, plannedStop, replanned, rulesFor, type StopRules } from '../boxes/planned-stop.ts';
import type { Tiers } from '../boxes/sizes.ts';
import type { Logger } from '../log.ts';
import type { Observation } from '../providers/observed.ts';
import type { Provider } from '../providers/provider.ts';
import { NOTICES, WARNED } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';
import { silentProviders } from '../store/circuits.ts';
import type { Database } from '../store/database.ts';
import {
  type LivingBox,
  livesOfSlot,
  livesToStop,
  livesToWarn,
  lockLife,
  shiftLives,
  writeLife,
} from '../store/lives.ts';
import { notify, settleWarnings } from '../store/notices.ts';
import { sideBySide } from '../store/together.ts';
import { say } from '../threads/reply.ts';
import { liveRefOf, type SpecSource } from './box-spec.ts';
import type { ActivityLimits } from './judge.ts';
import { createSightings, type Sight } from './sightings.ts';
import { stopBox } from './stop-box.ts';
import { warningLine, warningReply } from './stop-words.ts';

/** What an operator decides about idleness. */
export interface IdlePolicy extends ActivityLimits, Omit<StopRules, 'lifetimeMinutes'> {}

export interface AutostopOptions {
  db: Database;
  wakes: Wakes;
  providers: ReadonlyMap<string, Provider>;
  source: SpecSource;
  tiers: Tiers;
  policy: IdlePolicy;
  now: () => Date;
  /** A clock that is never set, milliseconds. */
  steadyMs: () => number;
  logger: Logger;
  /** Rounds in an interval: boxes are looked at spread over it, not all at one moment. */
  slots?: number;
}

export interface Autostop {
  /** One round: a slice of the boxes is looked at, what is due is warned of or stopped. `slots` rounds look at every box once. */
  round(signal: AbortSignal): Promise<void>;
}

export const SLOTS = 12;
/** A box that was not looked at for so long is gone. */
const FORGOTTEN_INTERVALS = 20;
const DUE_AT_ONCE = 1000;
/** Fewer than the pool has connections. */
const WRITES_AT_ONCE = 5;
const OBSERVE_MS = 30_000;
/** A batch is one call where a provider has such a call, and no more than it answers in time where it has none. */
const BATCH = 200;
/** A stop that is so late was missed by workers that were down: whoever was warned then is warned again. */
const MISSED_MS = 5 * 60_000;
/** Smaller steps of the wall clock are its everyday corrections. */
const CLOCK_STEP_MS = 30_000;

export function createAutostop(options: AutostopOptions): Autostop {
  const { db, wakes, providers, source, policy, now, steadyMs, logger, slots = SLOTS } = options;
  const sightings = createSightings(policy);
  let slot = 0;
  /** Wall clock less steady clock, when last looked. */
  let offsetMs: number | undefined;
  let followedMs = Number.NEGATIVE_INFINITY;

  const rulesOf = (box: LivingBox): StopRules => rulesFor(policy, options.tiers[box.tier]);

  async function round(signal: AbortSignal): Promise<void> {
    await followClock();
    for (const provider of providers.values()) {
      if (signal.aborted) return;
      await lookAt(provider, await livesOfSlot(db.tx, provider.name, slot, slots), signal);
    }
    slot = (slot + 1) % slots;
    if (slot === 0) sightings.forget(steadyMs() - policy.intervalMs * FORGOTTEN_INTERVALS);
    await warnDue(signal);
    await stopDue(signal);
  }

  /** Idle time is measured by the wall clock, which somebody may set: what was measured moves along. */
  async function followClock(): Promise<void> {
    const offset = now().getTime() - steadyMs();
    // Another process had the rounds meanwhile, and has seen to what happened to the clock.
    if (steadyMs() - followedMs > policy.intervalMs) offsetMs = undefined;
    followedMs = steadyMs();
    // In whole milliseconds, as the database keeps times: what is remembered has to stay what was written.
    const byMs = Math.round(offset - (offsetMs ?? offset));
    if (Math.abs(byMs) < CLOCK_STEP_MS) {
      offsetMs = offset;
      return;
    }
    const moved = await shiftLives(db.tx, byMs);
    // Once it is written; a round that could not write it does it again.
    offsetMs = offset;
    sightings.shift(byMs);
    logger.warn({ byMs, boxes: moved.length }, 'The clock was set; idle times move along');
    await each(moved, (id) => update(id, undefined));
  }

  async function lookAt(provider: Provider, boxes: readonly LivingBox[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < boxes.length; from += BATCH) {
      if (signal.aborted) return;
      const batch = boxes.slice(from, from + BATCH);
      const seen = await observe(provider, batch, signal);
      const look = { at: now(), atMs: steadyMs() };
      const changed = batch.flatMap((box) => {
        const sight = sightings.see(box, { ...look, observation: seen.get(box.id) });
        return sight !== undefined || isMisplanned(box) ? [{ box, sight }] : [];
      });
      await each(changed, ({ box, sight }) => update(box.id, sight, box.incarnation));
    }
  }

  async function observe(
    provider: Provider,
    boxes: readonly LivingBox[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Observation>> {
    if ((await silentProviders(db.tx)).has(provider.name)) return new Map();
    const refs = boxes.map((box) => liveRefOf(box, source.installId));
    try {
      return await provider.observe(refs, { signal: AbortSignal.any([signal, AbortSignal.timeout(OBSERVE_MS)]) });
    } catch (error) {
      if (!signal.aborted)
        logger.warn({ provider: provider.name, error }, 'Boxes could not be observed; nothing is concluded from that');
      return new Map();
    }
  }

  /** Somebody changed what the plan was made of. */
  function isMisplanned(box: LivingBox): boolean {
    return !isSame(plannedStop(box, rulesOf(box)), box);
  }

  /** Writes what was seen, plans anew, and takes a warning back that has become wrong. */
  async function update(boxId: string, sight: Sight | undefined, incarnation?: number): Promise<void> {
    const lanes = await db.transaction(async (tx) => {
      const box = await lockLife(tx, boxId);
      if (box === undefined || (incarnation !== undefined && box.incarnation !== incarnation)) return [];
      const seen = {
        activity: sight?.activity ?? box.activity,
        activitySince: sight?.since ?? box.activitySince,
        activityWhy: sight?.why ?? box.activityWhy,
      };
      const isUsed = box.activity !== 'active' && seen.activity === 'active';
      await writeLife(tx, boxId, { ...box, ...seen, ...replanned(box, { ...box, ...seen }, rulesOf(box)) });
      return isUsed && box.warnedAt !== null
        ? settleWarnings(tx, boxId, say(`${box.name} is in use again and stays: ${seen.activityWhy ?? ''}.`))
        : [];
    });
    await wakes.wakeLanes(lanes);
  }

  async function warnDue(signal: AbortSignal): Promise<void> {
    const due = await livesToWarn(db.tx, now(), policy.warnMinutes, DUE_AT_ONCE);
    await each(due.filter(mayStop), async (box) => {
      if (!signal.aborted) await warn(box.id);
    });
  }

  /** What was seen, or not seen, before this process began may be over; what ran too long needs no look. */
  function mayStop(box: LivingBox): boolean {
    if (box.stopCause === 'unknown') return sightings.isOutOfSight(box.id, steadyMs());
    return box.stopCause !== 'idle' || sightings.isUnused(box.id, steadyMs());
  }

  async function warn(boxId: string): Promise<void> {
    const warned = await db.transaction(async (tx) => {
      const box = await lockLife(tx, boxId);
      if (box === undefined || box.stopAt === null) return false;
      const at = now();
      const isMissed = box.warnedAt !== null && at.getTime() - box.stopAt.getTime() > MISSED_MS;
      if (box.warnedAt !== null && !isMissed) return false;
      const stop = plannedStop({ ...box, warnedAt: at }, rulesOf(box));
      if (stop === undefined) return false;
      await writeLife(tx, boxId, { ...box, stop, warnedAt: at });
      return notify(tx, {
        accountId: box.accountId,
        boxId,
        kind: 'warning',
        event: `warning:${boxId}:${stop.at.getTime()}`,
        reply: warningReply(box, stop, at),
        line: warningLine(box, stop, at),
      });
    });
    if (warned) await Promise.all([wakes.changed(NOTICES), wakes.changed(`${WARNED}${boxId}`)]);
  }

  async function stopDue(signal: AbortSignal): Promise<void> {
    const due = (await livesToStop(db.tx, now(), DUE_AT_ONCE)).filter(mayStop);
    const isMissed = (box: LivingBox): boolean => now().getTime() - (box.stopAt?.getTime() ?? 0) > MISSED_MS;
    await each(due.filter(isMissed), (box) => warn(box.id));
    const dueNow = due.filter((box) => !isMissed(box));
    // A last look, because the one before may be an interval old.
    for (const provider of providers.values()) {
      const theirs = dueNow.filter((box) => box.provider === provider.name && box.stopCause !== 'lifetime');
      if (theirs.length > 0 && !signal.aborted) await lookAt(provider, theirs, signal);
    }
    await each(dueNow.filter(mayStop), async (box) => {
      if (!signal.aborted) await stop(box);
    });
  }

  async function stop({ id, stopCause, incarnation, lastUsedAt }: LivingBox): Promise<void> {
    if (stopCause === null) return;
    const job = await stopBox(options, {
      boxId: id,
      isDue: async (tx, box) => {
        const life = await lockLife(tx, id);
        if (life?.stopAt == null || life.stopAt > now() || life.warnedAt === null) return false;
        // Somebody may have typed in it during the last look.
        const isUsed = stopCause !== 'lifetime' && life.lastUsedAt?.getTime() !== lastUsedAt?.getTime();
        return box.incarnation === incarnation && !isUsed;
      },
      action: `box.stopped_for_${stopCause}`,
      reason: stopCause,
    });
    if (job !== undefined) logger.info({ box: id, job, cause: stopCause }, 'A box that nobody uses is stopped');
  }

  /** A few at a time; one that fails spoils nothing for the others and comes again. */
  async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
    await sideBySide(all, WRITES_AT_ONCE, (one) =>
      work(one).catch((error: unknown) =>
        logger.warn({ error }, 'A box could not be looked after; the next round tries again'),
      ),
    );
  }

  return { round };
}

function isSame(stop: PlannedStop | undefined, box: LivingBox): boolean {
  return stop?.at.getTime() === box.stopAt?.getTime() && (stop?.cause ?? null) === box.stopCause;
}
