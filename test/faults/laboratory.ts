// The fault laboratory: bots and worker processes over a real database and Redis, a chat platform and a place for boxes with their own ledgers.
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { type Chat, startChat } from '../fakes/chat.ts';
import type { FakeDiscord } from '../fakes/discord/discord.ts';
import type { Faults } from '../fakes/seeded-faults.ts';
import type { SeededCloud } from '../fakes/seeded-provider.ts';
import type { FakeSlack } from '../fakes/slack/slack.ts';
import { type Servers, startServers } from '../support/postgres.ts';
import type { BoxPlace } from './box-place.ts';
import { launchMember, type Member, type Role } from './member.ts';
import { openSeededPlace } from './seeded-place.ts';

export interface Laboratory {
  chat: Chat;
  /** Where boxes are. */
  place: BoxPlace;
  /** The simulated one; empty where boxes are elsewhere. */
  cloud: SeededCloud;
  servers: Servers;
  members(): readonly Member[];
  launch(role: Role): Promise<Member>;
  /** For a process that is started elsewhere, such as one of an earlier release: where the parts of the house are. */
  places: Readonly<Record<'databaseUrl' | 'redisUrl' | 'cloud' | 'chat', string>>;
  /** Bots that were started elsewhere hear what people type, until they are gone. */
  welcome(inbound: string, gone: Promise<unknown>): void;
  flushRedis(): Promise<void>;
  /** SIGKILL; whoever supervises it starts it again, empty. */
  killRedis(): Promise<void>;
  /** Takes an instance away behind everybody's back, if there is one. */
  vanishOne(random: () => number): Promise<void>;
  /** The instance of this box. */
  vanishBox(boxId: string): Promise<void>;
  /** Ids of boxes that were made to look as if nobody had used them for long: they may stop by themselves. */
  unused: Set<string>;
  /** What all processes have logged by now. */
  log(): string;
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
  /** Closed at the end; without it boxes are in a simulated cloud. */
  place?: BoxPlace;
  /** To the database, of each process. */
  connections?: number;
  /** How long destroyed boxes can come back; not at all when left out. */
  destroyKeepHours?: number;
  /** Between two looks at a box; a minute when left out. */
  probeSeconds?: number;
}

const MOST_LAUNCHES = 10;
/** The database of tests takes 60 in all. */
const CONNECTIONS = 8;

export async function openLaboratory(
  seed: number,
  faults: Faults,
  options: LaboratoryOptions = {},
): Promise<Laboratory> {
  const servers = options.servers ?? (await startServers());
  const { slack, discord, destroyKeepHours, probeSeconds } = options;
  const seeded = await openSeededPlace(seed, faults);
  const place = options.place ?? seeded;
  const closing = new AbortController();
  const members = new Set<Member>();
  const logged: string[] = [];
  const guests = new Set<string>();
  const listeners = () => [...[...members].flatMap((member) => member.inbound ?? []), ...guests];
  const chat = await startChat(listeners, closing.signal);
  const database = new Pool({ connectionString: servers.databaseUrl, max: 2 });
  database.on('error', () => {}); // the server may be the one that is killed; what is asked next connects anew
  const parts = {
    database: servers.databaseUrl,
    redis: servers.redisUrl,
    cloud: place.url ?? seeded.url,
    chat: chat.url,
  };
  const settings = {
    log: process.env.LAB_LOG ?? 'info',
    connections: options.connections ?? CONNECTIONS,
    place: place.setting,
    destroyKeepHours,
    probeSeconds,
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
  };

  /** Slack posts to whoever lives. */
  function tellSlack(): void {
    slack?.deliverTo([...members].flatMap((member) => member.events ?? []));
  }

  async function withRedis(act: (redis: Redis) => Promise<void>): Promise<void> {
    const redis = new Redis(servers.redisUrl.replace('unix://', ''));
    redis.on('error', () => {}); // it may be away at this moment, and is back soon
    await act(redis);
    redis.disconnect();
  }

  /** As whatever restarts programs does: what a process needs to begin may be away for a moment. */
  async function begun(role: Role): Promise<Member> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await launchMember(role, parts, settings, (text) => void logged.push(text));
      } catch (error) {
        if (attempt >= MOST_LAUNCHES || closing.signal.aborted) throw error;
      }
    }
  }

  async function launch(role: Member['role']): Promise<Member> {
    const member = await begun(role);
    members.add(member);
    tellSlack();
    void member.gone.then(() => {
      members.delete(member);
      tellSlack();
    });
    return member;
  }

  return {
    chat,
    place,
    cloud: seeded.cloud,
    servers,
    members: () => [...members],
    launch,
    places: { databaseUrl: parts.database, redisUrl: parts.redis, cloud: parts.cloud, chat: parts.chat },
    welcome(inbound, gone) {
      guests.add(inbound);
      void gone.then(() => guests.delete(inbound));
    },
    flushRedis: () => withRedis(async (redis) => void (await redis.flushall())),
    killRedis: () =>
      withRedis(async (redis) => {
        const pid = /process_id:(\d+)/.exec(await redis.info('server'))?.[1];
        process.kill(Number(pid), 'SIGKILL');
      }),
    unused: new Set(),
    vanishOne: (random) => place.vanish((instances) => instances[Math.floor(random() * instances.length)]),
    vanishBox: (boxId) => place.vanish((instances) => instances.find((instance) => instance.boxId === boxId)),
    log: () => logged.join(''),
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
      await servers.stop();
      await seeded.close();
      if (place !== seeded) await place.close();
    },
  };
}
