// The fault laboratory: bots and worker processes over a real database and Redis, a chat platform and a seeded cloud with their own ledgers.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { type Chat, startChat } from '../fakes/chat.ts';
import type { Faults } from '../fakes/seeded-faults.ts';
import { createSeededCloud, type SeededCloud } from '../fakes/seeded-provider.ts';
import { serveSeededCloud } from '../fakes/seeded-server.ts';
import { type Servers, startServers } from '../support/postgres.ts';

const SERVICE = fileURLToPath(new URL('../fakes/service.ts', import.meta.url));

export interface Member {
  role: 'bots' | 'worker';
  inbound: string | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  gone: Promise<void>;
}

export interface Laboratory {
  chat: Chat;
  cloud: SeededCloud;
  servers: Servers;
  members(): readonly Member[];
  launch(role: Member['role']): Promise<Member>;
  flushRedis(): Promise<void>;
  sql<T extends object>(text: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

export async function openLaboratory(seed: number, faults: Faults): Promise<Laboratory> {
  const servers = await startServers();
  const cloud = createSeededCloud({ seed, faults });
  const server = await serveSeededCloud(cloud);
  const closing = new AbortController();
  const members = new Set<Member>();
  const chat = await startChat(() => [...members].flatMap((member) => member.inbound ?? []), closing.signal);
  const database = new Client({ connectionString: servers.databaseUrl });
  await database.connect();
  const settings = JSON.stringify({
    databaseUrl: servers.databaseUrl,
    redisUrl: servers.redisUrl,
    cloud: server.url,
    chat: chat.url,
    log: process.env.LAB_LOG ?? 'fatal',
  });

  async function launch(role: Member['role']): Promise<Member> {
    const child = spawn(process.execPath, [SERVICE, role, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const ready = await firstLine(child);
    const member: Member = { role, inbound: ready.inbound, kill: (signal) => void child.kill(signal), gone };
    members.add(member);
    void gone.then(() => members.delete(member));
    return member;
  }

  return {
    chat,
    cloud,
    servers,
    members: () => [...members],
    launch,
    async flushRedis() {
      const redis = new Redis(servers.redisUrl.replace('unix://', ''));
      await redis.flushall();
      redis.disconnect();
    },
    async sql<T extends object>(text: string, values: unknown[] = []) {
      return (await database.query<T>(text, values)).rows;
    },
    async close() {
      closing.abort();
      const all = [...members];
      for (const member of all) member.kill('SIGKILL');
      await Promise.all(all.map((member) => member.gone));
      await database.end();
      await chat.close();
      await server.close();
      await servers.stop();
    },
  };
}

async function firstLine(child: ChildProcess): Promise<{ inbound?: string }> {
  if (child.stdout === null) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('The process ended before it was ready.');
}
