// What a person settles about one box of theirs: after how much idleness it stops, and whether a connection starts it.
import type { Tx } from './database.ts';

export interface BoxSettings {
  /** Null: it never stops for idleness. */
  idleMinutes: number | null;
  wakes: boolean;
  activity: 'active' | 'idle' | 'unknown';
  /** Since when it is that. */
  activitySince: Date | null;
  /** Until then it does not stop for idleness, because somebody said so. */
  extendedUntil: Date | null;
}

export async function boxSettings(tx: Tx, boxId: string): Promise<BoxSettings | undefined> {
  const [found] = await tx.$queryRaw<BoxSettings[]>`
    SELECT idle_minutes AS "idleMinutes", wakes, activity, activity_since AS "activitySince", extended_until AS "extendedUntil"
    FROM boxes WHERE id = ${boxId}::uuid`;
  return found;
}

/** Changes after how many idle minutes it stops (null: never). What was planned for it is void; it is planned anew. */
export async function chooseIdle(tx: Tx, boxId: string, idleMinutes: number | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET idle_minutes = ${idleMinutes}::int, warned_at = NULL, stop_at = NULL, stop_cause = NULL, activity = 'unknown'
    WHERE id = ${boxId}::uuid AND state <> 'destroyed'`;
}

/** Whether a connection starts it. */
export async function chooseWakes(tx: Tx, boxId: string, wakes: boolean): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET wakes = ${wakes} WHERE id = ${boxId}::uuid AND state <> 'destroyed'`;
}
