// Waking: BullMQ wakes workers, Redis pub/sub wakes doors and watchers. Losing a wake-up costs time, never work.
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { parsedJson } from '../parsed-json.ts';
import type { Secret } from '../secret.ts';
import { redisAddress } from './address.ts';
import { QUEUE_NAMES, QUEUES, type QueueName } from './queues.ts';

export interface Wakes {
  /** Wakes a worker for a job; `attempt` tells a retry's wake-up from the first one's. Never rejects: the reconciler wakes again. */
  wakeWorker(queue: QueueName, jobId: string, attempt?: number, delayMs?: number): Promise<void>;
  /** Tells the holders of lanes that messages are due. */
  wakeLanes(lanes: readonly string[]): Promise<void>;
  /** Tells whoever waits for a job or box that something about it changed. */
  changed(id: string): Promise<void>;
  close(): Promise<void>;
}

const LANES = 'shellbox:lanes';
const CHANGES = 'shellbox:changes';

/** A connection that keeps trying; commands fail at once while Redis is away, because the database decides anyway. */
function connect(url: Secret, logger: Logger): Redis {
  const redis = new Redis(redisAddress(url), {
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    retryStrategy: (times) => Math.min(50 * times, 2000),
  });
  redis.on('error', (error) => logger.warn({ code: 'redis', error: error.message }, 'Redis does not answer'));
  return redis;
}

export function openWakes(redisUrl: Secret, logger: Logger): Wakes {
  const connection = connect(redisUrl, logger);
  const queues = new Map(QUEUE_NAMES.map((name) => [name, new Queue(name, { connection })]));
  for (const queue of queues.values()) queue.on('error', () => {});

  const quietly = async (what: Promise<unknown>): Promise<void> => {
    await what.catch((error: unknown) =>
      logger.debug({ error: String(error) }, 'A wake-up was lost; the reconciler repeats it'),
    );
  };
  return {
    wakeWorker: (queue, jobId, attempt = 0, delayMs = 0) =>
      quietly(
        withDeadline(
          queues
            .get(queue)
            ?.add(
              'wake',
              { id: jobId },
              { jobId: `${jobId}-${attempt}`, attempts: 1, delay: delayMs, removeOnComplete: true, removeOnFail: true },
            ),
        ),
      ),
    wakeLanes: (lanes) =>
      lanes.length === 0 ? Promise.resolve() : quietly(withDeadline(connection.publish(LANES, JSON.stringify(lanes)))),
    changed: (id) => quietly(withDeadline(connection.publish(CHANGES, id))),
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})));
      connection.disconnect();
    },
  };
}

/** ioredis holds commands back while it reconnects; a wake-up that late is worth nothing. */
const WAKE_DEADLINE_MS = 2000;

function withDeadline(work: Promise<unknown> | undefined): Promise<unknown> {
  return Promise.race([
    Promise.resolve(work),
    new Promise((_, reject) => setTimeout(() => reject(new Error('Redis took too long')), WAKE_DEADLINE_MS).unref()),
  ]);
}

export interface Listener {
  close(): Promise<void>;
}

/** Calls back for every wake-up of lanes and every change; both are hints and may be lost. */
export function listen(
  redisUrl: Secret,
  logger: Logger,
  on: { lanes?: (lanes: string[]) => void; changed?: (id: string) => void },
): Listener {
  const connection = connect(redisUrl, logger);
  connection.on('message', (channel: string, text: string) => {
    if (channel === LANES) on.lanes?.(parseLanes(text));
    else on.changed?.(text);
  });
  void connection.subscribe(LANES, CHANGES).catch(() => {});
  return {
    async close() {
      connection.disconnect();
    },
  };
}

/** Whoever else uses this Redis may publish what they like there. */
function parseLanes(text: string): string[] {
  const value = parsedJson(text);
  return Array.isArray(value) ? value.filter((lane) => typeof lane === 'string') : [];
}

/** Calls `onWake` whenever the queue has something, at most `concurrency` at a time; the job's own id only says that there is work. */
export function listenQueue(redisUrl: Secret, logger: Logger, queue: QueueName, onWake: () => Promise<void>): Listener {
  const connection = connect(redisUrl, logger);
  const worker = new Worker(queue, onWake, {
    connection,
    concurrency: QUEUES[queue].concurrency,
    // The lease of the job row decides who works; a wake-up that stalls is simply dropped, and the reconciler wakes again.
    maxStalledCount: 0,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on('error', (error) => logger.warn({ code: 'queue', queue, error: error.message }, 'A queue does not answer'));
  return {
    async close() {
      await worker.close(true).catch(() => {});
      connection.disconnect();
    },
  };
}
