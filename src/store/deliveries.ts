// Deliveries: what arrived, once, and how far it was worked on.
import { withoutPrivateKeys } from '../accounts/private-key.ts';
import type { Arrival, Speaker } from '../threads/arrival.ts';
import type { Reply } from '../threads/reply.ts';
import type { Address } from '../threads/thread.ts';
import { only, type Tx } from './database.ts';
import { newId } from './ids.ts';
import type { Thread } from './threads.ts';

/** Writes what arrived; see `insertDeliveries`. */
export async function insertDelivery(tx: Tx, arrival: Arrival): Promise<{ id: string; duplicate: boolean }> {
  const { delivery, duplicate } = only(await insertDeliveries(tx, [arrival]));
  return { id: delivery, duplicate };
}

/** What arrived, and what is answered instead of doing it. */
export type WrittenDown = Arrival & { refusal?: Reply };

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
export async function insertDeliveries(tx: Tx, arrivals: readonly WrittenDown[]): Promise<WrittenArrival[]> {
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
          address jsonb, lane text, "deliveryId" text, speaker jsonb, text text, interactive boolean, ticket text, whole boolean, refusal jsonb)),
      place AS (
        INSERT INTO threads (id, door, tenant, key, address, lane)
        SELECT DISTINCT ON (door, tenant, key) "threadId", door, tenant, key, address, lane FROM arrived ORDER BY door, tenant, key
        ON CONFLICT (door, tenant, key) DO UPDATE SET lane = EXCLUDED.lane RETURNING id, door, tenant, key, address, box_id),
      written AS (
        INSERT INTO deliveries (id, door, tenant, delivery_id, thread_id, speaker, text, interactive, ticket, whole, refusal)
        SELECT a.id, a.door, a.tenant, a."deliveryId", place.id, a.speaker, a.text, a.interactive, decode(a.ticket, 'base64'), COALESCE(a.whole, false), a.refusal
        FROM arrived a JOIN place USING (door, tenant, key) ORDER BY a.door, a.tenant, a."deliveryId", a.id
        ON CONFLICT DO NOTHING RETURNING id, thread_id)
    SELECT written.id, place.id AS "threadId", place.address, place.box_id AS "boxId" FROM written JOIN place ON place.id = written.thread_id`;
  const places = new Map(written.map((row) => [row.id, row]));
  return Promise.all(
    asked.map(
      async ({ id, door, tenant, speaker, text, interactive, lane, deliveryId, whole = false, refusal = null }) => {
        const place = places.get(id);
        if (place === undefined)
          return { ...(await firstOf(tx, door, tenant, deliveryId)), duplicate: true, fresh: undefined };
        const thread = { id: place.threadId, door, tenant, address: place.address, lane, boxId: place.boxId };
        return {
          delivery: id,
          duplicate: false,
          fresh: { id, door, speaker, text, interactive, whole, refusal, thread, handled: 0, lost: 0 },
        };
      },
    ),
  );
}

/**
 * PostgreSQL keeps no NUL and no half characters; what stands in their place is refused by the grammar, and shown. Private keys are
 * kept nowhere.
 */
function storable(arrival: WrittenDown): WrittenDown {
  const { text, speaker } = arrival;
  const whole = (value: string): string => value.replaceAll('\0', '\u2400').toWellFormed();
  return {
    ...arrival,
    text: whole(withoutPrivateKeys(text)),
    speaker: { ...speaker, display: whole(speaker.display) },
  };
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
  /** Its commands run one after the other, each when the one before is done, and one message answers them all. */
  whole: boolean;
  /** What is answered instead of doing what it says. */
  refusal: Reply | null;
  thread: Thread;
  /** How many of its commands are done with. */
  handled: number;
  /** How many of those were not understood. */
  lost: number;
}

/** The commands in a text: one a line. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Locks a delivery that still needs work; undefined when it is done, another process has it, or its next command has to wait. */
export async function lockDelivery(tx: Tx, id: string): Promise<Delivery | undefined> {
  const [row] = await tx.$queryRaw<
    (Omit<Delivery, 'thread' | 'handled' | 'lost'> & {
      threadId: string;
      tenant: string;
      address: Address;
      lane: string;
      boxId: string | null;
    })[]
  >`
    SELECT d.id, d.door, d.speaker, d.text, d.interactive, d.whole, d.refusal, d.thread_id AS "threadId", t.tenant, t.address, t.lane, t.box_id AS "boxId"
    FROM deliveries d JOIN threads t ON t.id = d.thread_id
    WHERE d.id = ${id}::uuid AND d.processed_at IS NULL FOR UPDATE OF d SKIP LOCKED`;
  if (row === undefined) return undefined;
  const { threadId, tenant, address, lane, boxId, ...delivery } = row;
  // Counted once the row is locked: a count in the statement above could miss the line that another process has just ended.
  // A delivery of one line is processed with it, so that costs no query.
  const { handled, lost, waiting } = row.text.includes('\n') ? await countCommands(tx, id) : NONE;
  if (row.whole && waiting > 0) return undefined;
  return { ...delivery, handled, lost, thread: { id: threadId, door: row.door, tenant, address, lane, boxId } };
}

const NONE = { handled: 0, lost: 0, waiting: 0 };

async function countCommands(tx: Tx, deliveryId: string): Promise<typeof NONE> {
  const [row] = await tx.$queryRaw<(typeof NONE)[]>`
    SELECT count(*)::int AS handled, count(*) FILTER (WHERE verb = '')::int AS lost, count(*) FILTER (WHERE finished_at IS NULL)::int AS waiting
    FROM commands WHERE delivery_id = ${deliveryId}::uuid`;
  return row ?? NONE;
}

/**
 * Deliveries that nobody finished for `olderThanMs`: their process died. Of those that are answered as a whole, also the ones whose next
 * command can run by now, and not the ones whose command still waits. One of each person first, then the next of each.
 */
export async function abandonedDeliveries(
  tx: Tx,
  olderThanMs: number,
  limit: number,
): Promise<{ id: string; speaker: Speaker }[]> {
  return tx.$queryRaw`
    SELECT id, speaker FROM (
      SELECT id, speaker, received_at, row_number() OVER (PARTITION BY door, tenant, speaker ->> 'subject' ORDER BY received_at) AS nth
      FROM deliveries d WHERE processed_at IS NULL AND
        CASE WHEN whole AND EXISTS (SELECT 1 FROM commands c WHERE c.delivery_id = d.id)
          THEN NOT EXISTS (SELECT 1 FROM commands c WHERE c.delivery_id = d.id AND c.finished_at IS NULL)
          ELSE received_at < now() - ${olderThanMs} * interval '1 millisecond' END) AS abandoned
    ORDER BY nth, received_at LIMIT ${limit}`;
}

export async function finishDelivery(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE deliveries SET processed_at = now() WHERE id = ${id}::uuid`;
}

/** Writes another text over what was typed. */
export async function rewriteDelivery(tx: Tx, id: string, text: string): Promise<void> {
  await tx.$executeRaw`UPDATE deliveries SET text = ${text} WHERE id = ${id}::uuid`;
}
