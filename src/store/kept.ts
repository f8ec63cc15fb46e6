// Destroyed boxes whose homes are kept: finding them, bringing one back, and telling their owners before they go for good.
import { type Box, boxById } from './boxes.ts';
import type { Tx } from './database.ts';
import { changeLights } from './lights.ts';
import { Prisma } from './prisma/client.ts';

export interface KeptBox {
  id: string;
  accountId: string;
  name: string;
  provider: string;
  /** The host port that it had; undefined where addresses are the provider's. */
  sshPort: number | null;
  homeThreadId: string | null;
  purgeAfter: Date;
}

const COLUMNS = Prisma.raw(`
  b.id, b.account_id AS "accountId", b.name, b.provider, b.ssh_port AS "sshPort", b.home_thread_id AS "homeThreadId",
  b.purge_after AS "purgeAfter"`);
/** One without its host key was destroyed for good, or its removal has begun. */
const KEPT = Prisma.raw(`b.state = 'destroyed' AND b.purged_at IS NULL AND b.host_private_key IS NOT NULL`);

/** The account's destroyed boxes that can still come back, the newest first. */
export async function keptBoxes(tx: Tx, accountId: string, now: Date): Promise<KeptBox[]> {
  return tx.$queryRaw`
    SELECT ${COLUMNS} FROM boxes b WHERE b.account_id = ${accountId}::uuid AND ${KEPT} AND b.purge_after > ${now}
    ORDER BY b.destroyed_at DESC, b.id DESC`;
}

/** Locks a box that can still come back; undefined when its removal was first. */
export async function lockKept(tx: Tx, boxId: string, now: Date): Promise<KeptBox | undefined> {
  const [box] = await tx.$queryRaw<KeptBox[]>`
    SELECT ${COLUMNS} FROM boxes b WHERE b.id = ${boxId}::uuid AND ${KEPT} AND b.purge_after > ${now} FOR UPDATE`;
  return box;
}

/**
 * Makes a box that the caller locked with `lockKept` a stopped one. The epoch rises, so that nothing of its former life writes to it. The
 * caller holds its account's lock, and has looked at names and limits.
 */
export async function bringBack(
  tx: Tx,
  boxId: string,
  as: { name: string; sshPort: number | null; now: Date },
): Promise<Box | undefined> {
  await tx.$executeRaw`
    UPDATE boxes SET name = ${as.name}, ssh_port = ${as.sshPort}::int, state = 'stopped', desired = 'stopped', state_since = ${as.now},
      epoch = epoch + 1, destroyed_at = NULL, purge_after = NULL, keep_told_at = NULL, slept_at = NULL,
      activity = 'unknown', activity_since = NULL, activity_why = NULL
    WHERE id = ${boxId}::uuid AND state = 'destroyed'`;
  await changeLights(tx, boxId);
  return boxById(tx, boxId);
}

/**
 * Kept homes that go for good within `beforeMs` and whose owners were not told yet, the soonest first. One that was kept for no longer
 * than that in all is not among them: its owner heard of it when the box was destroyed.
 */
export async function homesAboutToGo(tx: Tx, now: Date, beforeMs: number, limit: number): Promise<KeptBox[]> {
  const before = new Date(now.getTime() + beforeMs);
  return tx.$queryRaw`
    SELECT ${COLUMNS} FROM boxes b
    WHERE ${KEPT} AND b.purge_after > ${now} AND b.purge_after <= ${before} AND b.keep_told_at IS NULL
      AND b.purge_after - b.destroyed_at > ${beforeMs}::float8 * interval '1 millisecond'
    ORDER BY b.purge_after LIMIT ${limit}`;
}

/** To be called in the transaction that tells; false when somebody told already, or the box came back. */
export async function noteKeepTold(tx: Tx, boxId: string, now: Date): Promise<boolean> {
  const noted = await tx.$executeRaw`
    UPDATE boxes SET keep_told_at = ${now} WHERE id = ${boxId}::uuid AND state = 'destroyed' AND keep_told_at IS NULL`;
  return noted === 1;
}
