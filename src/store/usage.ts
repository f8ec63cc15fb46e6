// Usage: the time each box ran, by size and provider.
import type { Tx } from './database.ts';
import { newId } from './ids.ts';

/** A box began to run, for whoever has it now; nothing when a row is open already. */
export async function openUsage(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO usage (id, box_id, account_id, provider, size, started_at)
    SELECT ${newId()}::uuid, id, account_id, provider, size, now() FROM boxes WHERE id = ${boxId}::uuid ON CONFLICT DO NOTHING`;
}

/** A box ceased to run; nothing when no row is open. */
export async function closeUsage(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`UPDATE usage SET ended_at = GREATEST(now(), started_at) WHERE box_id = ${boxId}::uuid AND ended_at IS NULL`;
}
