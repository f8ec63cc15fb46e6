// A running box that has been idle for fifty minutes, as the sweep finds it: warned of, and stopped.
import { lockLife, writeLife } from '../../src/store/lives.ts';
import { notify } from '../../src/store/notices.ts';
import { stopBox } from '../../src/worker/stop-box.ts';
import { warningLine, warningReply } from '../../src/worker/stop-words.ts';
import type { TestHouse } from './house.ts';

const MINUTE_MS = 60_000;

export async function stopOf(house: TestHouse, box: string): Promise<Date | null> {
  const [row] = await house.sql<{ stop_at: Date | null }>('SELECT stop_at FROM boxes WHERE name = $1', [box]);
  return row?.stop_at ?? null;
}

/** What the sweep does ten minutes before the stop; twice, as two replicas would. The planned stop, and how often its owner is told. */
export async function warn(house: TestHouse, boxName: string): Promise<{ stopAt: Date; told: number }> {
  const { db, now } = house.services;
  const [box] = await house.sql<{ id: string }>('SELECT id FROM boxes WHERE name = $1', [boxName]);
  const id = box?.id ?? '';
  const at = now();
  const stop = { at: new Date(at.getTime() + 10 * MINUTE_MS), cause: 'idle' } as const;
  return db.transaction(async (tx) => {
    const life = await lockLife(tx, id);
    if (life === undefined) throw new Error(`${boxName} does not run.`);
    const idle = {
      ...life,
      activity: 'idle',
      activitySince: new Date(at.getTime() - 50 * MINUTE_MS),
      activityWhy: 'no session, CPU 0.3 %, 1 KiB a minute over the network',
      warnedAt: at,
    } as const;
    await writeLife(tx, id, { ...idle, stop });
    const notice = {
      accountId: life.accountId,
      boxId: id,
      kind: 'warning',
      event: `warning:${id}:${stop.at.getTime()}`,
      reply: warningReply(idle, stop, at),
      line: warningLine(idle, stop, at),
    } as const;
    const told = [await notify(tx, notice), await notify(tx, notice)].filter(Boolean).length;
    return { stopAt: stop.at, told };
  });
}

/** What the sweep does when the time has come. */
export async function stopIdle(house: TestHouse, boxName: string): Promise<void> {
  const [box] = await house.sql<{ id: string }>('SELECT id FROM boxes WHERE name = $1', [boxName]);
  await stopBox(house.services, {
    boxId: box?.id ?? '',
    isDue: () => true,
    action: 'box.stopped_for_idle',
    reason: 'idle',
  });
}
