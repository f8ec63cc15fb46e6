// All crash runs over several laboratories side by side: which points there are, which processes died at them, and what went wrong.
import { inspect } from 'node:util';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { watchTransitions } from '../support/transitions.ts';
import { findings } from './checks.ts';
import { type Crash, type CrashBench, createCrashBench, type Tidies } from './crash.ts';
import type { Laboratory } from './laboratory.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { watchFences } from './witness.ts';

export interface Run {
  scenario: Scenario;
  crash: Crash;
}

export interface Survey {
  /** Everything that went wrong, in words. */
  wrong: readonly string[];
  /** How many runs there could be, how many there were, and in how many of those the process came to its point. */
  all: number;
  runs: number;
  died: number;
  /** A line for each point with the number of runs that it was survived in, by the side on which the process died. */
  report: readonly string[];
  /** The points at which no process died, or on one side only. */
  missed: readonly string[];
}

export interface SurveyOptions {
  open: (index: number) => Promise<Laboratory>;
  /** Laboratories side by side: they mostly wait for leases to run out. */
  benches: number;
  /** Nothing when it is left out. */
  tidies?: Tidies;
  scenarios?: readonly Scenario[];
  /** Points that count; all when it is left out. */
  concerns?: RegExp;
  /** Of all runs. */
  choose: (all: readonly Run[]) => readonly Run[];
  /** A point that no process came to, on one side or both, is tried again, and in the other commands that have it. */
  untilMet?: boolean;
}

export async function survey({
  open,
  benches,
  tidies = 'nothing',
  scenarios = SCENARIOS,
  concerns = /^/,
  choose,
  untilMet = false,
}: SurveyOptions): Promise<Survey> {
  const opened = await Promise.all(Array.from({ length: benches }, (_, index) => begin(open(index), tidies)));
  try {
    const all = (await shareOut(opened, scenarios, (bench, scenario) => runsOf(bench, scenario)))
      .flat()
      .filter(({ crash }) => concerns.test(crash.name));
    const tries = new Map<Run, number>();
    const results: Result[] = [];
    for (let runs = choose(all); runs.length > 0; runs = untilMet ? anotherTry(all, tries, results) : []) {
      for (const run of runs) tries.set(run, (tries.get(run) ?? 0) + 1);
      results.push(...(await shareOut(opened, runs, tried)));
    }
    const lastly = await Promise.all(opened.map(({ lab, bench }) => findings(lab, bench.typed())));
    const survived = results.filter(({ died, wrong }) => died && wrong.length === 0);
    const points = [...new Set(all.map(({ crash }) => pointOf(crash)))].toSorted().map((point) => {
      const here = survived.filter(({ crash }) => pointOf(crash) === point);
      const before = here.filter(({ crash }) => crash.when === 'before').length;
      return { point, before, after: here.length - before };
    });
    return {
      wrong: [...results.flatMap(({ wrong }) => wrong), ...lastly.flat()],
      all: all.length,
      runs: results.length,
      died: results.filter(({ died }) => died).length,
      report: points.map(
        ({ point, before, after }) =>
          `${String(before).padStart(4)}× before, ${String(after).padStart(4)}× after  ${point}`,
      ),
      missed: points.filter(({ before, after }) => before === 0 || after === 0).map(({ point }) => point),
    };
  } finally {
    await Promise.all(opened.map(({ lab }) => lab.close()));
  }
}

interface Result {
  crash: Crash;
  died: boolean;
  wrong: readonly string[];
}

async function tried(bench: CrashBench, { scenario, crash }: Run): Promise<Result> {
  const title = `${crash.role}, ${crash.when} ${crash.name}, in ${scenario.name}`;
  try {
    const { died, wrong } = await bench.run(scenario, crash);
    return { crash, died, wrong: told(wrong.map((fault) => `${title}: ${fault}`)) };
  } catch (cause) {
    return { crash, died: false, wrong: told([`${title}: ${inspect(cause)}`]) };
  }
}

/** What comes round may not have come in the time that a run has. */
const MOST_TRIES = 3;

/** A run for each point and side at which no process has died: in the command that was tried least. */
function anotherTry(all: readonly Run[], tries: ReadonlyMap<Run, number>, results: readonly Result[]): readonly Run[] {
  const triesOf = (run: Run) => tries.get(run) ?? 0;
  const met = new Set(results.flatMap(({ crash, died }) => (died ? [sideOf(crash)] : [])));
  const bySide = Map.groupBy(all, ({ crash }) => sideOf(crash));
  return [...bySide].flatMap(([side, runs]) => {
    const [run] = runs.toSorted((one, other) => triesOf(one) - triesOf(other));
    return met.has(side) || run === undefined || triesOf(run) >= MOST_TRIES ? [] : [run];
  });
}

/** At once, because all runs together take an hour. */
function told(wrong: readonly string[]): readonly string[] {
  for (const fault of wrong) process.stdout.write(`${fault}\n`);
  return wrong;
}

/** One run of each point, or of each side of it, in the command that the seed chooses. */
export function sampleOfEach(
  seed: number,
  what: (crash: Crash) => string = pointOf,
): (all: readonly Run[]) => readonly Run[] {
  return (all) => {
    const random = mulberry32(seed);
    const groups = [...Map.groupBy(all, ({ crash }) => what(crash)).values()];
    return groups.flatMap((runs) => runs[Math.floor(random() * runs.length)] ?? []);
  };
}

interface Opened {
  lab: Laboratory;
  bench: CrashBench;
}

async function begin(opening: Promise<Laboratory>, tidies: Tidies): Promise<Opened> {
  const lab = await opening;
  await watchTransitions(lab.sql);
  await watchFences(lab);
  await Promise.all([lab.launch('bots'), lab.launch('worker')]);
  return { lab, bench: createCrashBench(lab, tidies) };
}

async function runsOf(bench: CrashBench, scenario: Scenario): Promise<Run[]> {
  const points = await bench.watch(scenario);
  const sides = ['before', 'after'] as const;
  return points.flatMap((point) => sides.map((when) => ({ scenario, crash: { ...point, when } })));
}

/** Each laboratory takes the next as soon as it is done with one. */
async function shareOut<T, R>(
  opened: readonly Opened[],
  items: readonly T[],
  act: (bench: CrashBench, item: T) => Promise<R>,
): Promise<R[]> {
  const waiting = items.slice();
  const results: R[] = [];
  await Promise.all(
    opened.map(async ({ bench }) => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) results.push(await act(bench, item));
    }),
  );
  return results;
}

export const sideOf = (crash: Crash): string => `${crash.when} ${pointOf(crash)}`;
const pointOf = ({ role, name }: Crash): string => `${role}: ${name}`;
