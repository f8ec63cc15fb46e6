// Notices: what people are told outside a thread of theirs, each event once; written with what happened, brought by the bots.
import type { NoticeKind } from '../threads/notice.ts';
import type { Reply } from '../threads/reply.ts';
import type { ThreadRef } from '../threads/thread.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { queueMessage } from './threads.ts';

export interface NewNotice {
  accountId: string;
  boxId?: string;
  kind: NoticeKind;
  /** Names what happened: the same event is told once, whoever notices it. */
  event: string;
  reply: Reply;
  /** The same in a line, for everybody in the box's thread. */
  line?: Reply;
}

/** Has the person told; false when this event was told before. */
export async function notify(tx: Tx, notice: NewNotice): Promise<boolean> {
  const said = JSON.stringify({ reply: notice.reply, ...(notice.line === undefined ? {} : { line: notice.line }) });
  const made = await tx.$executeRaw`
    INSERT INTO notices (id, account_id, box_id, kind, event, reply)
    VALUES (${newId()}::uuid, ${notice.accountId}::uuid, ${notice.boxId ?? null}::uuid, ${notice.kind}, ${notice.event}, ${said}::jsonb)
    ON CONFLICT (event) DO NOTHING`;
  return made === 1;
}

/** Whether somebody was told something of that kind about the box since then. */
export async function wasToldOf(tx: Tx, boxId: string, kind: NoticeKind, since: Date): Promise<boolean> {
  const where = { boxId, kind, createdAt: { gte: since } };
  return (await tx.notice.findFirst({ where, select: { id: true } })) !== null;
}

/** What the box's owner was told of the stop that is planned, in one line; undefined when none is near. */
export async function warningOf(tx: Tx, boxId: string): Promise<Reply | undefined> {
  const [row] = await tx.$queryRaw<{ line: Reply }[]>`
    SELECT n.reply -> 'line' AS line FROM notices n JOIN boxes b ON b.id = n.box_id
    WHERE b.id = ${boxId}::uuid AND n.kind = 'warning' AND b.warned_at IS NOT NULL ORDER BY n.created_at DESC LIMIT 1`;
  return row?.line;
}

/** One way of reaching a person. */
export interface Way {
  door: string;
  tenant: string;
  subject: string;
}

export interface WaitingNotice {
  id: string;
  accountId: string;
  boxId: string | null;
  boxName: string | null;
  kind: NoticeKind;
  said: { reply: Reply; line?: Reply };
  /** Doors that could not bring it. */
  tried: string[];
  timeZone: string;
  quietFrom: number | null;
  quietTo: number | null;
  /** A door's name, `off`, or null: wherever they can be reached. */
  choice: string | null;
  /** The box's thread, or else where the person spoke last. */
  home: ThreadRef | null;
  /** Of the person now, the way they spoke last first. */
  ways: Way[];
}

/** Takes what is to be brought now, oldest first, for so long: no other process brings it meanwhile. */
export async function claimNotices(tx: Tx, limit: number, forMs: number): Promise<WaitingNotice[]> {
  const claimed = await tx.$queryRaw<{ id: string }[]>`
    UPDATE notices SET due_at = now() + ${forMs} * interval '1 millisecond' WHERE id IN (
      SELECT id FROM notices WHERE state = 'waiting' AND due_at <= now() + interval '1 millisecond' ORDER BY due_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id`;
  if (claimed.length === 0) return [];
  return tx.$queryRaw`
    SELECT n.id, a.id AS "accountId", n.box_id AS "boxId", b.name AS "boxName", n.kind, n.reply AS said, n.tried, a.time_zone AS "timeZone",
      a.quiet_from AS "quietFrom", a.quiet_to AS "quietTo",
      (SELECT door FROM notice_choices c WHERE c.account_id = a.id AND c.kind = n.kind) AS choice,
      (SELECT jsonb_build_object('id', h.id, 'door', h.door, 'tenant', h.tenant, 'address', h.address) FROM threads h
        WHERE h.id = COALESCE(b.home_thread_id, (SELECT c.thread_id FROM commands c WHERE c.account_id = a.id ORDER BY c.created_at DESC LIMIT 1))) AS home,
      COALESCE((SELECT jsonb_agg(jsonb_build_object('door', i.door, 'tenant', i.tenant, 'subject', i.subject) ORDER BY spoken.at DESC NULLS LAST, i.id)
        FROM identities i LEFT JOIN LATERAL (
          SELECT max(c.created_at) AS at FROM commands c JOIN deliveries d ON c.delivery_id = d.id
          WHERE c.account_id = a.id AND d.door = i.door AND d.tenant = i.tenant AND c.created_at > now() - interval '30 days') spoken ON true
        WHERE i.account_id = a.id), '[]'::jsonb) AS ways
    FROM notices n JOIN accounts o ON o.id = n.account_id JOIN accounts a ON a.id = COALESCE(o.merged_into, o.id)
      LEFT JOIN boxes b ON b.id = n.box_id
    WHERE n.id = ANY(${claimed.map((row) => row.id)}::uuid[]) ORDER BY n.created_at, n.id`;
}

