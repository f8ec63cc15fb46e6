// Which database and Redis a verb works with: the operator's, those of a running `start`, or embedded ones of its own.
import type { Config } from '../config.ts';
import { startEmbedded, startEmbeddedPostgres, startEmbeddedRedis } from '../embedded/embedded.ts';
import { acquireDataDirLock } from '../embedded/lock.ts';
import { hadDatabase } from '../embedded/places.ts';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Secret, secret } from '../secret.ts';
import { readRecord } from './record.ts';

export interface Servers {
  databaseUrl: Secret;
  redisUrl: Secret;
  /** The database is ours to migrate: it was started here, for this program. */
  own: boolean;
}

interface Wanted {
  config: Config;
  logger: Logger;
  signal: AbortSignal;
  /** Gets what has to be undone at the end. */
  stack: AsyncDisposableStack;
}

/** For `start`: takes the data directory and starts what no URL names. @throws ShellboxError of the lock and of the servers */
export async function takeServers({ config, logger, signal, stack }: Wanted): Promise<Servers> {
  const { dataDir, databaseUrl, redisUrl } = config;
  const options = { dataDir, logger, signal };
  if (databaseUrl !== undefined && redisUrl !== undefined) {
    const lock = await acquireDataDirLock(dataDir);
    stack.defer(() => lock.release());
    return { databaseUrl, redisUrl, own: false };
  }
  if (databaseUrl !== undefined) {
    const redis = await startEmbeddedRedis(options);
    stack.defer(redis.stop);
    return { databaseUrl, redisUrl: secret(redis.redisUrl), own: false };
  }
  if (redisUrl !== undefined) {
    const postgres = await startEmbeddedPostgres(options);
    stack.defer(postgres.stop);
    return { databaseUrl: secret(postgres.databaseUrl), redisUrl, own: true };
  }
  const servers = await startEmbedded(options);
  stack.defer(servers.stop);
  return { databaseUrl: secret(servers.databaseUrl), redisUrl: secret(servers.redisUrl), own: true };
}

/**
 * For the verbs about what is there already: typed in the wrong folder they would find a database that was made for them, empty, and copy that.
 *
 * @throws ShellboxError `no_installation`, and those of `findServers`
 */
export async function findInstallation(wanted: Wanted): Promise<Servers & { isRunning: boolean }> {
  const { dataDir, databaseUrl } = wanted.config;
  if (databaseUrl !== undefined || (await hadDatabase(dataDir))) return await findServers(wanted);
  throw new ShellboxError('no_installation', `There is no installation in ${dataDir}.`, {
    remedy: 'Type it in the folder of its .env, or set SHELLBOX_DATA_DIR, or DATABASE_URL.',
  });
}

/** For the verbs beside `start`: what runs already is used, and what does not is started for the time of the verb. */
export async function findServers(wanted: Wanted): Promise<Servers & { isRunning: boolean }> {
  const { dataDir, databaseUrl, redisUrl } = wanted.config;
  if (databaseUrl !== undefined && redisUrl !== undefined) {
    return { databaseUrl, redisUrl, own: false, isRunning: false };
  }
  try {
    return { ...(await takeServers(wanted)), isRunning: false };
  } catch (error) {
    if (!(error instanceof ShellboxError) || error.code !== 'data_dir_locked') throw error;
    const record = await readRecord(dataDir);
    if (record !== undefined && isAlive(record.pid)) return { ...record, own: false, isRunning: true };
    throw new ShellboxError('data_dir_locked', error.message, {
      remedy: 'If it is just starting, wait a moment and try again.',
      cause: error,
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
