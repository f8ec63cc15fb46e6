// Workers that are paused for longer than their lease, with jobs in their hands, and go on: they change nothing, and what they made meanwhile goes.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { FAST } from '../fakes/service.ts';
import { eventually } from '../support/eventually.ts';
import { watchTransitions } from '../support/transitions.ts';
import { findings, settled } from './checks.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import type { Member } from './member.ts';
import { startWalks } from './walks.ts';
import { isWide } from './wide.ts';
import { unfencedWrites, watchFences } from './witness.ts';

const SEED = Number(process.env.FAULT_SEED ?? 1);
const WORKERS = 10;
/** Somebody must be awake to take over. */
const MOST_AT_ONCE = 6;
const PAUSES = isWide ? 1000 : 50;
const PEOPLE = 40;
const LONGER_THAN_LEASE_MS = FAST.leaseMs + 2 * FAST.reconcileMs;
/** One look that finds it, and one that confirms it, after what may be under way has ended; then there is none too many. */
const ROUND_MS = 60_000;

test(`${PAUSES} times a worker of ten is paused past its lease and goes on: nothing extra, and nothing written`, {
  timeout: isWide ? 3_600_000 : 400_000,
}, async () => {
  // Calls take long enough that a worker is in the middle of one when it is paused.
  const lab = await openLaboratory(SEED, { slow: 0.7 }, { connections: 4 });
  try {
    await watchTransitions(lab.sql);
    await watchFences(lab);
    const workers = Array.from({ length: WORKERS }, () => lab.launch('worker'));
    await Promise.all([lab.launch('bots'), ...workers]);
    let over = false;
    const walks = startWalks(lab, {
      people: PEOPLE,
      lines: Number.POSITIVE_INFINITY,
      random: mulberry32(SEED),
      until: () => over,
    });
    let pauses = 0;
    while (pauses < PAUSES) pauses += await pauseSome(lab, Math.min(MOST_AT_ONCE, PAUSES - pauses));
    over = true;
    await walks.done;
    await settled(lab, walks.typed, ROUND_MS);
    expect(await unfencedWrites(lab)).toEqual([]);
    expect(await findings(lab, walks.typed)).toEqual([]);
  } finally {
    await lab.close();
  }
});

/** Pauses workers that have a job in their hands until it is somebody else's; how many lost one by that. */
async function pauseSome(lab: Laboratory, most: number): Promise<number> {
  const chosen = (await eventually('somebody at work', () => atWork(lab), 60_000)).slice(0, most);
  for (const member of chosen) member.kill('SIGSTOP');
  try {
    const held = await jobsOf(lab, chosen);
    await delay(LONGER_THAN_LEASE_MS);
    const still = await jobsOf(lab, chosen);
    expect(still.size, 'workers that hold a lease although they are paused').toBe(0);
    return held.size;
  } finally {
    for (const member of chosen) member.kill('SIGCONT');
  }
}

async function atWork(lab: Laboratory): Promise<Member[] | undefined> {
  const workers = lab.members().filter(({ role }) => role === 'worker');
  const holders = await jobsOf(lab, workers);
  const busy = workers.filter(({ holder }) => holders.has(holder));
  return busy.length === 0 ? undefined : busy;
}

/** Which of these hold a job that runs. */
async function jobsOf(lab: Laboratory, members: readonly Member[]): Promise<Set<string>> {
  const rows = await lab.sql<{ holder: string }>(
    'SELECT DISTINCT holder FROM jobs WHERE holder = ANY($1) AND lease_until > now()',
    [members.map(({ holder }) => holder)],
  );
  return new Set(rows.map(({ holder }) => holder));
}