/** Later, because the person wants quiet. */
export async function putOffNotice(tx: Tx, id: string, forMs: number): Promise<void> {
  await tx.$executeRaw`UPDATE notices SET due_at = now() + ${forMs} * interval '1 millisecond' WHERE id = ${id}::uuid`;
}

/** A door turned out to have no way to the person. */
export async function noteTried(tx: Tx, id: string, door: string): Promise<void> {
  await tx.$executeRaw`UPDATE notices SET tried = array_append(tried, ${door}) WHERE id = ${id}::uuid`;
}

/** `sent`: `door` brings it. `home`: its thread is told. `off`: not wanted. False when it was settled before. */
export async function settleNotice(
  tx: Tx,
  id: string,
  state: 'sent' | 'home' | 'off',
  door?: string,
): Promise<boolean> {
  const settled = await tx.$executeRaw`
    UPDATE notices SET state = ${state}, tried = CASE WHEN ${door ?? null}::text IS NULL THEN tried ELSE array_append(tried, ${door ?? null}::text) END
    WHERE id = ${id}::uuid AND state = 'waiting'`;
  return settled === 1;
}

/**
 * The messages of a box's warnings say from now on what came of them, and offer nothing any more; one that was not brought yet, or is
 * kept for a log-in, is not brought. Lanes to wake.
 */
export async function settleWarnings(tx: Tx, boxId: string, reply: Reply): Promise<string[]> {
  await tx.$executeRaw`UPDATE notices SET state = 'off' WHERE box_id = ${boxId}::uuid AND kind = 'warning' AND state = 'waiting'`;
  await tx.$executeRaw`
    UPDATE messages m SET state = 'shown' FROM notices n
    WHERE n.box_id = ${boxId}::uuid AND n.kind = 'warning' AND m.notice_id = n.id AND m.state = 'kept'`;
  const body = JSON.stringify({ kind: 'notice', reply });
  const rows = await tx.$queryRaw<{ lane: string }[]>`
    UPDATE messages m SET body = ${body}::jsonb, wanted = wanted + 1, state = 'pending', next_at = now()
    FROM notices n WHERE n.box_id = ${boxId}::uuid AND n.kind = 'warning' AND m.notice_id = n.id AND m.state IN ('pending', 'sent')
      AND m.body -> 'reply' -> 'blocks' @> '[{"kind": "actions"}]'
    RETURNING m.lane`;
  return [...new Set(rows.map((row) => row.lane))];
}

/** Queues a message of a notice; the lane to wake. One that `brings` it, and does not only mention it, can be settled. */
export async function sendNotice(
  tx: Tx,
  notice: Pick<WaitingNotice, 'id' | 'accountId' | 'boxId'>,
  to: { threadId: string; reply: Reply; brings: boolean },
): Promise<string | undefined> {
  const { threadId, reply, brings } = to;
  return queueMessage(tx, {
    threadId,
    accountId: notice.accountId,
    ...(brings ? { noticeId: notice.id } : {}),
    kind: 'notice',
    // What is not about a box is nobody else's business, wherever it is said.
    visibility: notice.boxId === null ? 'private' : 'thread',
    body: { kind: 'notice', reply },
  });
}
