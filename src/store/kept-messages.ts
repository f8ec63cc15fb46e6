// Messages that a door could not bring: kept for the person, shown at their next log-in and by `logs`.
import type { SpokenBody } from '../threads/reply.ts';
import type { Tx } from './database.ts';
import { Prisma } from './prisma/client.ts';
import { told } from './threads.ts';

/** The account, and those that were joined into it: what was being written at that moment names the old one. */
function accountsNow(accountId: string): Prisma.Sql {
  return Prisma.sql`SELECT id FROM accounts WHERE id = ${accountId}::uuid OR merged_into = ${accountId}::uuid`;
}

/** The kept finals and notices of an account, oldest first; `noteShown` says that they were shown. */
export async function keptMessages(
  tx: Tx,
  accountId: string,
  limit: number,
): Promise<{ id: string; body: SpokenBody }[]> {
  return tx.$queryRaw`
    SELECT id, body FROM messages WHERE account_id IN (${accountsNow(accountId)}) AND state = 'kept' AND kind IN ('final', 'notice') ORDER BY id LIMIT ${limit}`;
}

/** Notes that people have seen messages that are kept, or are about to be. */
export async function noteShown(tx: Tx, messageIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`UPDATE messages SET state = 'shown', body = ${told(Prisma.sql`body`)} WHERE id = ANY(${messageIds}::uuid[]) AND state IN ('kept', 'pending')`;
}

/** Hands out the kept finals and notices of an account, oldest first, each once: for a reply that is written down with them. */
export async function takeKept(tx: Tx, accountId: string, limit: number): Promise<SpokenBody[]> {
  const rows = await tx.$queryRaw<{ id: string; body: SpokenBody }[]>`
    UPDATE messages SET state = 'shown' WHERE id IN (
      SELECT id FROM messages WHERE account_id IN (${accountsNow(accountId)}) AND state = 'kept' AND kind IN ('final', 'notice') ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id, body`;
  return rows.sort((one, other) => (one.id < other.id ? -1 : 1)).map((row) => row.body);
}
