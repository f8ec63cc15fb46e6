// The end of an installation in a Redis that it may share: keys of its queues go, unless somebody else waits at the same ones.
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { readQueueRemains, removeQueueRemains } from '../../src/queue/remains.ts';
import { secret } from '../../src/secret.ts';
import { startServers } from '../support/postgres.ts';

test('keys of the queues go, no other ones, and none while a worker waits there', { timeout: 30_000 }, async () => {
  const { redisUrl, stop } = await startServers();
  onTestFinished(stop);
  const path = redisUrl.replace('unix://', '');
  const redis = new Redis(path);
  onTestFinished(() => redis.disconnect());
  const theirs = ['bull:vm-control-2:meta', 'session:1'];
  await redis.mset(theirs.flatMap((key) => [key, 'theirs']));
  await redis.hset('bull:vm-provision:7-0', 'name', 'wake');

  const worker = new Worker('vm-control', async () => {}, { connection: { path } });
  await worker.waitUntilReady();
  expect(await readQueueRemains(secret(redisUrl))).toMatchObject({ workers: 1 });
  await expect(removeQueueRemains(secret(redisUrl))).rejects.toMatchObject({ code: 'redis_shared' });
  await worker.close(true);
  expect(await redis.exists('bull:vm-provision:7-0')).toBe(1);

  await removeQueueRemains(secret(redisUrl));
  expect(await readQueueRemains(secret(redisUrl))).toEqual({ keys: 0, workers: 0 });
  expect((await redis.keys('*')).sort()).toEqual(theirs);
});
