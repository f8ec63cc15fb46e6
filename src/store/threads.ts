// Threads and messages: what doors are to send, in which order, and how far they got.
import type { Speaker, ThreadPlace } from '../threads/arrival.ts';
import { HIDDEN_CODE, type MessageBody, type Reply } from '../threads/reply.ts';
import type { Address, ThreadRef } from '../threads/thread.ts';
import { only, type Tx } from './database.ts';
import { newId } from './ids.ts';
import { Prisma } from './prisma/client.ts';

export type MessageKind = 'light' | 'progress' | 'final' | 'notice';

/** Who is answered; `ticket` as it is stored, for `ticketPurpose`. */
export interface AskerRow {
  subject: string;
  display: string;
  /** Undefined for a notice that answers nothing. */
  delivery:
    | { door: string; tenant: string; deliveryId: string; receivedAt: Date; ticket: Uint8Array | null }
    | undefined;
}

export interface MessageRow {
  id: string;
  kind: MessageKind;
  visibility: 'thread' | 'private';
  body: MessageBody;
  wanted: number;
  trying: number;
  platformId: string | null;
  tries: number;
  commandId: string | null;
  accountId: string | null;
  jobId: string | null;
  boxId: string | null;
  /** How long before it was read its command had arrived; null for what answers no command. */
  askedMsAgo: number | null;
  /** Undefined when no way is known in which this person speaks through the thread's door. */
  asker: AskerRow | undefined;
  thread: ThreadRef;
}

/** A thread with its lane and the box it is home to. */
export type Thread = ThreadRef & { lane: string; boxId: string | null };

/** Makes the thread the box's home, once. */
export async function makeHome(tx: Tx, threadId: string, boxId: string): Promise<void> {
  await tx.$executeRaw`UPDATE threads SET box_id = ${boxId}::uuid WHERE id = ${threadId}::uuid AND box_id IS NULL`;
}

/**
 * Notes where the thread turned out to be. Somebody may have spoken there before this was noted, which made a row of its own under that
 * key: then that row gets this one's box, and this one keeps the key it had.
 */
export async function fillInPlace(tx: Tx, threadId: string, place: { key: string; address: Address }): Promise<void> {
  await tx.$executeRaw`
    WITH here AS (SELECT id, door, tenant, box_id FROM threads WHERE id = ${threadId}::uuid),
      other AS (
        UPDATE threads o SET box_id = COALESCE(o.box_id, here.box_id) FROM here
        WHERE o.door = here.door AND o.tenant = here.tenant AND o.key = ${place.key} AND o.id <> here.id RETURNING o.id)
    UPDATE threads SET address = ${JSON.stringify(place.address)}::jsonb,
      key = CASE WHEN EXISTS (SELECT 1 FROM other) THEN key ELSE ${place.key} END
    WHERE id = ${threadId}::uuid`;
}

export interface NewMessage {
  threadId: string;
  commandId?: string;
  accountId?: string;
  jobId?: string;
  noticeId?: string;
  kind: MessageRow['kind'];
  visibility: MessageRow['visibility'];
  body: MessageBody;
}

/** Queues a message for its thread's door; a second final for the same command is dropped. Returns the lane. */
export async function queueMessage(tx: Tx, message: NewMessage): Promise<string | undefined> {
  const [row] = await tx.$queryRaw<{ lane: string }[]>`
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, job_id, notice_id, kind, visibility, body, wanted, state)
    SELECT ${newId()}::uuid, t.id, t.door, t.lane, ${message.commandId ?? null}::uuid, ${message.accountId ?? null}::uuid, ${message.jobId ?? null}::uuid,
      ${message.noticeId ?? null}::uuid,
      ${message.kind}, ${message.visibility}, ${JSON.stringify(message.body)}::jsonb,
      ${message.kind === 'progress' ? 0 : 1}, ${message.kind === 'progress' ? 'sent' : 'pending'}
    FROM threads t WHERE t.id = ${message.threadId}::uuid
    ON CONFLICT DO NOTHING RETURNING lane`;
  return row?.lane;
}

/** `next_at` was rounded to milliseconds, so what was written this instant may lie ahead of the clock by half of one. */
const SOON = Prisma.sql`now() + interval '1 millisecond'`;

