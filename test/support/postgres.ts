// A real PostgreSQL for tests, on a socket in a folder of its own, with a fresh, migrated database.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbedded } from '../../src/embedded/embedded.ts';
import { createLogger } from '../../src/log.ts';
import { secret } from '../../src/secret.ts';
import { migrate } from '../../src/store/migrate.ts';

export interface Servers {
  databaseUrl: string;
  redisUrl: string;
  dataDir: string;
  stop(): Promise<void>;
}

/** Starts PostgreSQL and Redis as `shellbox start` does, and migrates. */
export async function startServers(): Promise<Servers> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shellbox-test-'));
  const logger = createLogger({ level: 'error', secrets: [] });
  const embedded = await startEmbedded({ dataDir, logger, signal: AbortSignal.timeout(60_000) });
  await migrate(secret(embedded.databaseUrl));
  await commitWithoutDisk(embedded.databaseUrl);
  return {
    databaseUrl: embedded.databaseUrl,
    redisUrl: embedded.redisUrl,
    dataDir,
    async stop() {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Nothing here outlives its test, and many suites share a disk: commits are as real as ever, only not flushed one by one. */
async function commitWithoutDisk(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('ALTER ROLE CURRENT_USER SET synchronous_commit = off');
  await client.end();
}
