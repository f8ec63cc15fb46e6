// Tells those whose jobs wait for a worker how many are ahead and how long it usually takes, and corrects it as the line moves.
import type { Logger } from '../log.ts';
import type { QueueName } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';
import type { Database } from '../store/database.ts';
import { showWaiting, waitingJobs } from '../store/waiting.ts';
import { waitText } from '../threads/waiting.ts';
import type { UsualTimes } from './usual.ts';

/** Told no more often than this. */
const TELL_MS = 1000;

export interface WaitingTeller {
  stop(): Promise<void>;
}

/**
 * Looks every second at the queues in which this process has no place free; where it has one, nobody waits. Several processes may tell
 * the same: what is shown already is not written again. What fails is logged and comes again.
 */
export function tellWaiting(options: {
  db: Database;
  wakes: Pick<Wakes, 'wakeLanes'>;
  usual: UsualTimes;
  fullQueues: () => readonly QueueName[];
  logger: Logger;
}): WaitingTeller {
  const { db, wakes, usual, fullQueues, logger } = options;
  let telling: Promise<void> | undefined;

  async function tell(): Promise<void> {
    for (const queue of fullQueues()) {
      const waits: { jobId: string; note: string }[] = [];
      for (const { id, kind, provider, ahead } of await waitingJobs(db.tx, queue))
        waits.push({ jobId: id, note: waitText(ahead, await usual.of(kind, provider)) });
      if (waits.length > 0) await wakes.wakeLanes(await showWaiting(db.tx, waits));
    }
  }

  const timer = setInterval(() => {
    telling ??= tell()
      .catch((error: unknown) => logger.warn({ error }, 'Those who wait could not be told how long'))
      .finally(() => {
        telling = undefined;
      });
  }, TELL_MS);
  return {
    async stop() {
      clearInterval(timer);
      await telling;
    },
  };
}
