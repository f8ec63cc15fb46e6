// The minute watch: measures running boxes and stops one that fills the host's disk outside its home.
import { bytesText } from '../boxes/text.ts';
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { jobOf } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';
import { audit } from '../store/audit.ts';
import { type Box, desire, lockBox, noteHomeUsed } from '../store/boxes.ts';
import type { Database, Tx } from '../store/database.ts';
import { insertJob } from '../store/jobs.ts';
import { runningInstances } from '../store/reconcile.ts';
import { queueMessage } from '../store/threads.ts';
import { command, fail, text } from '../threads/reply.ts';
import { refOf, type SpecSource } from './box-spec.ts';

/** What a box may write outside its home where the engine sets no limit: packages, caches, logs. */
const ROOT_LIMIT_BYTES = 20 * 1024 ** 3;
const DEADLINE_MS = 30_000;
/** Boxes measured at one moment: one that does not answer must not use up the round for the rest, nor all of them the host. */
const AT_ONCE = 4;

export interface WatchOptions {
  db: Database;
  wakes: Wakes;
  providers: ReadonlyMap<string, Provider>;
  source: SpecSource;
  logger: Logger;
  /** Once it is aborted no further box is measured. */
  signal: AbortSignal;
  rootLimitBytes?: number;
}

interface Watched {
  boxId: string;
  incarnation: number;
}

export async function watchDisks(options: WatchOptions): Promise<void> {
  for (const provider of options.providers.values()) {
    // One list for all: each takes the next box when it is done with its last.
    const boxes = (await runningInstances(options.db.tx, provider.name)).values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const box of boxes) {
          if (options.signal.aborted) return;
          await look(options, provider, box);
        }
      }),
    );
  }
}

async function look(options: WatchOptions, provider: Provider, box: Watched): Promise<void> {
  const { db, source, logger, signal, rootLimitBytes = ROOT_LIMIT_BYTES } = options;
  try {
    const figures = await provider.measure(refOf({ id: box.boxId, incarnation: box.incarnation }, source.installId), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    });
    if (figures.homeUsedBytes !== undefined) await noteHomeUsed(db.tx, box.boxId, figures.homeUsedBytes);
    const usedBytes = figures.rootUsedBytes ?? 0;
    if (usedBytes <= rootLimitBytes) return;
    await stopFiller(options, box, { usedBytes, limitBytes: rootLimitBytes }).catch((error: unknown) =>
      logger.warn(
        { box: box.boxId, error },
        'A box that fills the disk could not be stopped; the next round tries again',
      ),
    );
  } catch (error) {
    logger.warn({ box: box.boxId, error }, 'A box could not be measured; the next round tries again');
  }
}

interface Fill {
  usedBytes: number;
  limitBytes: number;
}

async function stopFiller({ db, wakes, logger }: WatchOptions, watched: Watched, fill: Fill): Promise<void> {
  const wanted = jobOf('stop', 'reconcile');
  const stopped = await db.transaction(async (tx) => {
    // Measuring took a while: what was measured may be gone, and its owner may want something else by now.
    const box = await lockBox(tx, watched.boxId);
    if (box === undefined || box.state !== 'running' || box.desired !== 'running') return undefined;
    if (box.incarnation !== watched.incarnation) return undefined;
    const job = await insertJob(tx, { ...wanted, boxId: box.id, accountId: box.accountId });
    if (job === undefined) return undefined;
    // Of a locked box that should run this is always true; were it not, nothing of this may stay.
    if (!(await desire(tx, box.id, 'stopped'))) throw new Error('A locked box changed.');
    await audit(tx, { actor: 'system', action: 'box.stopped_for_disk', target: { box: box.id, job } });
    return { job, lane: await tell(tx, box, fill) };
  });
  if (stopped === undefined) return;
  logger.warn(
    { box: watched.boxId, job: stopped.job, ...fill },
    'A box fills the disk outside its home; it is stopped',
  );
  await wakes.wakeWorker(wanted.queue, stopped.job);
  if (stopped.lane !== undefined) await wakes.wakeLanes([stopped.lane]);
}

/** Says in the box's home thread what happens to it; the lane to wake. */
async function tell(tx: Tx, box: Box, { usedBytes, limitBytes }: Fill): Promise<string | undefined> {
  if (box.homeThreadId === null) return undefined;
  return queueMessage(tx, {
    threadId: box.homeThreadId,
    accountId: box.accountId,
    kind: 'notice',
    visibility: 'thread',
    body: {
      kind: 'notice',
      reply: fail(
        text(
          `${box.name} is being stopped: it has written ${bytesText(usedBytes)} outside its home, and ${bytesText(limitBytes)} is the most. ` +
            'Everything is kept, its home and what was written outside it. After a start, delete what you do not need outside the home, ' +
            'or it is stopped again.',
        ),
        command(`start ${box.name}`),
      ),
    },
  });
}
