// The worker: woken by BullMQ, it claims due jobs of its queues from the database and runs them until it is told to stop.
import type { Logger } from '../log.ts';
import { JOB_VERSION, QUEUE_NAMES, type QueueName } from '../queue/queues.ts';
import { type Listener, listenQueue } from '../queue/wakes.ts';
import type { Secret } from '../secret.ts';
import type { Database } from '../store/database.ts';
import { claimJob } from '../store/jobs.ts';
import { onceMore } from './once-more.ts';
import { createPlaces } from './places.ts';
import { createJobRunner, type JobRunnerOptions, ShuttingDown } from './run-job.ts';
import { tellWaiting } from './waiting.ts';

const LOOK_MS = 5000;

export interface WorkerOptions extends JobRunnerOptions {
  redisUrl: Secret;
  /** Unique to this process. */
  holder: string;
}

export interface Worker {
  /** Claims nothing more, lets running jobs finish for `drainMs`, hands the rest back. */
  stop(drainMs: number): Promise<void>;
  /** Jobs that run in this process now. */
  running(): number;
}

export function startWorker(options: WorkerOptions): Worker {
  const { db, logger, holder, leaseMs } = options;
  const runner = createJobRunner(options);
  const kinds = Object.keys(options.handlers).map((kind) => `${kind}:${JOB_VERSION}`);
  const shutdown = new AbortController();
  const active = new Set<Promise<void>>();
  const places = createPlaces();
  const claims = onceMore(claimAll);
  let closing = false;

  /** Claims until no job is due for which there is a place free in this process. */
  async function claimAll(queue: QueueName): Promise<void> {
    while (!closing) {
      const full = places.full(queue);
      const job = await claim(db, logger, { queue, kinds, full, holder, leaseMs });
      if (job === undefined) return;
      const leave = places.take(queue, job.provider);
      const run = runner
        .run(job, shutdown.signal)
        .catch((error: unknown) => {
          logger.error({ job: job.id, error }, 'A job ended in a way nobody foresaw; its lease runs out');
        })
        .finally(() => {
          leave();
          active.delete(run);
          if (!closing) void claims.run(queue);
        });
      active.add(run);
    }
  }

  const listeners: Listener[] = QUEUE_NAMES.map((queue) =>
    listenQueue(options.redisUrl, logger, queue, () => claims.run(queue)),
  );
  // With Redis gone nobody wakes us, and the database still knows what is due.
  const look = setInterval(() => {
    for (const queue of QUEUE_NAMES) void claims.run(queue);
  }, LOOK_MS);
  const fullQueues = () => QUEUE_NAMES.filter((queue) => places.full(queue).length > 0);
  const { wakes, usual, providers, now } = options;
  const teller = tellWaiting({ db, wakes, usual, fullQueues, providers, now, logger });
  return {
    running: () => active.size,
    async stop(drainMs) {
      closing = true;
      clearInterval(look);
      await teller.stop();
      await claims.over();
      const timer = setTimeout(() => shutdown.abort(new ShuttingDown()), drainMs);
      await Promise.all(active);
      clearTimeout(timer);
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

async function claim(
  db: Database,
  logger: Logger,
  wanted: Parameters<typeof claimJob>[1],
): ReturnType<typeof claimJob> {
  try {
    return await claimJob(db.tx, wanted);
  } catch (error) {
    logger.warn({ error }, 'No job could be claimed; the reconciler wakes again');
    return undefined;
  }
}
