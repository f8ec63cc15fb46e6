// Servers whose PostgreSQL a test stops, kills and starts again while others work with it. What it has committed survives all of it.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, startEmbeddedRedis } from '../../src/embedded/embedded.ts';
import { createLogger } from '../../src/log.ts';
import { secret } from '../../src/secret.ts';
import { migrate } from '../../src/store/migrate.ts';
import { processesIn, serversIn } from '../embedded/processes.ts';
import type { Servers } from '../support/postgres.ts';

export interface RestartableServers extends Servers {
  /** As `pg_ctl stop -m fast`: connections are cut, transactions undone; resolves when it is gone. */
  stopDatabase(): Promise<void>;
  startDatabase(): Promise<void>;
  /** SIGKILL; the supervision starts it again. `everything`: its own processes too, of which some live on otherwise. */
  killDatabase(victims: 'postmaster' | 'everything'): Promise<void>;
}

/** Unlike those of other tests they flush each commit: an acknowledgement would mean nothing otherwise. A given folder stays. */
export async function startRestartable(given?: { dataDir: string }): Promise<RestartableServers> {
  const dataDir = given?.dataDir ?? (await mkdtemp(join(tmpdir(), 'shellbox-test-')));
  // So that the database's user can enter it: the database would lie in /var/lib otherwise, and stay there.
  await chmod(dataDir, 0o755);
  const logger = createLogger({ level: 'silent', secrets: [] });
  const options = (name: string) => ({ dataDir: join(dataDir, name), logger, signal: AbortSignal.timeout(60_000) });
  const redis = await startEmbeddedRedis(options('redis'));
  let postgres = await startEmbeddedPostgres(options('postgres'));
  await migrate(secret(postgres.databaseUrl));
  const cluster = join(dataDir, 'postgres', 'cluster');
  return {
    databaseUrl: postgres.databaseUrl,
    redisUrl: redis.redisUrl,
    dataDir,
    stopDatabase: () => postgres.stop(),
    async startDatabase() {
      postgres = await startEmbeddedPostgres(options('postgres'));
    },
    async killDatabase(victims) {
      const pids = victims === 'everything' ? await processesIn(cluster) : await serversIn(cluster);
      if (pids.length === 0) throw new Error('no database to kill');
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    },
    async stop() {
      await Promise.all([postgres.stop(), redis.stop()]);
      if (given === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
