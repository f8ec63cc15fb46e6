// The embedded defaults: a private PostgreSQL and a private Redis in the data directory, under its lock.
import { realpath } from 'node:fs/promises';
import type { Logger } from '../log.ts';
import { diskError } from './disk.ts';
import { acquireDataDirLock, type DataDirLock } from './lock.ts';
import { clusterOwner, openPlaces, type Places } from './places.ts';
import { type EmbeddedPostgres, startPostgres } from './postgres.ts';
import { type EmbeddedRedis, startRedis } from './redis.ts';
import type { RunAs } from './run.ts';
import { resolveServiceUser } from './service-user.ts';

export interface EmbeddedOptions {
  /** Made when missing. */
  dataDir: string;
  logger: Logger;
  /** Ends a start that is under way; afterwards `stop` is what ends the servers. */
  signal: AbortSignal;
  /** Where to look for redis-server; the system's directories by default. */
  redisSearchPath?: readonly string[];
  /** PostgreSQL's platform package; the installed one by default. */
  postgresPackageDir?: string;
}

export interface EmbeddedServers {
  databaseUrl: string;
  redisUrl: string;
  /** Stops both and gives the directory free, in at most 10 s. May be called twice. */
  stop(): Promise<void>;
}

interface Ground {
  places: Places;
  user: RunAs | undefined;
  release(): void;
}

/**
 * Starts both servers at the same moment and keeps them running until `stop`. What an earlier run left behind is stopped first;
 * nothing committed is lost. Both listen on unix sockets only, and take this process's user alone.
 *
 * @throws ShellboxError `data_dir_locked`, `data_dir_unusable`, `redis_missing`, `disk_full` and those of the servers; nothing runs then
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServers> {
  return await onGround(options, async (ground) => {
    const [postgres, redis] = await Promise.allSettled([openPostgres(options, ground), openRedis(options, ground)]);
    if (postgres.status === 'fulfilled' && redis.status === 'fulfilled') {
      const stop = stopAll([postgres.value, redis.value], ground);
      return { databaseUrl: postgres.value.databaseUrl, redisUrl: redis.value.redisUrl, stop };
    }
    const started = [postgres, redis].flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await Promise.all(started.map((server) => server.stop()));
    throw [postgres, redis].find((result) => result.status === 'rejected')?.reason;
  });
}

/** PostgreSQL alone, for the verbs that need no queue and for a start with REDIS_URL. Otherwise like `startEmbedded`. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  return await onGround(options, async (ground) => {
    const postgres = await openPostgres(options, ground);
    return { databaseUrl: postgres.databaseUrl, stop: stopAll([postgres], ground) };
  });
}

/** Redis alone, for a start with DATABASE_URL. Otherwise like `startEmbedded`. */
export async function startEmbeddedRedis(options: EmbeddedOptions): Promise<EmbeddedRedis> {
  return await onGround(options, async (ground) => {
    const redis = await openRedis(options, ground);
    return { redisUrl: redis.redisUrl, stop: stopAll([redis], ground) };
  });
}

function openPostgres(
  { logger, signal, postgresPackageDir }: EmbeddedOptions,
  { places, user }: Ground,
): Promise<EmbeddedPostgres> {
  return startPostgres({ places, user, logger, signal, packageDir: postgresPackageDir });
}

function openRedis(
  { logger, signal, redisSearchPath }: EmbeddedOptions,
  { places, user }: Ground,
): Promise<EmbeddedRedis> {
  return startRedis({ places, user, logger, signal, searchPath: redisSearchPath });
}

/** The lock first, then the directories, then `start`; the lock is given back when any of it fails. */
async function onGround<T>(
  { dataDir, logger, signal }: EmbeddedOptions,
  start: (ground: Ground) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const locks: DataDirLock[] = [await acquireDataDirLock(dataDir)];
  const release = () => {
    for (const lock of locks) lock.release();
  };
  try {
    const directory = await realpath(dataDir);
    return await diskError(directory, async () => {
      const user = await resolveServiceUser(await clusterOwner(directory), signal);
      const places = await openPlaces({ dataDir: directory, user, logger, signal });
      // A copied data directory links to the same home: that one has its own lock.
      if (places.home !== directory) locks.push(await acquireDataDirLock(places.home));
      return await start({ places, user, release });
    });
  } catch (error) {
    release();
    throw error;
  }
}

function stopAll(servers: readonly { stop(): Promise<void> }[], { release }: Ground): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= Promise.all(servers.map((server) => server.stop())).then(release);
    return stopped;
  };
}
