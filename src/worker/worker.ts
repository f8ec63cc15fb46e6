// The worker: woken by BullMQ, it claims due jobs of its queues from the database and runs them until it is told to stop.

import type { Logger } from '../log.ts';
import { JOB_VERSION, QUEUE_NAMES, QUEUES, type QueueName } from '../queue/queues.ts';
import { type Listener, listenQueue } from '../queue/wakes.ts';
import type { Secret } from '../secret.ts';
import type { Database } from '../store/database.ts';
import { claimJob } from '../store/jobs.ts';
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
  const busy = new Map<QueueName, number>();
  let closing = false;

  /** Jobs one after the other until none is due, if the queue has a place free in this process. */
  async function work(queue: QueueName): Promise<void> {
    const others = busy.get(queue) ?? 0;
    if (others >= QUEUES[queue].concurrency) return;
    busy.set(queue, others + 1);
    try {
      await drain(queue);
    } finally {
      busy.set(queue, (busy.get(queue) ?? 1) - 1);
    }
  }

  async function drain(queue: QueueName): Promise<void> {
    while (!closing) {
      const job = await claim(db, logger, { queue, kinds, holder, leaseMs });
      if (job === undefined) return;
      const run = runner.run(job, shutdown.signal).catch((error: unknown) => {
        logger.error({ job: job.id, error }, 'A job ended in a way nobody foresaw; its lease runs out');
      });
      active.add(run);
      await run;
      active.delete(run);
    }
  }

  const listeners: Listener[] = QUEUE_NAMES.map((queue) =>
    listenQueue(options.redisUrl, logger, queue, () => work(queue)),
  );
  // With Redis gone nobody wakes us, and the database still knows what is due.
  const look = setInterval(() => {
    for (const queue of QUEUE_NAMES) void work(queue);
  }, LOOK_MS);
  const fullQueues = () => QUEUE_NAMES.filter((queue) => (busy.get(queue) ?? 0) >= QUEUES[queue].concurrency);
  const teller = tellWaiting({ db, wakes: options.wakes, usual: options.usual, fullQueues, logger });
  return {
    running: () => active.size,
    async stop(drainMs) {
      closing = true;
      clearInterval(look);
      await teller.stop();
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
