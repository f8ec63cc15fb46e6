// One process of the laboratory: bots or worker, each part of the house behind a link of its own, and what it is told and asked.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Order } from '../fakes/points.ts';
import type { ServiceSettings } from '../fakes/service.ts';
import { type Link, openLink, type Place } from './links.ts';

const SERVICE = fileURLToPath(new URL('../fakes/service.ts', import.meta.url));
/** What PostgreSQL's clients look for in a folder of sockets. */
const POSTGRES_SOCKET = '.s.PGSQL.5432';

/** Characters of its log that are shown when a process ends by itself. */
const LAST_WORDS = 3000;

export type Role = 'bots' | 'worker';
export const PARTS = ['database', 'redis', 'cloud', 'chat'] as const;
export type Part = (typeof PARTS)[number];

export interface Member {
  role: Role;
  pid: number;
  /** As it calls itself in leases. */
  holder: string;
  inbound: string | undefined;
  /** Where Slack posts to. */
  events: string | undefined;
  links: Readonly<Record<Part, Link>>;
  kill(signal: NodeJS.Signals): void;
  order(order: Order): void;
  /** The points that it has met since it was told to watch, and how often. */
  met(): Promise<ReadonlyMap<string, number>>;
  /** Resolves when it is gone. */
  gone: Promise<void>;
  isGone(): boolean;
}

const readySchema = z.object({
  ready: z.object({ holder: z.string(), inbound: z.string().optional(), events: z.string().optional() }),
});
const metSchema = z.object({ met: z.array(z.tuple([z.string(), z.number()])) });

/** `log` is given what it writes to its log. */
export async function launchMember(
  role: Role,
  parts: Readonly<Record<Part, string>>,
  settings: Omit<ServiceSettings, 'databaseUrl' | 'redisUrl' | 'cloud' | 'chat'>,
  log: (text: string) => void,
): Promise<Member> {
  const folder = await mkdtemp(join(tmpdir(), 'sb-links-'));
  const database = await linkToPostgres(parts.database, join(folder, POSTGRES_SOCKET));
  const redis = await openLink({ path: parts.redis.replace('unix://', '') }, { path: join(folder, 'redis') });
  const [cloud, chat] = await Promise.all([linkToHttp(parts.cloud), linkToHttp(parts.chat)]);
  const links = { database, redis, cloud: cloud.link, chat: chat.link };
  const given: ServiceSettings = {
    ...settings,
    databaseUrl: behindFolder(parts.database, folder),
    redisUrl: `unix://${join(folder, 'redis')}`,
    cloud: cloud.url,
    chat: chat.url,
  };
  const child = spawn(process.execPath, [SERVICE, role, JSON.stringify(given)], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let last = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const text = chunk.toString();
    log(text);
    last = `${last}${text}`.slice(-LAST_WORDS);
    if (process.env.LAB_LOG !== undefined) process.stderr.write(text);
  });
  const { promise: exit, resolve: exited } = Promise.withResolvers<number | null>();
  child.once('exit', exited);
  const gone = exit.then(async (status) => {
    // Not killed by us: whoever reads of a failed run wants to know why.
    if (status !== 0 && status !== null) process.stderr.write(`${role} ended with status ${status}: ${last}\n`);
    await Promise.all(Object.values(links).map((link) => link.close()));
    await rm(folder, { recursive: true, force: true });
  });
  const [first] = await Promise.race([
    once(child, 'message'),
    gone.then(() => Promise.reject(new Error('The process ended before it was ready.'))),
  ]);
  const { ready } = readySchema.parse(first);
  return {
    role,
    pid: child.pid ?? 0,
    holder: ready.holder,
    inbound: ready.inbound,
    events: ready.events,
    links,
    kill: (signal) => void child.kill(signal),
    // It may die this very moment, as it was told to.
    order: (order) => void (child.connected && child.send(order, () => {})),
    async met() {
      child.send({ do: 'tell' } satisfies Order);
      const [message] = await once(child, 'message');
      return new Map(metSchema.parse(message).met);
    },
    gone,
    isGone: () => child.exitCode !== null || child.signalCode !== null,
  };
}

async function linkToPostgres(url: string, path: string): Promise<Link> {
  const folder = new URL(url).searchParams.get('host') ?? '';
  return openLink({ path: join(folder, POSTGRES_SOCKET) }, { path });
}

function behindFolder(url: string, folder: string): string {
  const changed = new URL(url);
  changed.searchParams.set('host', folder);
  return changed.href;
}

async function linkToHttp(url: string): Promise<{ link: Link; url: string }> {
  const { hostname, port, pathname } = new URL(url);
  const link = await openLink({ host: hostname, port: Number(port) });
  return { link, url: new URL(pathname, urlOf(link.place)).href };
}

const urlOf = (place: Place): string => ('port' in place ? `http://${place.host}:${place.port}` : '');
