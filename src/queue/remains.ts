// What our queues keep in Redis, and its removal at an installation's end; nothing there is needed to go on.
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { withRedis } from './ping.ts';
import { QUEUE_NAMES } from './queues.ts';

const DEADLINE_MS = 10_000;
const AT_ONCE = 500;
/** BullMQ names the connections of its workers like its keys. */
const PREFIX = 'bull:';

export interface QueueRemains {
  keys: number;
  /** Workers that wait at queues of this Redis now, ours or those of an installation that shares it. */
  workers: number;
}

/** @throws ShellboxError `redis_unusable` */
export async function readQueueRemains(redisUrl: Secret): Promise<QueueRemains> {
  return await withRedis(redisUrl, DEADLINE_MS, async (redis) => {
    const clients = String(await redis.client('LIST')).split('\n');
    const workers = clients.filter((line) => line.includes(` name=${PREFIX}`)).length;
    return { keys: (await ownKeys(redis)).length, workers };
  });
}

/** Removes the keys of our queues. @throws ShellboxError `redis_unusable`, `redis_shared` while a worker waits there */
export async function removeQueueRemains(redisUrl: Secret): Promise<void> {
  const { workers } = await readQueueRemains(redisUrl);
  if (workers > 0) throw new ShellboxError('redis_shared', `${workers} workers wait at the queues of this Redis.`);
  await withRedis(redisUrl, DEADLINE_MS, async (redis) => {
    const keys = await ownKeys(redis);
    for (let from = 0; from < keys.length; from += AT_ONCE) await redis.unlink(keys.slice(from, from + AT_ONCE));
  });
}

async function ownKeys(redis: Parameters<Parameters<typeof withRedis>[2]>[0]): Promise<string[]> {
  const found = new Set<string>();
  for (const queue of QUEUE_NAMES) {
    for await (const keys of redis.scanStream({ match: `${PREFIX}${queue}:*`, count: AT_ONCE }))
      for (const key of keys) found.add(String(key));
  }
  return [...found].sort();
}
