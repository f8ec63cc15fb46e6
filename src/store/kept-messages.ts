// Messages that a door could not bring: kept for the person, shown at their next log-in and by `logs`.
import { failureIdOf } from '../threads/failure.ts';
import type { SpokenBody } from '../threads/reply.ts';
import type { Tx } from './database.ts';
import { Prisma } from './prisma/client.ts';
import { held, type LaneGuard, told } from './threads.ts';

/** The account, and those that were joined into it: what was being written at that moment names the old one. */
function accountsNow(accountId: string): Prisma.Sql {
  return Prisma.sql`SELECT id FROM accounts WHERE id = ${accountId}::uuid OR merged_into = ${accountId}::uuid`;
}

/** `unreachable`: its thread cannot be reached any more. `undeliverable`: it was tried too often. */
export type KeptBecause = 'unreachable' | 'undeliverable';

const REMEDY = {
  unreachable: 'Nothing has to be done: it is shown at their next log-in, and by logs.',
  undeliverable: 'Look for the message in the log of the bots: there is what the platform said. Then: shellbox doctor.',
} as const satisfies Record<KeptBecause, string>;

/**
 * Keeps a message that its thread cannot take: shown at the next log-in and by `logs`, with the id of the failure that this is. A notice
 * that was to reach a person there is brought on another way instead. Nothing when the lane is another's now.
 */
export async function keepMessage(tx: Tx, messageId: string, because: KeptBecause, guard: LaneGuard): Promise<void> {
  await tx.$executeRaw`
    WITH kept AS (
        UPDATE messages m SET trying = 0, state = CASE WHEN n.id IS NULL THEN 'kept' ELSE 'held' END
        FROM messages own LEFT JOIN notices n ON n.id = own.notice_id AND n.state = 'sent' AND own.sent = 0
        WHERE own.id = m.id AND m.id = ${messageId}::uuid AND m.state = 'pending' AND ${held(guard)}
        RETURNING m.id, m.kind, m.state, n.id AS notice),
      noted AS (
        INSERT INTO failures (id, kind, subject, code, remedy)
        SELECT ${failureIdOf(messageId)}, 'message', id, ${because}, ${REMEDY[because]} FROM kept
        WHERE state = 'kept' AND kind IN ('final', 'notice') ON CONFLICT DO NOTHING)
    UPDATE notices SET state = 'waiting', due_at = now() FROM kept WHERE notices.id = kept.notice`;
}

/** What was kept for somebody, and under which id an operator finds why. */
export interface KeptMessage {
  id: string;
  body: SpokenBody;
  failure: string | null;
}

/** The kept finals and notices of an account, oldest first; `noteShown` says that they were shown. */
export async function keptMessages(tx: Tx, accountId: string, limit: number): Promise<KeptMessage[]> {
  return tx.$queryRaw`
    SELECT id, body, (SELECT f.id FROM failures f WHERE f.subject = messages.id) AS failure FROM messages WHERE account_id IN (${accountsNow(accountId)}) AND state = 'kept' AND kind IN ('final', 'notice') ORDER BY id LIMIT ${limit}`;
}

/** Notes that people have seen messages that are kept, or are about to be. */
export async function noteShown(tx: Tx, messageIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`UPDATE messages SET state = 'shown', body = ${told(Prisma.sql`body`)} WHERE id = ANY(${messageIds}::uuid[]) AND state IN ('kept', 'pending')`;
}

/** Hands out the kept finals and notices of an account, oldest first, each once: for a reply that is written down with them. */
export async function takeKept(tx: Tx, accountId: string, limit: number): Promise<KeptMessage[]> {
  const rows = await tx.$queryRaw<KeptMessage[]>`
    UPDATE messages SET state = 'shown' WHERE id IN (
      SELECT id FROM messages WHERE account_id IN (${accountsNow(accountId)}) AND state = 'kept' AND kind IN ('final', 'notice') ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id, body, (SELECT f.id FROM failures f WHERE f.subject = messages.id) AS failure`;
  return rows.sort((one, other) => (one.id < other.id ? -1 : 1));
}
