// Torments the processes of the laboratory: kills them, stops them for longer than their leases, empties Redis; the seed decides when.
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { FAST } from '../fakes/service.ts';
import type { Laboratory, Member } from './laboratory.ts';

const BLOWS = 10;
const FLUSHES = [3, 7];
/** Which blow stops a process of which role; every other one kills somebody. */
const FREEZES: ReadonlyMap<number, Member['role']> = new Map([
  [1, 'worker'],
  [4, 'bots'],
  [6, 'worker'],
  [8, 'worker'],
]);
/** Long enough that somebody else has taken over what the stopped process held, before it goes on. */
const LEAST_FREEZE_MS = Math.max(FAST.leaseMs, FAST.laneLeaseMs) + 2 * FAST.reconcileMs;

/** How long a worker is waited for that has something to lose. */
const BUSY_WAIT_MS = 5_000;

export interface Torment {
  /** By performance.now(): when everybody was alive and awake again. */
  endedAt: number;
  /** Jobs whose worker was stopped with them in its hands until their lease had run out. */
  takenAway: number;
}

/** Ends when every process that was stopped goes on again; somebody of each role is alive then. */
export async function torment(lab: Laboratory, random: () => number): Promise<Torment> {
  const frozen = new Set<Member>();
  const freezes: Promise<number>[] = [];
  for (let blow = 0; blow < BLOWS; blow++) {
    await delay(700 + random() * 1200);
    if (FLUSHES.includes(blow)) await lab.flushRedis();
    const role = FREEZES.get(blow);
    const awake = lab.members().filter((member) => !frozen.has(member) && (role === undefined || member.role === role));
    const chosen = awake[Math.floor(random() * awake.length)];
    const victim = role === 'worker' ? ((await busyOne(lab, awake)) ?? chosen) : chosen;
    if (victim === undefined) continue;
    if (role === undefined) {
      victim.kill('SIGKILL');
      await victim.gone;
      await lab.launch(victim.role);
    } else {
      frozen.add(victim);
      freezes.push(freeze(lab, victim, LEAST_FREEZE_MS + random() * 1000).finally(() => frozen.delete(victim)));
    }
  }
  const takenAway = (await Promise.all(freezes)).reduce((sum, jobs) => sum + jobs, 0);
  return { endedAt: performance.now(), takenAway };
}

/** One that has a job in its hands, as soon as there is one; undefined when there is none for a while. */
async function busyOne(lab: Laboratory, members: readonly Member[]): Promise<Member | undefined> {
  const until = performance.now() + BUSY_WAIT_MS;
  while (performance.now() < until) {
    for (const member of members) if ((await heldBy(lab, member)).jobs > 0) return member;
    await delay(10);
  }
  return undefined;
}

/** Stops the process for so long; how many jobs it held at first. By the end it holds none and no lane, or it was not stopped. */
async function freeze(lab: Laboratory, member: Member, ms: number): Promise<number> {
  member.kill('SIGSTOP');
  try {
    const held = await heldBy(lab, member);
    await delay(ms);
    expect(await heldBy(lab, member)).toEqual({ jobs: 0, lanes: 0 });
    return held.jobs;
  } finally {
    member.kill('SIGCONT');
  }
}

async function heldBy(lab: Laboratory, member: Member): Promise<{ jobs: number; lanes: number }> {
  const [held = { jobs: 0, lanes: 0 }] = await lab.sql<{ jobs: number; lanes: number }>(
    `SELECT (SELECT count(*)::int FROM jobs WHERE holder LIKE $1 AND lease_until > now()) AS jobs,
      (SELECT count(*)::int FROM leases WHERE holder LIKE $1 AND until > now() AND name LIKE 'lane:%') AS lanes`,
    [`%:${member.pid}:%`],
  );
  return held;
}
