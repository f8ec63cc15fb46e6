// Deliveries and commands: what arrived, once, and what became of it.
import type { Arrival, Speaker } from '../threads/arrival.ts';
import { namingCode, type Reply, withoutCode } from '../threads/reply.ts';
import type { Address } from '../threads/thread.ts';
import { only, type Tx } from './database.ts';
import { newId } from './ids.ts';
import { queueMessage, type Thread } from './threads.ts';

/** Writes what arrived; see `insertDeliveries`. */
export async function insertDelivery(tx: Tx, arrival: Arrival): Promise<{ id: string; duplicate: boolean }> {
  const { delivery, duplicate } = only(await insertDeliveries(tx, [arrival]));
  return { id: delivery, duplicate };
}

export interface WrittenArrival {
  delivery: string;
  duplicate: boolean;
  /** What is left to work on; undefined for a duplicate. */
  fresh: Delivery | undefined;
}

/**
 * Writes what arrived, with sealed tickets, and its threads, in one statement; what became of each, in their order. The same delivery
 * twice, also within one call, yields the first one's id and `duplicate`.
 */
export async function insertDeliveries(tx: Tx, arrivals: readonly Arrival[]): Promise<WrittenArrival[]> {
  const asked = arrivals.map(storable).map((arrival) => ({
    ...arrival,
    id: newId(),
    threadId: newId(),
    key: arrival.thread.key,
    address: arrival.thread.address,
    lane: arrival.thread.lane,
  }));
  // In one order in every process, so that two that take the same arrivals do not wait for each other in a circle.
  const written = await tx.$queryRaw<{ id: string; threadId: string; address: Address; boxId: string | null }[]>`
    WITH arrived AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(id uuid, "threadId" uuid, door text, tenant text, key text,
          address jsonb, lane text, "deliveryId" text, speaker jsonb, text text, interactive boolean, ticket text)),
      place AS (
        INSERT INTO threads (id, door, tenant, key, address, lane)
        SELECT DISTINCT ON (door, tenant, key) "threadId", door, tenant, key, address, lane FROM arrived ORDER BY door, tenant, key
        ON CONFLICT (door, tenant, key) DO UPDATE SET lane = EXCLUDED.lane RETURNING id, door, tenant, key, address, box_id),
      written AS (
        INSERT INTO deliveries (id, door, tenant, delivery_id, thread_id, speaker, text, interactive, ticket)
        SELECT a.id, a.door, a.tenant, a."deliveryId", place.id, a.speaker, a.text, a.interactive, decode(a.ticket, 'base64')
        FROM arrived a JOIN place USING (door, tenant, key) ORDER BY a.door, a.tenant, a."deliveryId", a.id
        ON CONFLICT DO NOTHING RETURNING id, thread_id)
    SELECT written.id, place.id AS "threadId", place.address, place.box_id AS "boxId" FROM written JOIN place ON place.id = written.thread_id`;
  const places = new Map(written.map((row) => [row.id, row]));
  return Promise.all(
    asked.map(async ({ id, door, tenant, speaker, text, interactive, lane, deliveryId }) => {
      const place = places.get(id);
      if (place === undefined)
        return { ...(await firstOf(tx, door, tenant, deliveryId)), duplicate: true, fresh: undefined };
      const thread = { id: place.threadId, door, tenant, address: place.address, lane, boxId: place.boxId };
      return { delivery: id, duplicate: false, fresh: { id, door, speaker, text, interactive, thread, handled: 0 } };
    }),
  );
}

/** PostgreSQL keeps no NUL and no half characters; what stands in their place is refused by the grammar, and shown. */
function storable(arrival: Arrival): Arrival {
  const { text, speaker } = arrival;
  const whole = (value: string): string => value.replaceAll('\0', '\u2400').toWellFormed();
  return { ...arrival, text: whole(text), speaker: { ...speaker, display: whole(speaker.display) } };
}

async function firstOf(tx: Tx, door: string, tenant: string, deliveryId: string): Promise<{ delivery: string }> {
  const where = { door_tenant_deliveryId: { door, tenant, deliveryId } };
  return { delivery: (await tx.delivery.findUniqueOrThrow({ where, select: { id: true } })).id };
}

