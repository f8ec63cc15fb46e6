// One connection to Redis for one purpose, such as asking whether it answers.
import { Redis } from 'ioredis';
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { redisAddress } from './address.ts';

/** @throws ShellboxError `redis_unusable` */
export async function pingRedis(redisUrl: Secret, deadlineMs: number): Promise<void> {
  await withRedis(redisUrl, deadlineMs, (redis) => redis.ping());
}

/** `deadlineMs` is for connecting and for each command. @throws ShellboxError `redis_unusable` */
export async function withRedis<T>(
  redisUrl: Secret,
  deadlineMs: number,
  work: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis(redisAddress(redisUrl), {
    lazyConnect: true,
    connectTimeout: deadlineMs,
    commandTimeout: deadlineMs,
    retryStrategy: () => null,
  });
  // The calls below reject as well, some of them only with the news that the connection is closed.
  let heard: Error | undefined;
  redis.on('error', (error: Error) => {
    heard ??= error;
  });
  try {
    await redis.connect();
    return await work(redis);
  } catch (cause) {
    throw new ShellboxError('redis_unusable', 'Redis does not answer.', {
      remedy: 'Start it, or correct REDIS_URL (user and password too).',
      cause: withoutCommand(heard ?? cause),
    });
  } finally {
    redis.disconnect();
  }
}

/** An error reply carries the command that it answers, and with that the password that was tried. */
function withoutCommand(error: unknown): unknown {
  return error instanceof Error && 'command' in error ? new Error(error.message) : error;
}
