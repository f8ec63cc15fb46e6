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
}

export interface StopRules {
  /** How long a box may be out of sight before it counts as unused. */
  unknownMinutes: number;
  /** How long a box of this tier may run at a stretch; null: as long as it likes. */
  lifetimeMinutes: number | null;
  /** The longest time between the warning and the stop. */
  warnMinutes: number;
}

const MINUTE_MS = 60_000;

/** Undefined while nothing would stop it. */
export function plannedStop(life: Life, rules: StopRules): PlannedStop | undefined {
  const unused = unusedStop(life, rules);
  if (rules.lifetimeMinutes === null) return unused;
  const end = after(life.runningSince, rules.lifetimeMinutes);
  return unused !== undefined && unused.at < end ? unused : { at: end, cause: 'lifetime' };
}

function unusedStop(life: Life, rules: StopRules): PlannedStop | undefined {
  const { activity, activitySince: since, idleMinutes, extendedUntil } = life;
  if (idleMinutes === null || since === null || activity === 'active') return undefined;
  const at = after(since, activity === 'idle' ? idleMinutes : Math.max(idleMinutes, rules.unknownMinutes));
  return { at: extendedUntil !== null && extendedUntil > at ? extendedUntil : at, cause: activity };
}

/** How long before its stop a box's owner is warned: a box that stops after a few minutes is not announced before it was idle. */
export function warnLeadMs(idleMinutes: number | null, warnMinutes: number): number {
  return Math.min(warnMinutes, idleMinutes === null ? warnMinutes : idleMinutes / 2) * MINUTE_MS;
}

function after(instant: Date, minutes: number): Date {
  return new Date(instant.getTime() + minutes * MINUTE_MS);
}
