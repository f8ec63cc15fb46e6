// Instances: written down before the provider is asked, closed when they are known to be gone; and orphans, which no box owns.
import type { Tx } from './database.ts';
import { newId } from './ids.ts';

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
export async function openInstances(tx: Tx, boxId: string): Promise<{ incarnation: number; name: string }[]> {
  return tx.$queryRaw`SELECT incarnation, name FROM instances WHERE box_id = ${boxId}::uuid AND gone_at IS NULL ORDER BY incarnation`;
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
      EXISTS (SELECT 1 FROM jobs j WHERE j.box_id = b.id AND j.state IN ('queued', 'running', 'cancelling')) AS busy
    FROM instances i JOIN boxes b ON b.id = i.box_id WHERE i.name = ANY(${names})`;
}

export interface OrphanRow {
  name: string;
  ref: string;
  looks: number;
  ageMs: number;
}

/**
 * Notes that an instance without an owner was seen (once more); forgets those of the provider that were not seen this time.
 * A look counts only when each look before it had `apartMs`, by the database's clock: the second one at least so long after the first.
 */
export async function noteOrphans(
  tx: Tx,
  provider: string,
  seen: readonly { name: string; ref: string }[],
  apartMs: number,
): Promise<OrphanRow[]> {
  const names = seen.map((one) => one.name);
  await tx.$executeRaw`DELETE FROM orphans WHERE provider = ${provider} AND NOT (name = ANY(${names}))`;
  if (seen.length === 0) return [];
  return tx.$queryRaw`
    INSERT INTO orphans AS o (provider, name, ref, first_seen_at)
    SELECT ${provider}, s.name, s.ref, now() FROM unnest(${names}::text[], ${seen.map((one) => one.ref)}::text[]) AS s(name, ref)
    ON CONFLICT (provider, name) DO UPDATE SET ref = EXCLUDED.ref, removed_at = NULL,
      looks = o.looks + CASE WHEN now() - o.first_seen_at >= o.looks * ${apartMs}::float8 * interval '1 millisecond' THEN 1 ELSE 0 END
    RETURNING name, ref, looks, (EXTRACT(EPOCH FROM now() - o.first_seen_at) * 1000)::float8 AS "ageMs"`;
}

/** Marks an orphan as removed. Its row goes at the next look that does not find it; a look that does find it takes the mark back. */
export async function markOrphanRemoved(tx: Tx, provider: string, name: string): Promise<void> {
  await tx.$executeRaw`UPDATE orphans SET removed_at = now() WHERE provider = ${provider} AND name = ${name}`;
}

export interface OrphanSeen {
  provider: string;
  name: string;
  firstSeenAt: Date;
  looks: number;
}

/** Orphans that were seen and not removed, for operators. */
export async function listOrphans(tx: Tx): Promise<OrphanSeen[]> {
  return tx.$queryRaw`
    SELECT provider, name, first_seen_at AS "firstSeenAt", looks FROM orphans
    WHERE removed_at IS NULL ORDER BY first_seen_at`;
}
