// Many people while everything breaks: processes, network, Redis, database, disk, clock, platform, cloud. All of it is reproducible from its seed.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { watchTransitions } from '../support/transitions.ts';
import { planBlows, strike } from './blows.ts';
import { findings, unsettled } from './checks.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import type { Member } from './member.ts';
import { startWalks } from './walks.ts';
import { isWide } from './wide.ts';
import { watchFences } from './witness.ts';

const SEEDS = (process.env.FAULT_SEEDS ?? (isWide ? '1,2,3,4,5' : '1')).split(',').map(Number);
const PEOPLE = 50;
const LINES = isWide ? 40 : 8;
const BLOWS = isWide ? 200 : 40;
/** From the last blow on: everybody has their last answer, and what exists is what should. */
const CONVERGE_MS = 60_000;

describe.each(SEEDS)('a storm, seed %i', (seed) => {
  test(`${PEOPLE * LINES} commands with ${BLOWS} faults: one final reply each, no orphan, no lost box`, {
    timeout: 900_000,
  }, async () => {
    const lab = await openLaboratory(seed, 'standard');
    try {
      await watchTransitions(lab.sql);
      await watchFences(lab);
      await Promise.all((['bots', 'bots', 'worker', 'worker', 'worker'] as const).map(lab.launch));
      const random = mulberry32(seed);
      const walks = startWalks(lab, { people: PEOPLE, lines: LINES, random });
      const blows = befall(lab, random, () => walks.answered() / (PEOPLE * LINES));
      const [endedAt] = await Promise.all([blows, walks.done]);
      await converge(lab, walks.typed, CONVERGE_MS - (performance.now() - endedAt));
      process.stdout.write(
        `storm, seed ${seed}: ${walks.typed.length} commands, ${BLOWS} faults, converged ${Math.round((performance.now() - endedAt) / 100) / 10} s after the last\n`,
      );
      expect(await findings(lab, walks.typed)).toEqual([]);
    } finally {
      await lab.close();
    }
  });
});

/** All blows, spread over the work: the next one comes when as large a part of it is done, or after a while. When the last was over. */
async function befall(lab: Laboratory, random: () => number, done: () => number): Promise<number> {
  const plan = planBlows(BLOWS, random);
  const held = new Set<Member>();
  const underWay: Promise<void>[] = [];
  for (const [index, name] of plan.entries()) {
    // The last of the work is done in peace, so that there is something to converge to.
    const isDue = () => done() >= (index / plan.length) * 0.9;
    for (const until = performance.now() + 2000; !isDue() && performance.now() < until; ) await delay(20);
    underWay.push(strike(name, { lab, random, held }));
  }
  await Promise.all(underWay);
  return performance.now();
}

async function converge(lab: Laboratory, typed: Parameters<typeof unsettled>[1], withinMs: number): Promise<void> {
  const isSettled = async () => {
    const left = await unsettled(lab, typed);
    if (left.length > 0) throw new Error(left.slice(0, 5).join('; '));
    return true;
  };
  await eventually('everything is as it should be', isSettled, withinMs);
}
