// The fault laboratory: bots and worker processes over a real database and Redis, a chat platform and a seeded cloud with their own ledgers.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { type Chat, startChat } from '../fakes/chat.ts';
import type { FakeDiscord } from '../fakes/discord/discord.ts';
import type { Faults } from '../fakes/seeded-faults.ts';
import { createSeededCloud, type SeededCloud } from '../fakes/seeded-provider.ts';
import { serveSeededCloud } from '../fakes/seeded-server.ts';
import type { FakeSlack } from '../fakes/slack/slack.ts';
import { type Servers, startServers } from '../support/postgres.ts';

const SERVICE = fileURLToPath(new URL('../fakes/service.ts', import.meta.url));

export interface Member {
  role: 'bots' | 'worker';
  pid: number;
  /** As it calls itself in leases. */
  holder: string | undefined;
  inbound: string | undefined;
  /** Where Slack posts to. */
  events: string | undefined;
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

export interface LaboratoryOptions {
  /** Stopped at the end; without them there are servers of its own. */
  servers?: Servers;
  slack?: FakeSlack;
  /** Between two posts in a channel of Slack, milliseconds. */
  slackEveryMs?: number;
  discord?: FakeDiscord;
  /** In how many milliseconds the gateway of Discord is to be taken over; a short time when left out. */
  gatewayLeaseMs?: number;
}

export async function openLaboratory(
  seed: number,
  faults: Faults,
  options: LaboratoryOptions = {},
): Promise<Laboratory> {
  const servers = options.servers ?? (await startServers());
  const { slack, discord } = options;
  const cloud = createSeededCloud({ seed, faults });
  const server = await serveSeededCloud(cloud);
  const closing = new AbortController();
  const members = new Set<Member>();
  const chat = await startChat(() => [...members].flatMap((member) => member.inbound ?? []), closing.signal);
  const database = new Pool({ connectionString: servers.databaseUrl, max: 2 });
  database.on('error', () => {}); // the server may be the one that is killed; what is asked next connects anew
  const settings = JSON.stringify({
    databaseUrl: servers.databaseUrl,
    redisUrl: servers.redisUrl,
    cloud: server.url,
    chat: chat.url,
    log: process.env.LAB_LOG ?? 'fatal',
    ...(slack === undefined
      ? {}
      : {
          slack: {
            apiUrl: slack.apiUrl,
            botToken: slack.app.botToken,
            signingSecret: slack.app.signingSecret,
            everyMs: options.slackEveryMs,
          },
        }),
    ...(discord === undefined
      ? {}
      : {
          discord: {
            apiUrl: discord.apiUrl,
            token: discord.app.token,
            applicationId: discord.app.id,
            gatewayLeaseMs: options.gatewayLeaseMs,
          },
        }),
  });

  /** Slack posts to whoever lives. */
  function tellSlack(): void {
    slack?.deliverTo([...members].flatMap((member) => member.events ?? []));
  }

  async function launch(role: Member['role']): Promise<Member> {
    const child = spawn(process.execPath, [SERVICE, role, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const ready = await firstLine(child);
    const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
    const member: Member = { role, pid: child.pid ?? 0, ...ready, kill, gone };
    members.add(member);
    tellSlack();
    void gone.then(() => {
      members.delete(member);
      tellSlack();
    });
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

async function firstLine(child: ChildProcess): Promise<Pick<Member, 'inbound' | 'events' | 'holder'>> {
  if (child.stdout === null) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('The process ended before it was ready.');
}
