// The audit: written with what it tells of, numbered and chained by a sealer, checked by `doctor`.
import { createHash } from 'node:crypto';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';

export interface AuditEntry {
  /** Account id, or `system`, or the identity of somebody without an account. */
  actor: string;
  /** Past tense, dotted: `box.requested`, `key.added`. */
  action: string;
  /** Ids, never texts. */
  target: Readonly<Record<string, string | number>>;
}

/** Writes an entry in the caller's transaction. */
export async function audit(tx: Tx, entry: AuditEntry): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO audit (id, actor, action, target) VALUES (${newId()}::uuid, ${entry.actor}, ${entry.action}, ${JSON.stringify(entry.target)}::jsonb)`;
}

interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  action: string;
  target: unknown;
  number: bigint | null;
  hash: Uint8Array | null;
}

const FIRST_HASH = new Uint8Array(32);

/** Numbers and chains what is not sealed yet, oldest first; returns how many. One sealer at a time: the caller holds the lease. */
export async function sealAudit(tx: Tx, limit = 1000): Promise<number> {
  const [last] = await tx.$queryRaw<{ number: bigint; hash: Uint8Array }[]>`
    SELECT number, hash FROM audit WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1 FOR UPDATE`;
  const rows = await tx.$queryRaw<
    AuditRow[]
  >`SELECT id, at, actor, action, target, number, hash FROM audit WHERE number IS NULL ORDER BY id LIMIT ${limit} FOR UPDATE`;
  let number = last?.number ?? 0n;
  let hash = last?.hash ?? FIRST_HASH;
  const sealed = rows.map((row) => {
    number += 1n;
    hash = chain(hash, number, row);
    return { id: row.id, number, hash };
  });
  if (sealed.length > 0) {
    await tx.$executeRaw`
      UPDATE audit SET number = s.number, hash = decode(s.hash, 'hex')
      FROM unnest(${sealed.map((row) => row.id)}::uuid[], ${sealed.map((row) => Number(row.number))}::bigint[], ${sealed.map((row) => Buffer.from(row.hash).toString('hex'))}::text[])
        AS s(id, number, hash)
      WHERE audit.id = s.id AND audit.number IS NULL`;
  }
  return sealed.length;
}

/** The newest entry of the chain; undefined while there is none. */
export async function newestLink(tx: Tx): Promise<{ number: bigint; hash: Uint8Array; now: Date } | undefined> {
  const [row] = await tx.$queryRaw<{ number: bigint; hash: Uint8Array; now: Date }[]>`
    SELECT number, hash, now() AS now FROM audit WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1`;
  return row;
}

/** Whether the chain holds this very entry. One whose number is older than all that is kept is taken for held. */
export async function holdsLink(tx: Tx, link: { number: bigint; hash: Uint8Array<ArrayBuffer> }): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ held: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM audit WHERE number = ${link.number} AND hash = ${link.hash})
      OR COALESCE((SELECT min(number) FROM audit) > ${link.number}, false) AS held`;
  return row?.held === true;
}

/** Walks the whole chain; the number of the first row that does not follow from the one before it, or undefined. */
export async function firstBrokenLink(tx: Tx): Promise<{ checked: number; broken: number | undefined }> {
  let hash: Uint8Array = FIRST_HASH;
  let number = 0n;
  for (;;) {
    const rows = await tx.$queryRaw<AuditRow[]>`
      SELECT id, at, actor, action, target, number, hash FROM audit WHERE number > ${number} ORDER BY number LIMIT 1000`;
    if (rows.length === 0) return { checked: Number(number), broken: undefined };
    for (const row of rows) {
      hash = chain(hash, number + 1n, row);
      if (row.number !== number + 1n || row.hash === null || Buffer.compare(hash, row.hash) !== 0) {
        return { checked: Number(number), broken: Number(number + 1n) };
      }
      number += 1n;
    }
  }
}

function chain(before: Uint8Array, number: bigint, row: AuditRow): Uint8Array {
  const text = JSON.stringify([
    number.toString(),
    row.id,
    row.at.toISOString(),
    row.actor,
    row.action,
    canonical(row.target),
  ]);
  return createHash('sha256').update(before).update(text).digest();
}

/** jsonb does not keep the order of keys, so they are sorted. */
function canonical(target: unknown): unknown {
  if (typeof target !== 'object' || target === null) return target;
  return Object.entries(target).sort(([one], [other]) => (one < other ? -1 : 1));
}
