// Every write to the database, every request to the provider and to the platform is a point: a process dies before and after each, in each command.
import { expect, test } from 'vitest';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { watchTransitions } from '../support/transitions.ts';
import { findings } from './checks.ts';
import { type Crash, createCrashBench } from './crash.ts';
import { openLaboratory } from './laboratory.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { isWide } from './wide.ts';
import { watchFences } from './witness.ts';

const SEED = Number(process.env.FAULT_SEED ?? 1);
/** Laboratories side by side: they mostly wait for leases to run out. */
const BENCHES = 4;

interface Run {
  scenario: Scenario;
  crash: Crash;
}

test('a process that dies at any point of any command costs nothing', {
  timeout: isWide ? 7_200_000 : 600_000,
}, async () => {
  const benches = await Promise.all(Array.from({ length: BENCHES }, (_, index) => openBench(SEED * 100 + index)));
  try {
    const queue = SCENARIOS.slice();
    const all: Run[] = [];
    await Promise.all(
      benches.map(async ({ bench }) => {
        for (let scenario = queue.shift(); scenario !== undefined; scenario = queue.shift()) {
          const points = await bench.watch(scenario);
          for (const point of points)
            for (const when of ['before', 'after'] as const) all.push({ scenario, crash: { ...point, when } });
        }
      }),
    );
    const runs = isWide ? all : sample(all);
    const waiting = runs.slice();
    const wrong: string[] = [];
    const survived = new Map<string, Set<string>>();
    let missed = 0;
    await Promise.all(
      benches.map(async ({ bench }) => {
        for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
          const { scenario, crash } = run;
          const title = `${crash.role}, ${crash.when} ${crash.name}, in ${scenario.name}`;
          const outcome = await bench.run(scenario, crash).catch((error: unknown) => {
            throw new Error(title, { cause: error });
          });
          wrong.push(...outcome.wrong.map((fault) => `${title}: ${fault}`));
          if (process.env.LAB_TELL)
            process.stdout.write(`${Math.round(performance.now() / 1000)} s ${title} ${outcome.died}\n`);
          if (!outcome.died) missed += 1;
          else if (outcome.wrong.length === 0) {
            const key = `${crash.role}: ${crash.name}`;
            survived.set(key, (survived.get(key) ?? new Set()).add(`${scenario.name} ${crash.when}`));
          }
        }
      }),
    );
    for (const { lab, bench } of benches) wrong.push(...(await findings(lab, bench.typed())));
    const points = new Set(all.map(({ crash }) => `${crash.role}: ${crash.name}`));
    for (const point of [...points].toSorted()) process.stdout.write(`${survived.get(point)?.size ?? 0}×  ${point}\n`);
    process.stdout.write(
      `seed ${SEED}: ${runs.length} of ${all.length} runs, ${points.size} points, ${missed} not come to\n`,
    );
    expect(wrong).toEqual([]);
    expect(missed).toBeLessThan(runs.length / 10);
  } finally {
    await Promise.all(benches.map(({ lab }) => lab.close()));
  }
});

async function openBench(seed: number) {
  const lab = await openLaboratory(seed, 'none', { destroyKeepHours: 24 });
  await watchTransitions(lab.sql);
  await watchFences(lab);
  await Promise.all([lab.launch('bots'), lab.launch('worker')]);
  return { lab, bench: createCrashBench(lab) };
}

/** Each point once, in the command and at the side that the seed chooses. */
function sample(all: readonly Run[]): Run[] {
  const random = mulberry32(SEED);
  const byPoint = Map.groupBy(all, ({ crash }) => `${crash.role}: ${crash.name}`);
  return [...byPoint.values()].flatMap((runs) => runs[Math.floor(random() * runs.length)] ?? []);
}
