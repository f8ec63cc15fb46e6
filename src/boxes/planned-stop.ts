// When a box is to stop, from what was seen of it and what was asked: pure rules, in instants.

export const ACTIVITIES = ['active', 'idle', 'unknown'] as const;
export type Activity = (typeof ACTIVITIES)[number];

/** idle: nobody used it. unknown: it could not be seen for too long. lifetime: the operator lets no box run longer. */
export type StopCause = 'idle' | 'unknown' | 'lifetime';

export interface PlannedStop {
  at: Date;
  cause: StopCause;
}

/** What is known of a running box. */
export interface Life {
  activity: Activity;
  /** Null until it was judged for the first time. */
  activitySince: Date | null;
  /** Null: it does not stop for idleness. */
  idleMinutes: number | null;
  /** Somebody asked to keep it until then. */
  extendedUntil: Date | null;
  runningSince: Date;
  /** When its owner was warned of the stop that is planned. */
  warnedAt: Date | null;
}

export interface StopRules {
  /** How long a box may be out of sight before it counts as unused. */
  unknownMinutes: number;
  /** How long a box of this tier may run at a stretch; null: as long as it likes. */
  lifetimeMinutes: number | null;
  /** The time between the warning and the stop; a box that stops after a few minutes of idleness is warned half of that before. */
  warnMinutes: number;
}

const MINUTE_MS = 60_000;

/** Undefined while nothing would stop it. Never earlier than its owner was promised when they were warned. */
export function plannedStop(life: Life, rules: StopRules): PlannedStop | undefined {
  const stop = unwarnedStop(life, rules);
  if (stop === undefined || life.warnedAt === null) return stop;
  return { ...stop, at: later(stop.at, new Date(life.warnedAt.getTime() + warnLeadMs(life.idleMinutes, rules))) };
}

function unwarnedStop(life: Life, rules: StopRules): PlannedStop | undefined {
  const unused = unusedStop(life, rules);
  if (rules.lifetimeMinutes === null) return unused;
  const end = after(life.runningSince, rules.lifetimeMinutes);
  return unused !== undefined && unused.at < end ? unused : { at: end, cause: 'lifetime' };
}

function unusedStop(life: Life, rules: StopRules): PlannedStop | undefined {
  const { activity, activitySince: since, idleMinutes, extendedUntil } = life;
  if (idleMinutes === null || since === null || activity === 'active') return undefined;
  const at = after(since, activity === 'idle' ? idleMinutes : Math.max(idleMinutes, rules.unknownMinutes));
  return { at: extendedUntil === null ? at : later(at, extendedUntil), cause: activity };
}

/** How long before its stop a box's owner is warned. */
export function warnLeadMs(idleMinutes: number | null, { warnMinutes }: Pick<StopRules, 'warnMinutes'>): number {
  return Math.min(warnMinutes, idleMinutes === null ? warnMinutes : idleMinutes / 2) * MINUTE_MS;
}

/** A planned stop that is nearer needs attention. */
const SOON_MS = 60 * MINUTE_MS;

/** `stops in 8 min`; undefined when that is not soon. */
export function stopsSoon({ state, stopAt }: { state: string; stopAt: Date | null }, now: Date): string | undefined {
  if (state !== 'running' || stopAt === null) return undefined;
  const leftMs = stopAt.getTime() - now.getTime();
  return leftMs > SOON_MS ? undefined : `stops in ${Math.max(1, Math.ceil(leftMs / MINUTE_MS))} min`;
}

/** `Stops after 60 idle minutes`, `Runs until you stop it`: how a box's life goes on by itself. */
export function stopHabit(idleMinutes: number | null): string {
  if (idleMinutes === null) return 'Runs until you stop it';
  const hours = idleMinutes / 60;
  return hours > 1 && Number.isInteger(hours)
    ? `Stops after ${hours} idle hours`
    : `Stops after ${idleMinutes} idle minutes`;
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function after(instant: Date, minutes: number): Date {
  return new Date(instant.getTime() + minutes * MINUTE_MS);
}
