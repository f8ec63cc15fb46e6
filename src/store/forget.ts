// Forgetting a person: what says who they are goes; what was used, done and audited stays under the account's id.
import type { Tx } from './database.ts';

/** What a forgotten account is called. */
export const FORGOTTEN = 'forgotten';

/** Locks an account against its own commands, and against being joined; false when it was joined to another one. */
export async function lockToForget(tx: Tx, accountId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM accounts WHERE id = ${accountId}::uuid AND merged_into IS NULL FOR UPDATE`;
  return rows.length === 1;
}

/**
 * Takes identities, keys, names, choices and open questions of a locked account, and of those that were joined to it. Destroyed homes that
 * were kept for it are due for removal at once, and so are its snapshots. What was said is deleted with what is old.
 */
export async function forgetAccount(tx: Tx, accountId: string, now: Date): Promise<void> {
  const accounts = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM accounts WHERE id = ${accountId}::uuid OR merged_into = ${accountId}::uuid`;
  const ids = accounts.map(({ id }) => id);
  await tx.$executeRaw`DELETE FROM identities WHERE account_id = ANY(${ids}::uuid[])`;
  await tx.$executeRaw`DELETE FROM access_keys WHERE account_id = ANY(${ids}::uuid[])`;
  await tx.$executeRaw`DELETE FROM confirmations WHERE account_id = ANY(${ids}::uuid[])`;
  await tx.$executeRaw`DELETE FROM notice_choices WHERE account_id = ANY(${ids}::uuid[])`;
  await tx.$executeRaw`DELETE FROM notices WHERE account_id = ANY(${ids}::uuid[])`;
  await tx.$executeRaw`
    UPDATE boxes SET purge_after = LEAST(purge_after, ${now}), host_private_key = NULL
    WHERE account_id = ANY(${ids}::uuid[]) AND state = 'destroyed' AND purged_at IS NULL`;
  await tx.$executeRaw`UPDATE snapshots SET state = 'removing' WHERE account_id = ANY(${ids}::uuid[])`;
  await tx.$executeRaw`
    UPDATE accounts SET name = ${FORGOTTEN}, admin = false, quiet_from = NULL, quiet_to = NULL WHERE id = ANY(${ids}::uuid[])`;
}
