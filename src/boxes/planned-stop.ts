// When a box is to stop, from what was seen of it and what was asked: pure rules, in instants.

export const ACTIVITIES = ['active', 'idle', 'unknown'] as const;
export type Activity = (typeof ACTIVITIES)[number];

/** idle: nobody used it. unknown: it could not be seen for too long. lifetime: the operator lets no box run longer. */
export const STOP_CAUSES = ['idle', 'unknown', 'lifetime'] as const;
export type StopCause = (typeof STOP_CAUSES)[number];

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

/** The rules for boxes of one tier. `lifetimeHours` is the tier's. */
export function rulesFor(
  idle: Omit<StopRules, 'lifetimeMinutes'>,
  { lifetimeHours }: { lifetimeHours: number | null },
): StopRules {
  return { ...idle, lifetimeMinutes: lifetimeHours === null ? null : lifetimeHours * 60 };
}

export interface Replanned {
  stop: PlannedStop | undefined;
  warnedAt: Date | null;
  /** It comes later than it was planned, or not at all. */
  moves: boolean;
}

/** The stop of a life that was `before`, with its stop, and is `after` now. Who was warned of an earlier stop is warned anew. */
export function replanned(before: Life & { stopAt: Date | null }, after: Life, rules: StopRules): Replanned {
  const unwarned = plannedStop({ ...after, warnedAt: null }, rules);
  const moves = unwarned === undefined || before.stopAt === null || unwarned.at > before.stopAt;
  const warnedAt = moves ? null : before.warnedAt;
  return { stop: plannedStop({ ...after, warnedAt }, rules), warnedAt, moves };
}

/** When a box stops if nothing happens until then: what is overdue and was not announced is announced first. */
export function expectedStop(
  box: { stopAt: Date | null; warnedAt: Date | null; idleMinutes: number | null },
  now: Date,
  rules: Pick<StopRules, 'warnMinutes'>,
): Date | undefined {
  if (box.stopAt === null) return undefined;
  return box.warnedAt === null
    ? later(box.stopAt, new Date(now.getTime() + warnLeadMs(box.idleMinutes, rules)))
    : box.stopAt;
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
export function stopsSoon(
  box: Parameters<typeof expectedStop>[0] & { state: string },
  now: Date,
  rules: Pick<StopRules, 'warnMinutes'>,
): string | undefined {
  const stop = expectedStop(box, now, rules);
  if (box.state !== 'running' || stop === undefined) return undefined;
  const leftMs = stop.getTime() - now.getTime();
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