export interface Delivery {
  id: string;
  door: string;
  speaker: Speaker;
  text: string;
  interactive: boolean;
  thread: Thread;
  /** How many of its commands are done with. */
  handled: number;
}

/** Locks a delivery that still needs work; undefined when it is done or another process has it. */
export async function lockDelivery(tx: Tx, id: string): Promise<Delivery | undefined> {
  const [row] = await tx.$queryRaw<
    (Omit<Delivery, 'thread' | 'handled'> & {
      threadId: string;
      tenant: string;
      address: Address;
      lane: string;
      boxId: string | null;
    })[]
  >`
    SELECT d.id, d.door, d.speaker, d.text, d.interactive, d.thread_id AS "threadId", t.tenant, t.address, t.lane, t.box_id AS "boxId"
    FROM deliveries d JOIN threads t ON t.id = d.thread_id
    WHERE d.id = ${id}::uuid AND d.processed_at IS NULL FOR UPDATE OF d SKIP LOCKED`;
  if (row === undefined) return undefined;
  const { threadId, tenant, address, lane, boxId, ...delivery } = row;
  // Counted once the row is locked: a count in the statement above could miss the line that another process has just ended.
  // A delivery of one line is processed with it, so that costs no query.
  const handled = row.text.includes('\n') ? await tx.command.count({ where: { deliveryId: id } }) : 0;
  return { ...delivery, handled, thread: { id: threadId, door: row.door, tenant, address, lane, boxId } };
}