/** Queues a notice in the thread that a box has for home; the lane to wake. */
export async function tellHome(
  tx: Tx,
  box: { homeThreadId: string | null; accountId: string },
  reply: Reply,
): Promise<string | undefined> {
  if (box.homeThreadId === null) return undefined;
  const { homeThreadId: threadId, accountId } = box;
  return queueMessage(tx, {
    threadId,
    accountId,
    kind: 'notice',
    visibility: 'thread',
    body: { kind: 'notice', reply },
  });
}

/** Lanes in which something is due, for a look round when no wake-up came. */
export async function dueLanes(tx: Tx, doors: readonly string[]): Promise<{ lane: string; door: string }[]> {
  return tx.$queryRaw`SELECT DISTINCT lane, door FROM messages WHERE state = 'pending' AND next_at <= ${SOON} AND door = ANY(${doors}) LIMIT 1000`;
}

interface DueRow extends Omit<MessageRow, 'thread' | 'asker'> {
  threadId: string;
  door: string;
  tenant: string;
  address: Address;
  speaker: Speaker | null;
  deliveryId: string | null;
  receivedAt: Date | null;
  ticket: Uint8Array | null;
  subject: string | null;
  display: string | null;
}

/**
 * The due messages of a lane, oldest first, each with whom it answers: who asked, or the identity that the account it is about has in
 * the thread's door. One that waits for its retry holds back what comes after it in its thread. Where more are due than `limit`, everybody
 * has some among them, and of a thread the first.
 */
export async function dueMessages(tx: Tx, lane: string, limit: number): Promise<MessageRow[]> {
  const rows = await tx.$queryRaw<DueRow[]>`
    WITH due AS (
        SELECT m.id, m.thread_id, row_number() OVER (PARTITION BY COALESCE(m.account_id, m.thread_id) ORDER BY m.id) AS nth
        FROM messages m WHERE m.lane = ${lane} AND m.state = 'pending' AND m.next_at <= ${SOON}
          AND NOT EXISTS (SELECT 1 FROM messages e WHERE e.lane = m.lane AND e.state = 'pending' AND e.thread_id = m.thread_id AND e.id < m.id AND e.tries > 0 AND e.next_at > ${SOON})),
      ordered AS (SELECT id, max(nth) OVER (PARTITION BY thread_id ORDER BY id) AS turn FROM due),
      picked AS (SELECT id FROM ordered ORDER BY turn, id LIMIT ${limit})
    SELECT m.id, m.kind, m.visibility, m.body, m.wanted, m.trying, m.platform_id AS "platformId", m.tries, m.command_id AS "commandId",
      m.account_id AS "accountId", COALESCE(m.job_id, c.job_id) AS "jobId", COALESCE(m.box_id, c.box_id) AS "boxId",
      (extract(epoch FROM now() - d.received_at) * 1000)::float8 AS "askedMsAgo",
      t.id AS "threadId", t.door, t.tenant, t.address, d.speaker, d.delivery_id AS "deliveryId", d.received_at AS "receivedAt", d.ticket,
      i.subject, i.display
    FROM picked JOIN messages m ON m.id = picked.id JOIN threads t ON t.id = m.thread_id
      LEFT JOIN commands c ON c.id = m.command_id LEFT JOIN deliveries d ON d.id = c.delivery_id
      LEFT JOIN LATERAL (
        SELECT subject, display FROM identities
        WHERE m.command_id IS NULL AND account_id = m.account_id AND door = t.door AND tenant = t.tenant ORDER BY id LIMIT 1) i ON true
    ORDER BY m.id`;
  return rows.map(
    ({ threadId, door, tenant, address, speaker, deliveryId, receivedAt, ticket, subject, display, ...message }) => {
      const thread = { id: threadId, door, tenant, address };
      if (speaker !== null && deliveryId !== null && receivedAt !== null) {
        const delivery = { door, tenant, deliveryId, receivedAt, ticket };
        return { ...message, thread, asker: { subject: speaker.subject, display: speaker.display, delivery } };
      }
      const known = subject !== null && display !== null ? { subject, display, delivery: undefined } : undefined;
      return { ...message, thread, asker: known };
    },
  );
}

export interface LaneGuard {
  lane: string;
  holder: string;
  epoch: bigint;
}

