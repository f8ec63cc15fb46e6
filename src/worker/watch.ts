// The minute watch: measures running boxes and stops one that fills the host's disk outside its home.
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { QUEUE_OF, QUEUES } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';
import { audit } from '../store/audit.ts';
import { desire, noteHomeUsed } from '../store/boxes.ts';
import type { Database } from '../store/database.ts';
import { insertJob } from '../store/jobs.ts';
import { runningInstances } from '../store/reconcile.ts';
import { refOf, type SpecSource } from './box-spec.ts';

/** What a box may write outside its home where the engine sets no limit: packages, caches, logs. */
const ROOT_LIMIT_BYTES = 20 * 1024 ** 3;
const DEADLINE_MS = 30_000;

export interface WatchOptions {
  db: Database;
  wakes: Wakes;
  providers: ReadonlyMap<string, Provider>;
  source: SpecSource;
  logger: Logger;
  rootLimitBytes?: number;
}

export async function watchDisks(options: WatchOptions): Promise<void> {
  const { db, source, logger } = options;
  for (const provider of options.providers.values()) {
    for (const box of await runningInstances(db.tx, provider.name)) {
      try {
        const figures = await provider.measure(
          refOf({ id: box.boxId, incarnation: box.incarnation }, source.installId),
          { signal: AbortSignal.timeout(DEADLINE_MS) },
        );
        if (figures.homeUsedBytes !== undefined) await noteHomeUsed(db.tx, box.boxId, figures.homeUsedBytes);
        if ((figures.rootUsedBytes ?? 0) > (options.rootLimitBytes ?? ROOT_LIMIT_BYTES)) await stopFiller(options, box);
      } catch (error) {
        logger.debug({ box: box.boxId, error }, 'A box could not be measured; the next round tries again');
      }
    }
  }
}

async function stopFiller(
  { db, wakes, logger }: WatchOptions,
  box: { boxId: string; accountId: string },
): Promise<void> {
  const queue = QUEUE_OF.stop;
  const id = await db.transaction(async (tx) => {
    const made = await insertJob(tx, {
      kind: 'stop',
      queue,
      payload: { reason: 'reconcile' },
      boxId: box.boxId,
      accountId: box.accountId,
      maxTries: QUEUES[queue].maxTries,
    });
    if (made === undefined) return undefined;
    await desire(tx, box.boxId, 'stopped');
    await audit(tx, { actor: 'system', action: 'box.stopped_for_disk', target: { box: box.boxId, job: made } });
    return made;
  });
  if (id === undefined) return;
  logger.warn({ box: box.boxId, job: id }, 'A box fills the disk outside its home; it is stopped');
  await wakes.wakeWorker(queue, id);
}
