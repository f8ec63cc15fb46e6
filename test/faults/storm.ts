// A storm: people at work while blows fall, then peace, in which everything has to come to where it should be.
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { watchTransitions } from '../support/transitions.ts';
import { planBlows, strike } from './blows.ts';
import type { BoxPlace } from './box-place.ts';
import { findings, settled, unsettled } from './checks.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import type { Member } from './member.ts';
import { startWalks } from './walks.ts';
import { watchFences } from './witness.ts';

export interface Storm {
  seed: number;
  people: number;
  /** That each of them types. */
  lines: number;
  blows: number;
  /** The simulated cloud when it is left out. */
  place?: BoxPlace;
}

const MEMBERS = ['bots', 'bots', 'worker', 'worker', 'worker'] as const;
/** From the last blow on: everybody has their last answer, and what exists is what should. */
const CONVERGE_MS = 60_000;
/** Of the work; the rest is done in peace, so that there is something to converge to. */
const STORMY_PART = 0.9;
/** However slow the work goes on, the next blow falls after this time. */
const LONGEST_PAUSE_MS = 2000;

/** What went wrong, in words; rejects when people are not answered, or it does not converge in time. */
export async function storm({ seed, people, lines, blows, place }: Storm): Promise<string[]> {
  const lab = await openLaboratory(seed, 'standard', place === undefined ? {} : { place });
  try {
    await watchTransitions(lab.sql);
    await watchFences(lab);
    await Promise.all(MEMBERS.map(lab.launch));
    const random = mulberry32(seed);
    const walks = startWalks(lab, { people, lines, random });
    const plan = planBlows(blows, random);
    process.stdout.write(`seed ${seed}: ${plan.join(', ')}\n`);
    const tellMore = async (cause: unknown): Promise<never> => {
      const left = (await unsettled(lab, walks.typed)).join('; ');
      throw new Error(`Left over: ${left}. What the processes logged is in ${await keepLog(lab, seed)}.`, { cause });
    };
    const [endedAt] = await Promise.all([
      befall(lab, plan, random, () => walks.answered() / (people * lines)),
      walks.done.catch(tellMore),
    ]);
    await settled(lab, walks.typed, CONVERGE_MS - (performance.now() - endedAt)).catch(tellMore);
    const seconds = Math.round((performance.now() - endedAt) / 100) / 10;
    process.stdout.write(
      `seed ${seed}: ${walks.typed.length} commands, ${blows} faults, all in order ${seconds} s after the last fault\n`,
    );
    return await findings(lab, walks.typed);
  } finally {
    await lab.close();
  }
}

/** All blows, spread over the work: the next one comes when as large a part of it is done, or after a while. When the last was over. */
async function befall(
  lab: Laboratory,
  plan: readonly string[],
  random: () => number,
  done: () => number,
): Promise<number> {
  const held = new Set<Member>();
  const underWay: Promise<void>[] = [];
  for (const [index, name] of plan.entries()) {
    const isDue = () => done() >= (index / plan.length) * STORMY_PART;
    for (const until = performance.now() + LONGEST_PAUSE_MS; !isDue() && performance.now() < until; ) await delay(20);
    underWay.push(strike(name, { lab, random, held }));
  }
  await Promise.all(underWay);
  return performance.now();
}

async function keepLog(lab: Laboratory, seed: number): Promise<string> {
  const path = join(tmpdir(), `storm-${seed}.log`);
  await writeFile(path, lab.log());
  return path;
}
