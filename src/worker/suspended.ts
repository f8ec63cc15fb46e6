// Stops the boxes of suspended accounts once their notice is over; nothing of them is removed.
import { SUSPENSION_NOTICE_MINUTES } from '../accounts/suspension.ts';
import type { Logger } from '../log.ts';
import type { Wakes } from '../queue/wakes.ts';
import { accountById } from '../store/accounts.ts';
import type { Database } from '../store/database.ts';
import { runningBoxesOfSuspended } from '../store/reconcile.ts';
import { say } from '../threads/reply.ts';
import { stopBox } from './stop-box.ts';

const AT_ONCE = 1000;

export interface SuspendedOptions {
  db: Database;
  wakes: Wakes;
  logger: Logger;
  /** Once it is aborted no further box is stopped. */
  signal: AbortSignal;
  noticeMinutes?: number;
}

export async function stopSuspended(options: SuspendedOptions): Promise<void> {
  const { db, logger, signal, noticeMinutes = SUSPENSION_NOTICE_MINUTES } = options;
  for (const boxId of await runningBoxesOfSuspended(db.tx, noticeMinutes, AT_ONCE)) {
    if (signal.aborted) return;
    const job = await stopBox(options, {
      boxId,
      isDue: async (tx, { accountId }) => (await accountById(tx, accountId))?.suspendedAt !== undefined,
      action: 'box.stopped_for_suspension',
      notice: ({ name }) => say(`${name} is being stopped: its owner's account is suspended. Everything is kept.`),
    });
    if (job !== undefined) logger.info({ box: boxId, job }, 'A box of a suspended account is stopped');
  }
}
