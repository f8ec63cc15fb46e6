// Stops a box because the house decided so: its job, what is wanted of it, the audit row and what its thread is told, in one transaction.
import { jobOf, NOTICES, type Reason } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';
import { audit } from '../store/audit.ts';
import { type Box, desire, lockBox } from '../store/boxes.ts';
import type { Database, Tx } from '../store/database.ts';
import { insertJob } from '../store/jobs.ts';
import { notify } from '../store/notices.ts';
import type { Reply } from '../threads/reply.ts';

export interface HouseStop {
  boxId: string;
  /** Asked of the locked box: what led to this may be over by now. */
  isDue(tx: Tx, box: Box): boolean | Promise<boolean>;
  /** Of the audit row, e.g. `box.stopped_for_disk`. */
  action: string;
  /** Of the job; `reconcile` when left out. */
  reason?: Reason;
  /** What its owner and its thread are told now; undefined where that is told when it has stopped. */
  notice?(box: Box): Reply;
}

/** The job that stops the box; undefined when it does not run, is worked on, or the reason is gone. */
export async function stopBox(
  { db, wakes }: { db: Database; wakes: Wakes },
  stop: HouseStop,
): Promise<string | undefined> {
  const wanted = jobOf('stop', stop.reason ?? 'reconcile');
  const stopped = await db.transaction(async (tx) => {
    const box = await lockBox(tx, stop.boxId);
    if (box === undefined || box.state !== 'running' || box.desired !== 'running') return undefined;
    if (!(await stop.isDue(tx, box))) return undefined;
    const job = await insertJob(tx, { ...wanted, boxId: box.id, accountId: box.accountId });
    if (job === undefined) return undefined;
    // Of a locked box that should run this is always true; were it not, nothing of this may stay.
    if (!(await desire(tx, box.id, 'stopped'))) throw new Error('A locked box changed.');
    await audit(tx, { actor: 'system', action: stop.action, target: { box: box.id, job } });
    if (stop.notice !== undefined) {
      const reply = stop.notice(box);
      const { id: boxId, accountId } = box;
      await notify(tx, { accountId, boxId, kind: 'stopped', event: `stopping:${job}`, reply, line: reply });
    }
    return job;
  });
  if (stopped === undefined) return undefined;
  await wakes.wakeWorker(wanted.queue, stopped);
  await wakes.changed(NOTICES);
  return stopped;
}
