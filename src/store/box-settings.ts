// What a person settles about one box of theirs: after how much idleness it stops, and whether a connection starts it.
import type { Tx } from './database.ts';

/** After how many idle minutes it stops; null: never. What is planned for it has to be planned anew. */
export async function chooseIdle(tx: Tx, boxId: string, idleMinutes: number | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET idle_minutes = ${idleMinutes}::int, config_wanted = config_wanted + 1 WHERE id = ${boxId}::uuid AND state <> 'destroyed'`;
}

/** Boxes that stopped after the idle time of a tier stop after that of another one; what somebody chose stays, within that. How many. */
export async function followTier(tx: Tx, accountId: string, from: number | null, to: number | null): Promise<number> {
  if (from === to) return 0;
  const followed = await tx.$executeRaw`
    UPDATE boxes SET idle_minutes = ${to}::int, config_wanted = config_wanted + 1
    WHERE account_id = ${accountId}::uuid AND state <> 'destroyed' AND idle_minutes IS NOT DISTINCT FROM ${from}::int`;
  return followed + (await holdToTier(tx, accountId, to));
}

/** No live box of the account is idle for longer than its tier allows; null: it may. How many had to change. */
export async function holdToTier(tx: Tx, accountId: string, most: number | null): Promise<number> {
  if (most === null) return 0;
  return tx.$executeRaw`
    UPDATE boxes SET idle_minutes = ${most}::int, config_wanted = config_wanted + 1
    WHERE account_id = ${accountId}::uuid AND state <> 'destroyed' AND (idle_minutes IS NULL OR idle_minutes > ${most}::int)`;
}

/** Whether a connection starts it. */
export async function chooseWakes(tx: Tx, boxId: string, wakes: boolean): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET wakes = ${wakes} WHERE id = ${boxId}::uuid AND state <> 'destroyed'`;
}
