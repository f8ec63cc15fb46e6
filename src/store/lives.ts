// What is seen of running boxes and when they are to stop; what is due is found by an index on the planned stop.
import type { Life, PlannedStop, StopCause } from '../boxes/planned-stop.ts';
import type { TierName } from '../boxes/sizes.ts';
import type { Tx } from './database.ts';
import { Prisma } from './prisma/client.ts';

/** A running box with its life so far. */
export interface LivingBox extends Life {
  id: string;
  accountId: string;
  name: string;
  provider: string;
  incarnation: number;
  /** OpenSSH public key line. */
  hostPublicKey: string;
  tier: TierName;
  timeZone: string;
  activityWhy: string | null;
  stopAt: Date | null;
  stopCause: StopCause | null;
  lastUsedAt: Date | null;
}

const COLUMNS = Prisma.raw(`
  b.id, b.account_id AS "accountId", b.name, b.provider, b.incarnation, b.host_public_key AS "hostPublicKey", a.tier, a.time_zone AS "timeZone",
  b.activity, b.activity_since AS "activitySince", b.activity_why AS "activityWhy", b.idle_minutes AS "idleMinutes",
  b.extended_until AS "extendedUntil", b.state_since AS "runningSince", b.stop_at AS "stopAt", b.stop_cause AS "stopCause",
  b.warned_at AS "warnedAt", b.last_used_at AS "lastUsedAt"`);

/** The boxes of one provider whose turn it is: ids are spread evenly over `slots`, and each has the same slot for ever. */
export async function livesOfSlot(tx: Tx, provider: string, slot: number, slots: number): Promise<LivingBox[]> {
  return tx.$queryRaw`
    SELECT ${COLUMNS} FROM boxes b JOIN accounts a ON a.id = b.account_id
    WHERE b.provider = ${provider} AND b.state = 'running' AND b.desired = 'running'
      AND ('x' || right(b.id::text, 4))::bit(16)::int % ${slots}::int = ${slot}::int`;
}

/** Whatever its state: how it lived when it ran last. */
export async function lifeById(tx: Tx, boxId: string): Promise<LivingBox | undefined> {
  const [box] = await tx.$queryRaw<LivingBox[]>`
    SELECT ${COLUMNS} FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE b.id = ${boxId}::uuid`;
  return box;
}

/** Locked, if it runs and is to run. */
export async function lockLife(tx: Tx, boxId: string): Promise<LivingBox | undefined> {
  const [box] = await tx.$queryRaw<LivingBox[]>`
    SELECT ${COLUMNS} FROM boxes b JOIN accounts a ON a.id = b.account_id
    WHERE b.id = ${boxId}::uuid AND b.state = 'running' AND b.desired = 'running' FOR UPDATE OF b`;
  return box;
}

/** Boxes whose owners are to be warned now, soonest stop first. */
export async function livesToWarn(tx: Tx, now: Date, warnMinutes: number, limit: number): Promise<LivingBox[]> {
  const latest = new Date(now.getTime() + warnMinutes * 60_000);
  return tx.$queryRaw`
    SELECT ${COLUMNS} FROM boxes b JOIN accounts a ON a.id = b.account_id
    WHERE b.stop_at <= ${latest} AND b.state = 'running' AND b.desired = 'running' AND b.warned_at IS NULL
      AND b.stop_at - LEAST(${warnMinutes}::float8, COALESCE(b.idle_minutes / 2.0, ${warnMinutes}::float8)) * interval '1 minute' <= ${now}
    ORDER BY b.stop_at LIMIT ${limit}`;
}

/** Boxes whose time has come and whose owners were warned, soonest first. */
export async function livesToStop(tx: Tx, now: Date, limit: number): Promise<LivingBox[]> {
  return tx.$queryRaw`
    SELECT ${COLUMNS} FROM boxes b JOIN accounts a ON a.id = b.account_id
    WHERE b.stop_at <= ${now} AND b.state = 'running' AND b.desired = 'running' AND b.warned_at IS NOT NULL
    ORDER BY b.stop_at LIMIT ${limit}`;
}

/** A life as it is to be written. */
export interface LifeNow
  extends Pick<LivingBox, 'activity' | 'activitySince' | 'activityWhy' | 'extendedUntil' | 'warnedAt'> {
  stop: PlannedStop | undefined;
}

/** The caller has the box locked. */
export async function writeLife(tx: Tx, boxId: string, life: LifeNow): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET activity = ${life.activity}, activity_since = ${life.activitySince}, activity_why = ${life.activityWhy},
      extended_until = ${life.extendedUntil}, stop_at = ${life.stop?.at ?? null}, stop_cause = ${life.stop?.cause ?? null},
      warned_at = ${life.warnedAt}
    WHERE id = ${boxId}::uuid`;
}

/** The clock was set: moves what was measured by it, so that no box's idle time grows or shrinks by that. The running boxes. */
export async function shiftLives(tx: Tx, byMs: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE boxes SET activity_since = activity_since + ${byMs} * interval '1 millisecond', last_used_at = last_used_at + ${byMs} * interval '1 millisecond',
      state_since = state_since + ${byMs} * interval '1 millisecond'
    WHERE state = 'running' RETURNING id`;
  return rows.map((row) => row.id);
}

/** It runs from now on: nothing is known of it yet, and nothing planned. What it was extended to stays promised. */
export async function beginLife(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET activity = 'unknown', activity_since = NULL, activity_why = NULL, stop_at = NULL, stop_cause = NULL, warned_at = NULL,
      slept_at = NULL
    WHERE id = ${boxId}::uuid`;
}

/** It was stopped by itself; a client that only reconnects does not wake it at once. */
export async function noteAsleep(tx: Tx, boxId: string, at: Date): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET slept_at = ${at} WHERE id = ${boxId}::uuid`;
}
