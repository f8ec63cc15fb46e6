// What the reconciler asks the database: boxes that are not where they should be, and what nobody works on.
import type { Box } from './boxes.ts';
import type { Tx } from './database.ts';
import { NO_JOB } from './jobs.ts';
import { NOT_QUARANTINED } from './quarantine.ts';

export interface Unsettled {
  id: string;
  accountId: string;
  state: Box['state'];
  desired: Box['desired'];
}

/**
 * Boxes between states that no job works on, oldest first. A box in error waits for its owner, unless it is to be destroyed:
 * that is tried again after `retryErrorMs`.
 */
export async function unsettledBoxes(tx: Tx, retryErrorMs: number, limit: number): Promise<Unsettled[]> {
  return tx.$queryRaw`
    SELECT b.id, b.account_id AS "accountId", b.state, b.desired FROM boxes b
    WHERE b.state <> 'destroyed' AND b.state <> b.desired
      AND (b.state <> 'error' OR (b.desired = 'destroyed' AND b.state_since < now() - ${retryErrorMs} * interval '1 millisecond'))
      AND ${NO_JOB}
    ORDER BY b.state_since LIMIT ${limit}`;
}

/** A box with the name of the instance that should carry it. */
export interface ExpectedInstance {
  boxId: string;
  name: string;
  incarnation: number;
  /** The provider's own id, where somebody wrote it down. */
  ref: string | null;
  /** OpenSSH public key line. */
  hostPublicKey: string;
}

/** Running boxes of a provider with the instance that should carry each, none of them being worked on. */
export async function runningInstances(tx: Tx, provider: string): Promise<ExpectedInstance[]> {
  return tx.$queryRaw`
    SELECT b.id AS "boxId", i.name, i.incarnation, i.ref, b.host_public_key AS "hostPublicKey" FROM boxes b
    JOIN instances i ON i.box_id = b.id AND i.incarnation = b.incarnation
    WHERE b.provider = ${provider} AND b.state = 'running' AND b.desired = 'running'
      AND ${NO_JOB}`;
}

/** Boxes of a provider that could not be stopped, as far as anybody knows, and whose time still counts. */
export async function countedInError(tx: Tx, provider: string): Promise<ExpectedInstance[]> {
  return tx.$queryRaw`
    SELECT b.id AS "boxId", i.name, i.incarnation, i.ref, b.host_public_key AS "hostPublicKey" FROM usage u JOIN boxes b ON b.id = u.box_id
    JOIN instances i ON i.box_id = b.id AND i.incarnation = b.incarnation
    WHERE u.ended_at IS NULL AND b.provider = ${provider} AND b.state = 'error' AND ${NO_JOB}`;
}

/** It was seen that the box does not run; nothing is written when it left its error meanwhile, or is about to. */
export async function endTimeInError(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE usage u SET ended_at = GREATEST(now(), u.started_at) FROM boxes b
    WHERE b.id = ${boxId}::uuid AND u.box_id = b.id AND u.ended_at IS NULL AND b.state = 'error' AND ${NO_JOB}`;
}

/** Running boxes whose owner has been suspended for so long. */
export async function runningBoxesOfSuspended(tx: Tx, minutes: number, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM boxes b JOIN accounts a ON a.id = b.account_id
    WHERE a.suspended_at <= now() - ${minutes} * interval '1 minute' AND b.state = 'running' AND b.desired = 'running'
    ORDER BY a.suspended_at LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** Running boxes whose keys or greeting changed since they were brought in. */
export async function unconfiguredBoxes(tx: Tx, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<
    { id: string }[]
  >`SELECT id FROM boxes WHERE state = 'running' AND config_applied < config_wanted LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/**
 * Destroyed boxes whose homes are to go for good. Their time is up since `graceMs`: a create that was under way when the box was
 * destroyed may have made a home again, and this removal is the one that counts. By the earlier of two clocks, because it cannot be undone.
 */
export async function homesToPurge(
  tx: Tx,
  provider: string,
  now: Date,
  graceMs: number,
  limit: number,
): Promise<{ id: string; incarnation: number }[]> {
  return tx.$queryRaw`
    SELECT id, incarnation FROM boxes
    WHERE state = 'destroyed' AND provider = ${provider} AND purged_at IS NULL
      AND purge_after <= LEAST(${now}::timestamptz, now()) - ${graceMs} * interval '1 millisecond'
    ORDER BY purge_after LIMIT ${limit}`;
}

/**
 * From now on the box cannot come back, whatever becomes of its removal; false when it did meanwhile, and its home is not to be
 * touched. Whoever is bringing it back holds its row, so one of the two is first.
 */
export async function beginPurge(tx: Tx, boxId: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE boxes SET host_private_key = NULL
    WHERE id = ${boxId}::uuid AND state = 'destroyed' AND purged_at IS NULL AND ${NOT_QUARANTINED}`;
  return changed === 1;
}

export async function notePurged(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET purged_at = now() WHERE id = ${boxId}::uuid AND state = 'destroyed' AND purged_at IS NULL`;
}
