// Whether a Redis answers, asked once over a connection of its own.

import { Redis } from 'ioredis';
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { redisAddress } from './address.ts';

/** @throws ShellboxError `redis_unusable` */
export async function pingRedis(redisUrl: Secret, deadlineMs: number): Promise<void> {
  const redis = new Redis(redisAddress(redisUrl), {
    lazyConnect: true,
    connectTimeout: deadlineMs,
    commandTimeout: deadlineMs,
    retryStrategy: () => null,
  });
  redis.on('error', () => {}); // the calls below reject as well
  try {
    await redis.connect();
    await redis.ping();
  } catch (cause) {
    throw new ShellboxError('redis_unusable', 'Redis does not answer.', {
      remedy: 'Start it, or correct REDIS_URL (user and password too).',
      cause,
    });
  } finally {
    redis.disconnect();
  }
}