/** That nobody else took the lane; one whose lease has run out meanwhile is still held by whom it was held last. */
export function held({ lane, holder, epoch }: LaneGuard): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT 1 FROM leases WHERE name = ${`lane:${lane}`} AND holder = ${holder} AND epoch = ${epoch})`;
}

/** Notes that a revision is being sent, so that a crash after this leaves a trace; false when the lane is another's now. */
export async function beginSending(tx: Tx, messageId: string, revision: number, guard: LaneGuard): Promise<boolean> {
  const begun = await tx.$executeRaw`
    UPDATE messages SET trying = ${revision} WHERE id = ${messageId}::uuid AND state = 'pending'
      AND EXISTS (SELECT 1 FROM leases WHERE name = ${`lane:${guard.lane}`} AND holder = ${guard.holder} AND epoch = ${guard.epoch} AND until > now())`;
  return begun === 1;
}

/** A body whose code was told; without one it stays as it is. */
export const told = (body: Prisma.Sql): Prisma.Sql => Prisma.sql`
  CASE WHEN ${body} ? 'told' THEN jsonb_set(${body} - 'told', '{entries}', ${body} -> 'told')
    WHEN ${body} #>> '{reply,code}' IS NULL THEN ${body} ELSE replace(${body}::text, ${body} #>> '{reply,code}', ${HIDDEN_CODE})::jsonb END`;

/**
 * Notes what was sent; a message that was changed meanwhile stays pending for its newer revision. With a guard nothing is noted
 * when the lane is another's now, who looks for what was sent.
 */
export async function noteSent(
  tx: Tx,
  sent: readonly { id: string; revision: number; platformId: string }[],
  guard: LaneGuard | undefined,
): Promise<void> {
  if (sent.length === 0) return;
  await tx.$executeRaw`
    UPDATE messages m SET sent = GREATEST(m.sent, s.revision), trying = CASE WHEN m.trying > s.revision THEN m.trying ELSE 0 END,
      platform_id = s.platform_id, tries = 0, sent_at = now(),
      state = CASE WHEN m.wanted > s.revision THEN 'pending' ELSE 'sent' END, body = ${told(Prisma.sql`m.body`)}
    FROM unnest(${sent.map((one) => one.id)}::uuid[], ${sent.map((one) => one.revision)}::int[], ${sent.map((one) => one.platformId)}::text[])
      AS s(id, revision, platform_id)
    WHERE m.id = s.id AND ${guard === undefined ? Prisma.sql`true` : held(guard)}`;
}

/** The thread of that place, made if there is none yet; `boxId` becomes the box it is about. */
export async function threadAt(
  tx: Tx,
  door: string,
  tenant: string,
  place: ThreadPlace,
  boxId: string | undefined,
): Promise<string> {
  const { id } = only(
    await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO threads (id, door, tenant, key, address, lane, box_id)
      VALUES (${newId()}::uuid, ${door}, ${tenant}, ${place.key}, ${JSON.stringify(place.address)}::jsonb, ${place.lane}, ${boxId ?? null}::uuid)
      ON CONFLICT (door, tenant, key) DO UPDATE SET lane = EXCLUDED.lane RETURNING id`,
  );
  return id;
}

/** Notes that a message is never sent; false when that was noted before, or the lane is another's now. */
export async function holdMessage(tx: Tx, messageId: string, guard: LaneGuard): Promise<boolean> {
  const noted = await tx.$executeRaw`
    UPDATE messages SET state = 'held' WHERE id = ${messageId}::uuid AND state = 'pending' AND ${held(guard)}`;
  return noted === 1;
}

/** Makes what was kept in the lane and not shown due again; for a lane whose connections turn out to be there. How many there were. */
export async function reviveKept(tx: Tx, lane: string): Promise<number> {
  return tx.$executeRaw`
    UPDATE messages SET state = 'pending', tries = 0, next_at = now() WHERE lane = ${lane} AND state = 'kept'`;
}

/** Puts the message off. Nothing when the lane is another's now. */
export async function retryMessage(tx: Tx, messageId: string, delayMs: number, guard: LaneGuard): Promise<void> {
  await tx.$executeRaw`
    UPDATE messages SET tries = tries + 1, next_at = now() + ${delayMs} * interval '1 millisecond'
    WHERE id = ${messageId}::uuid AND state = 'pending' AND ${held(guard)}`;
}