/** Deliveries that nobody finished for `olderThanMs`: their process died. */
export async function abandonedDeliveries(tx: Tx, olderThanMs: number, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM deliveries WHERE processed_at IS NULL AND received_at < now() - ${olderThanMs} * interval '1 millisecond'
    ORDER BY received_at LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

export async function finishDelivery(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE deliveries SET processed_at = now() WHERE id = ${id}::uuid`;
}

/** Writes another text over what was typed. */
export async function rewriteDelivery(tx: Tx, id: string, text: string): Promise<void> {
  await tx.$executeRaw`UPDATE deliveries SET text = ${text} WHERE id = ${id}::uuid`;
}

export interface NewCommand {
  id: string;
  deliveryId: string;
  ordinal: number;
  accountId: string | undefined;
  verb: string;
  threadId: string;
  visibility: 'thread' | 'private';
}

/** A command with its only reply: recorded, answered, its message queued, its delivery ended when `last`; one statement. */
export async function recordAnswered(tx: Tx, command: NewCommand, answer: Reply, last: boolean): Promise<void> {
  const reply = namingCode(answer);
  const body = JSON.stringify({ kind: 'reply', reply });
  const kept = JSON.stringify({ kind: 'reply', reply: withoutCode(reply) });
  await tx.$executeRaw`
    WITH asked AS (
        INSERT INTO commands (id, delivery_id, ordinal, account_id, verb, thread_id, visibility, finished_at)
        VALUES (${command.id}::uuid, ${command.deliveryId}::uuid, ${command.ordinal}, ${command.accountId ?? null}::uuid, ${command.verb},
          ${command.threadId}::uuid, ${command.visibility}, now())),
      answered AS (INSERT INTO replies (id, command_id, kind, body) VALUES (${newId()}::uuid, ${command.id}::uuid, 'final', ${kept}::jsonb)),
      done AS (UPDATE deliveries SET processed_at = now() WHERE id = ${command.deliveryId}::uuid AND ${last})
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, kind, visibility, body)
    SELECT ${newId()}::uuid, t.id, t.door, t.lane, ${command.id}::uuid, ${command.accountId ?? null}::uuid, 'final', ${command.visibility}, ${body}::jsonb
    FROM threads t WHERE t.id = ${command.threadId}::uuid`;
}

export interface Answered {
  command: NewCommand;
  reply: Reply;
}

/**
 * The same for deliveries of one command each that were read without a lock, in one statement: what another process has answered
 * meanwhile is left as it is.
 */
export async function recordAnswers(tx: Tx, answers: readonly Answered[]): Promise<void> {
  const rows = answers.map(({ command, reply }) => ({
    ...command,
    replyId: newId(),
    messageId: newId(),
    body: { kind: 'reply', reply },
  }));
  await tx.$executeRaw`
    WITH answered AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS a(id uuid, "deliveryId" uuid, ordinal int, "accountId" uuid,
          verb text, "threadId" uuid, visibility text, "replyId" uuid, "messageId" uuid, body jsonb)),
      done AS (
        UPDATE deliveries d SET processed_at = now() FROM answered a WHERE d.id = a."deliveryId" AND d.processed_at IS NULL RETURNING d.id),
      ours AS (SELECT a.* FROM answered a JOIN done ON done.id = a."deliveryId"),
      asked AS (
        INSERT INTO commands (id, delivery_id, ordinal, account_id, verb, thread_id, visibility, finished_at)
        SELECT id, "deliveryId", ordinal, "accountId", verb, "threadId", visibility, now() FROM ours),
      replied AS (INSERT INTO replies (id, command_id, kind, body) SELECT "replyId", id, 'final', body FROM ours)
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, kind, visibility, body)
    SELECT ours."messageId", t.id, t.door, t.lane, ours.id, ours."accountId", 'final', ours.visibility, ours.body
    FROM ours JOIN threads t ON t.id = ours."threadId" ORDER BY ours."messageId"`;
}

/** A command whose final reply comes from a job; its progress message starts empty, and its delivery ends with it when `last`. */
export async function recordWaiting(
  tx: Tx,
  command: NewCommand,
  wait: { jobId: string; boxId: string },
  last = false,
): Promise<void> {
  const body = JSON.stringify({ kind: 'progress', progress: { title: '', lines: [] } });
  await tx.$executeRaw`
    WITH asked AS (
        INSERT INTO commands (id, delivery_id, ordinal, account_id, verb, thread_id, visibility, job_id, box_id)
        VALUES (${command.id}::uuid, ${command.deliveryId}::uuid, ${command.ordinal}, ${command.accountId ?? null}::uuid, ${command.verb},
          ${command.threadId}::uuid, ${command.visibility}, ${wait.jobId}::uuid, ${wait.boxId}::uuid)),
      done AS (UPDATE deliveries SET processed_at = now() WHERE id = ${command.deliveryId}::uuid AND ${last})
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, job_id, kind, visibility, body, wanted, state)
    SELECT ${newId()}::uuid, t.id, t.door, t.lane, ${command.id}::uuid, ${command.accountId ?? null}::uuid, ${wait.jobId}::uuid,
      'progress', ${command.visibility}, ${body}::jsonb, 0, 'sent'
    FROM threads t WHERE t.id = ${command.threadId}::uuid`;
}

/** Gives every command that waits for the job its one final reply; returns the lanes to wake. Calling it again does nothing. */
export async function answerWaiting(tx: Tx, jobId: string, reply: Reply): Promise<string[]> {
  const body = JSON.stringify({ kind: 'reply', reply });
  const waiting = await tx.$queryRaw<
    { id: string; accountId: string | null; threadId: string; visibility: 'thread' | 'private' }[]
  >`
    UPDATE commands SET finished_at = now() WHERE job_id = ${jobId}::uuid AND finished_at IS NULL
    RETURNING id, account_id AS "accountId", thread_id AS "threadId", visibility`;
  const lanes = new Set<string>();
  for (const command of waiting) {
    await tx.$executeRaw`
      INSERT INTO replies (id, command_id, kind, body) VALUES (${newId()}::uuid, ${command.id}::uuid, 'final', ${body}::jsonb) ON CONFLICT DO NOTHING`;
    const lane = await queueMessage(tx, {
      threadId: command.threadId,
      commandId: command.id,
      ...(command.accountId === null ? {} : { accountId: command.accountId }),
      kind: 'final',
      visibility: reply.outcome === 'done' ? command.visibility : 'private',
      body: { kind: 'reply', reply },
    });
    if (lane !== undefined) lanes.add(lane);
  }
  return [...lanes];
}
