// Starts the embedded servers for one test, and asks them things.
import { Redis } from 'ioredis';
import { Client, type QueryResultRow } from 'pg';
import { onTestFinished } from 'vitest';
import { type EmbeddedOptions, type EmbeddedServers, startEmbedded } from '../../src/embedded/embedded.ts';
import { type RecordedLine, recordingLogger } from './recorder.ts';

export interface RunningServers extends EmbeddedServers {
  lines: RecordedLine[];
}

/** Stopped when the test ends, if the test has not. */
export async function startServers(dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<RunningServers> {
  const { logger, lines } = recordingLogger();
  const servers = await startEmbedded({ dataDir, logger, signal: new AbortController().signal, ...options });
  onTestFinished(servers.stop);
  return { ...servers, lines };
}

export async function query<Row extends QueryResultRow>(databaseUrl: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => {}); // a server that is killed meanwhile; the query fails too
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function ping(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {}); // also rejects the call
  try {
    await redis.connect();
    return await redis.ping();
  } finally {
    redis.disconnect();
  }
}
