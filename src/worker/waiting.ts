// Tells those whose jobs wait what they wait for: a worker, with how many are ahead and how long it usually takes, or a silent provider.
import { describeWhen } from '../boxes/text.ts';
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import type { QueueName } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';
import type { Database } from '../store/database.ts';
import { showWaiting, stuckJobs, waitingJobs } from '../store/waiting.ts';
import { silentText, waitText } from '../threads/waiting.ts';
import type { UsualTimes } from './usual.ts';

/** Told no more often than this. */
const TELL_MS = 1000;

export interface WaitingTeller {
  stop(): Promise<void>;
}

/**
 * Looks every second at the queues in which this process has no place free, where it has one nobody waits, and at the providers that do
 * not answer. Several processes may tell the same: what is shown already is not written again. What fails is logged and comes again.
 */
export function tellWaiting(options: {
  db: Database;
  wakes: Pick<Wakes, 'wakeLanes'>;
  usual: UsualTimes;
  fullQueues: () => readonly QueueName[];
  providers: ReadonlyMap<string, Pick<Provider, 'title'>>;
  now: () => Date;
  logger: Logger;
}): WaitingTeller {
  const { db, wakes, usual, fullQueues, providers, now, logger } = options;
  let telling: Promise<void> | undefined;

  async function tell(): Promise<void> {
    for (const queue of fullQueues()) {
      const waits: { jobId: string; note: string }[] = [];
      for (const { id, kind, provider, ahead } of await waitingJobs(db.tx, queue))
        waits.push({ jobId: id, note: waitText(ahead, await usual.of(kind, provider)) });
      await show(waits, false);
    }
    const stuck = await stuckJobs(db.tx);
    const notes = stuck.map(({ id, provider, since, timeZone }) => ({
      jobId: id,
      note: silentText(providers.get(provider)?.title ?? provider, describeWhen(since, now(), timeZone)),
    }));
    await show(notes, true);
  }

  async function show(waits: readonly { jobId: string; note: string }[], overSteps: boolean): Promise<void> {
    if (waits.length > 0) await wakes.wakeLanes(await showWaiting(db.tx, waits, { overSteps }));
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
