// A PostgreSQL and a Redis that really ask for passwords, which are recognisable wherever they slip out.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { freePort } from '../support/free-port.ts';
import { startServers } from '../support/postgres.ts';

export interface GuardedServers {
  databaseUrl: string;
  redisUrl: string;
  /** Asked by the superuser, past the password. */
  sql<T extends object>(text: string, values?: unknown[]): Promise<T[]>;
  redis: Redis;
  stop(): Promise<void>;
}

const ROLE = 'guarded';

export async function startGuardedServers(passwords: { database: string; redis: string }): Promise<GuardedServers> {
  const servers = await startServers();
  const url = new URL(servers.databaseUrl);
  url.username = 'postgres';
  url.pathname = '/postgres';
  const first = new Client({ connectionString: url.href });
  await first.connect();
  await first.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${passwords.database}'`);
  await first.query(`CREATE DATABASE ${ROLE} OWNER ${ROLE}`);
  const rules = join(servers.dataDir, 'pg_hba.conf');
  await writeFile(rules, `local ${ROLE} ${ROLE} scram-sha-256\n${await readFile(rules, 'utf8')}`);
  await first.query('SELECT pg_reload_conf()');
  await first.end();
  url.pathname = `/${ROLE}`;
  const database = new Client({ connectionString: url.href });
  await database.connect();

  const port = await freePort();
  const redisServer = startRedis(port, passwords.redis);
  const redis = new Redis({ port, password: passwords.redis });
  redis.on('error', () => {}); // it does not listen yet; it is tried again until it does
  await redis.ping();

  url.username = ROLE;
  url.password = passwords.database;
  return {
    databaseUrl: url.href,
    redisUrl: `redis://:${encodeURIComponent(passwords.redis)}@127.0.0.1:${port}`,
    async sql<T extends object>(text: string, values: unknown[] = []) {
      return (await database.query<T>(text, values)).rows;
    },
    redis,
    async stop() {
      await database.end();
      redis.disconnect();
      redisServer.kill('SIGTERM');
      await once(redisServer, 'exit');
      await servers.stop();
    },
  };
}

/** The password goes in by standard input, where no other user of the machine reads it. */
function startRedis(port: number, password: string): ChildProcess {
  const server = spawn('redis-server', ['-'], { stdio: ['pipe', 'ignore', 'ignore'] });
  server.stdin?.end(`port ${port}\nbind 127.0.0.1\nsave ""\nrequirepass ${password}\n`);
  return server;
}
