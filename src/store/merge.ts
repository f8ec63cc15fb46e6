// Joining two accounts: what one has moves to the other in one transaction, and its row says from then on where it went.
import type { Tx } from './database.ts';
import { mergeNoticeChoices } from './notice-choices.ts';
import { mergeSnapshots } from './snapshots.ts';

export interface Merge {
  from: string;
  into: string;
}

/** A live job whose row was locked; its worker has to be woken once the transaction has ended. */
export interface HeldJob {
  id: string;
  queue: string;
}

const LIVE = ['queued', 'running', 'cancelling'];

/**
 * Locks both accounts, in one order in every process, against each other's commands; false when one of them was joined to another
 * account meanwhile. The caller holds neither yet, so that nobody waits in a circle.
 */
export async function lockBoth(tx: Tx, { from, into }: Merge): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM accounts WHERE id IN (${from}::uuid, ${into}::uuid) AND merged_into IS NULL ORDER BY id FOR UPDATE`;
  return rows.length === 2;
}

/** Names that live boxes of both accounts have. */
export async function twinNames(tx: Tx, { from, into }: Merge): Promise<string[]> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT f.name FROM boxes f JOIN boxes i ON i.name = f.name AND i.account_id = ${into}::uuid AND i.state <> 'destroyed'
    WHERE f.account_id = ${from}::uuid AND f.state <> 'destroyed' ORDER BY f.name`;
  return rows.map((row) => row.name);
}

/**
 * Locks the account's boxes and their live jobs, jobs before boxes as workers do. Undefined when a job was made in between: then the
 * transaction has to be begun anew.
 */
export async function lockBoxesOf(tx: Tx, accountId: string): Promise<readonly HeldJob[] | undefined> {
  const jobs = await tx.$queryRaw<HeldJob[]>`
    SELECT j.id, j.queue FROM jobs j JOIN boxes b ON b.id = j.box_id
    WHERE b.account_id = ${accountId}::uuid AND j.state = ANY(${LIVE}) ORDER BY j.id FOR UPDATE OF j`;
  await tx.$executeRaw`SELECT 1 FROM boxes WHERE account_id = ${accountId}::uuid ORDER BY id FOR UPDATE`;
  const unseen = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM jobs j JOIN boxes b ON b.id = j.box_id
    WHERE b.account_id = ${accountId}::uuid AND j.state = ANY(${LIVE}) AND NOT j.id = ANY(${jobs.map((job) => job.id)}::uuid[]) LIMIT 1`;
  return unseen.length === 0 ? jobs : undefined;
}

/**
 * Moves everything of one account to the other; the caller has locked both and the boxes of the first. All live boxes are marked
 * for an update of their keys. Accounts that were joined into the first one before now point to the second.
 */
export async function mergeAccounts(tx: Tx, { from, into }: Merge): Promise<void> {
  await tx.$executeRaw`UPDATE identities SET account_id = ${into}::uuid WHERE account_id = ${from}::uuid`;
  await tx.$executeRaw`
    UPDATE access_keys k SET account_id = ${into}::uuid WHERE account_id = ${from}::uuid
      AND NOT EXISTS (SELECT 1 FROM access_keys o WHERE o.account_id = ${into}::uuid AND o.fingerprint = k.fingerprint)`;
  await tx.$executeRaw`DELETE FROM access_keys WHERE account_id = ${from}::uuid`;
  await tx.$executeRaw`UPDATE boxes SET account_id = ${into}::uuid WHERE account_id = ${from}::uuid`;
  await tx.$executeRaw`
    UPDATE boxes SET config_wanted = config_wanted + 1 WHERE account_id = ${into}::uuid AND state <> 'destroyed'`;
  await mergeSnapshots(tx, from, into);
  await mergeNoticeChoices(tx, from, into);
  await moveHistory(tx, { from, into });
  await tx.$executeRaw`
    UPDATE accounts SET merged_into = ${into}::uuid, merged_at = COALESCE(merged_at, now()), admin = false
    WHERE id = ${from}::uuid OR merged_into = ${from}::uuid`;
}

/** Messages in the order in which their senders lock them. Audit rows stay as they were sealed. */
async function moveHistory(tx: Tx, { from, into }: Merge): Promise<void> {
  await tx.$executeRaw`UPDATE usage SET account_id = ${into}::uuid WHERE account_id = ${from}::uuid`;
  await tx.$executeRaw`UPDATE jobs SET account_id = ${into}::uuid WHERE account_id = ${from}::uuid`;
  await tx.$executeRaw`UPDATE commands SET account_id = ${into}::uuid WHERE account_id = ${from}::uuid`;
  await tx.$executeRaw`SELECT 1 FROM messages WHERE account_id = ${from}::uuid ORDER BY id FOR UPDATE`;
  await tx.$executeRaw`UPDATE messages SET account_id = ${into}::uuid WHERE account_id = ${from}::uuid`;
}
