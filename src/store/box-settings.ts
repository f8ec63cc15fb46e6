// What a person settles about one box of theirs: after how much idleness it stops, and whether a connection starts it.
import type { Tx } from './database.ts';

/** After how many idle minutes it stops; null: never. What is planned for it has to be planned anew. */
export async function chooseIdle(tx: Tx, boxId: string, idleMinutes: number | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET idle_minutes = ${idleMinutes}::int WHERE id = ${boxId}::uuid AND state <> 'destroyed'`;
}

/** Whether a connection starts it. */
export async function chooseWakes(tx: Tx, boxId: string, wakes: boolean): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET wakes = ${wakes} WHERE id = ${boxId}::uuid AND state <> 'destroyed'`;
}
