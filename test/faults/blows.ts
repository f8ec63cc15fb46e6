// What befalls the house in a storm: each blow hits one part of it for a moment and is over by itself. The seed decides which, where and how long.
import { setTimeout as delay } from 'node:timers/promises';
import { processesIn } from '../embedded/processes.ts';
import { createChoice } from '../fakes/seeded-random.ts';
import { FAST } from '../fakes/service.ts';
import type { Laboratory } from './laboratory.ts';
import { type Member, PARTS, type Role } from './member.ts';

export interface BlowContext {
  lab: Laboratory;
  random: () => number;
  /** Members that a blow has hold of; another leaves them alone. */
  held: Set<Member>;
}

type Blow = (context: BlowContext) => Promise<void>;

const HOUR_MS = 3_600_000;
/** Long enough that somebody else has taken over what the stopped process held, before it goes on. */
const LEAST_FREEZE_MS = Math.max(FAST.leaseMs, FAST.laneLeaseMs) + 2 * FAST.reconcileMs;

function victim({ lab, random, held }: BlowContext, role?: Role): Member | undefined {
  const free = lab.members().filter((member) => !held.has(member) && (role === undefined || member.role === role));
  // Somebody of each role stays awake.
  const able = free.filter((one) => free.some((other) => other !== one && other.role === one.role));
  return able[Math.floor(random() * able.length)];
}

async function holding(context: BlowContext, blow: (member: Member) => Promise<void>, role?: Role): Promise<void> {
  const member = victim(context, role);
  if (member === undefined) return;
  context.held.add(member);
  try {
    await blow(member);
  } finally {
    context.held.delete(member);
  }
}

const kill: Blow = (context) =>
  holding(context, async (member) => {
    member.kill('SIGKILL');
    await member.gone;
    await context.lab.launch(member.role);
  });

const freeze: Blow = (context) =>
  holding(context, async (member) => {
    member.kill('SIGSTOP');
    await delay(LEAST_FREEZE_MS + context.random() * 1000);
    member.kill('SIGCONT');
  });

/** Between one process and one part of the house; `cut` breaks connections, `hold` lets them hang. */
const network =
  (how: 'cut' | 'hold'): Blow =>
  (context) =>
    holding(context, async (member) => {
      const part = PARTS[Math.floor(context.random() * PARTS.length)] ?? 'database';
      const link = member.links[part];
      link[how]();
      await delay(200 + context.random() * 2500);
      link.mend();
    });

const clock: Blow = (context) =>
  holding(context, async (member) => {
    member.order({ do: 'clock', aheadMs: Math.round((context.random() - 0.5) * 6 * HOUR_MS) });
    await delay(1000);
    member.order({ do: 'clock', aheadMs: 0 });
  });

/** As when the database fails over: every connection ends, and the next one works. */
const disconnect: Blow = async ({ lab }) => {
  await lab.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%:%'`);
};

/** A disk that takes nothing for a while looks like this to who waits for the database. */
const slowDisk: Blow = async ({ lab, random }) => {
  const [place] = await lab.sql<{ setting: string }>(`SELECT setting FROM pg_settings WHERE name = 'data_directory'`);
  const pids = await processesIn(place?.setting ?? '/nowhere');
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await delay(300 + random() * 1500);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
};

const BLOWS: Readonly<Record<string, { weight: number; blow: Blow }>> = {
  kill: { weight: 22, blow: kill },
  freeze: { weight: 10, blow: freeze },
  'network cut': { weight: 12, blow: network('cut') },
  'network held': { weight: 10, blow: network('hold') },
  'Redis emptied': { weight: 8, blow: ({ lab }) => lab.flushRedis() },
  'Redis killed': { weight: 3, blow: ({ lab }) => lab.killRedis() },
  'database disconnects': { weight: 6, blow: disconnect },
  'disk slow': { weight: 4, blow: slowDisk },
  'clock set': { weight: 5, blow: clock },
  'platform takes and does not answer': {
    weight: 6,
    blow: async ({ lab, random }) => lab.chat.loseAnswers(1 + Math.floor(random() * 3)),
  },
  'platform wants a pause': {
    weight: 5,
    blow: async ({ lab, random }) => lab.chat.limit(1 + Math.floor(random() * 5), 50 + random() * 500),
  },
  'platform fails': { weight: 5, blow: async ({ lab, random }) => lab.chat.fail(1 + Math.floor(random() * 5)) },
  'instance gone': { weight: 4, blow: ({ lab, random }) => lab.vanishOne(random) },
};
const chooseBlow = createChoice(Object.entries(BLOWS).map(([name, { weight }]) => [weight, name] as const));

/** Names of so many blows; the same for the same seed. */
export function planBlows(count: number, random: () => number): string[] {
  return Array.from({ length: count }, () => chooseBlow(random));
}

export async function strike(name: string, context: BlowContext): Promise<void> {
  await BLOWS[name]?.blow(context);
}
