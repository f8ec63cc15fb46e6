// Instances: written down before the provider is asked, closed when they are known to be gone; and orphans, which no box owns.
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { NO_JOB } from './jobs.ts';

/** Writes down what will be asked for; may be called twice. */
export async function intendInstance(
  tx: Tx,
  instance: { boxId: string; incarnation: number; name: string },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO instances (id, box_id, incarnation, name) VALUES (${newId()}::uuid, ${instance.boxId}::uuid, ${instance.incarnation}, ${instance.name})
    ON CONFLICT DO NOTHING`;
}

export async function noteInstanceRef(tx: Tx, name: string, ref: string): Promise<void> {
  await tx.$executeRaw`UPDATE instances SET ref = ${ref} WHERE name = ${name}`;
}

/** Incarnations of a box that may still exist at the provider. */
export async function openInstances(
  tx: Tx,
  boxId: string,
): Promise<{ incarnation: number; name: string; ref: string | null }[]> {
  return tx.$queryRaw`SELECT incarnation, name, ref FROM instances WHERE box_id = ${boxId}::uuid AND gone_at IS NULL ORDER BY incarnation`;
}

export async function closeInstance(tx: Tx, name: string): Promise<void> {
  await tx.$executeRaw`UPDATE instances SET gone_at = now() WHERE name = ${name} AND gone_at IS NULL`;
}

/** The instance may have got older keys after newer ones: the newest are to be brought in once more. */
export async function wantConfigAgain(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET config_wanted = config_wanted + 1 WHERE id = ${boxId}::uuid AND state <> 'destroyed'`;
}

/** What the database says about instances with these names: the box's state, and whether this is the incarnation it stands on. */
export async function ownersOf(
  tx: Tx,
  names: readonly string[],
): Promise<{ name: string; state: string; desired: string; current: boolean; busy: boolean }[]> {
  return tx.$queryRaw`
    SELECT i.name, b.state, b.desired, b.incarnation = i.incarnation AS current,
      NOT (${NO_JOB}) AS busy
    FROM instances i JOIN boxes b ON b.id = i.box_id WHERE i.name = ANY(${names})`;
}

/** When this database began: whatever is older was made over another one. */
export async function databaseBegan(tx: Tx): Promise<Date> {
  const [row] = await tx.$queryRaw<{ began: Date }[]>`
    SELECT LEAST((SELECT min(started_at) FROM "_prisma_migrations"), (SELECT min(created_at) FROM accounts)) AS began`;
  return row?.began ?? new Date(0);
}

/** The incarnation that each of these boxes stands on, by id; boxes that are not there are not in it. */
export async function incarnationsOf(tx: Tx, boxIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ id: string; incarnation: number }[]>`
    SELECT id, incarnation FROM boxes WHERE id = ANY(${boxIds}::uuid[])`;
  return new Map(rows.map(({ id, incarnation }) => [id, incarnation]));
}

export interface OrphanRow {
  name: string;
  ref: string;
  looks: number;
  /** It was there when an operator released the house. */
  kept: boolean;
  removalAsked: boolean;
}

/**
 * Notes that an instance without an owner was seen (once more); forgets those of the provider that were not seen this time, unless an
 * operator knows of them. One that was removed and is there again begins anew. A look counts only when each look before it had `apartMs`, by the database's clock: the second one at least so
 * long after the first.
 */
export async function noteOrphans(
  tx: Tx,
  provider: string,
  seen: readonly { name: string; ref: string }[],
  apartMs: number,
): Promise<OrphanRow[]> {
  const names = seen.map((one) => one.name);
  await tx.$executeRaw`DELETE FROM orphans WHERE provider = ${provider} AND NOT (name = ANY(${names})) AND kept_at IS NULL`;
  await tx.$executeRaw`UPDATE orphans SET looks = 0 WHERE provider = ${provider} AND NOT (name = ANY(${names})) AND looks > 0`;
  if (seen.length === 0) return [];
  return tx.$queryRaw`
    INSERT INTO orphans AS o (provider, name, ref, first_seen_at)
    SELECT ${provider}, s.name, s.ref, now() FROM unnest(${names}::text[], ${seen.map((one) => one.ref)}::text[]) AS s(name, ref)
    ON CONFLICT (provider, name) DO UPDATE SET ref = EXCLUDED.ref, removed_at = NULL,
      first_seen_at = CASE WHEN o.removed_at IS NULL THEN o.first_seen_at ELSE now() END,
      looks = CASE WHEN o.removed_at IS NOT NULL THEN 1
        WHEN now() - o.first_seen_at >= o.looks * ${apartMs}::float8 * interval '1 millisecond' THEN o.looks + 1 ELSE o.looks END
    RETURNING name, ref, looks, kept_at IS NOT NULL AS kept, removal_asked_at IS NOT NULL AS "removalAsked"`;
}

/** Marks an orphan as removed. Its row goes at the next look that does not find it; a look that does find it takes the mark back. */
export async function markOrphanRemoved(tx: Tx, provider: string, name: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE orphans SET removed_at = now(), kept_at = NULL, removal_asked_at = NULL WHERE provider = ${provider} AND name = ${name}`;
}

/** Of these names, those that operators know of. */
export async function keptOrphans(tx: Tx, provider: string): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT name FROM orphans WHERE provider = ${provider} AND kept_at IS NOT NULL`;
  return new Set(rows.map(({ name }) => name));
}

/** An operator knows of all that are there now. */
export async function keepOrphans(tx: Tx): Promise<void> {
  await tx.$executeRaw`UPDATE orphans SET kept_at = now() WHERE kept_at IS NULL AND removed_at IS NULL`;
}

/** An operator wants these gone; the names of those that are there. The reconciler removes them in its next round. */
export async function askOrphansGone(tx: Tx, names: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    UPDATE orphans SET removal_asked_at = now()
    WHERE name = ANY(${names}) AND removed_at IS NULL AND looks > 0 RETURNING name`;
  return rows.map(({ name }) => name);
}

export interface OrphanSeen {
  provider: string;
  name: string;
  firstSeenAt: Date;
  looks: number;
  /** It was written down here before it was made: it goes by itself, unless there are too many. */
  isKnown: boolean;
  removalAsked: boolean;
}

/** Orphans that were seen and not removed, for operators. */
export async function listOrphans(tx: Tx): Promise<OrphanSeen[]> {
  return tx.$queryRaw`
    SELECT o.provider, o.name, o.first_seen_at AS "firstSeenAt", o.looks, o.removal_asked_at IS NOT NULL AS "removalAsked",
      o.kept_at IS NULL AND EXISTS (SELECT 1 FROM instances i WHERE i.name = o.name) AS "isKnown"
    FROM orphans o WHERE o.removed_at IS NULL AND o.looks > 0 ORDER BY o.first_seen_at, o.name`;
}
