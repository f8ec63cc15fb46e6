// Every write to the database, every request to a provider or a platform, every program that is run is a point: a process dies before and
// after each of them, in each command that comes to it, in every place for boxes, and in the end all is as if it had not.
import { describe, expect, test } from 'vitest';
import { storeWrites } from '../fakes/statements.ts';
import { openCloudPlace } from './cloud-place.ts';
import { openDockerPlace } from './docker-place.ts';
import { openLaboratory } from './laboratory.ts';
import { SCENARIOS, SCENARIOS_IN_CLOUDS, SCENARIOS_ON_DOCKER } from './scenarios.ts';
import { type Run, type Survey, sampleOfEach, sideOf, survey } from './survey.ts';
import { isWide } from './wide.ts';

const isOfDocker = ({ crash }: Run): boolean => /^(?:docker|program)/.test(crash.name);

const SEED = Number(process.env.FAULT_SEED ?? 1);
/** To look at some of the scenarios only. */
const CHOSEN = new RegExp(process.env.FAULT_SCENARIOS ?? '');
/** What was destroyed can come back, and what nobody uses is found soon. */
const HOUSE = { destroyKeepHours: 24, probeSeconds: 5 };
const eachRun = (all: readonly Run[]): readonly Run[] => all;
/** Each point and side of it, in one command. */
const eachSide = sampleOfEach(SEED, sideOf);
/** Every point in every command takes an hour; with FAULT_EACH=side each point takes its turn once, before and after, in some minutes. */
const chooseWide = process.env.FAULT_EACH === 'side' ? eachSide : eachRun;
/** Points of rounds come round when they will, and once in a while not in the time that a run has. */
const LEAST_DIED = 0.85;
/** What boxes have in common is made for the first of them and found by all others, or put back by a round. */
const LEAST_DIED_FOR_REAL = 0.5;
/** What has points that only this place has, in few commands. */
const SAMPLED = ['spinup', 'start', 'destroy'];
const CLOUDS = [
  ['DigitalOcean', 'digitalocean', 'keep'],
  ['OVH', 'ovh', 'release'],
  ...(isWide
    ? ([
        ['DigitalOcean', 'digitalocean', 'release'],
        ['OVH', 'ovh', 'keep'],
      ] as const)
    : []),
] as const;
const REQUEST = /^cloud /;
/** Of the whole installation: made with its first box, put back by whichever process sees first that it is gone, and taken away with its last home. */
const IN_COMMON = /(?:tags|firewalls|account\/keys)(?:\/…)?$/;

describe(`a process that dies at any point of any command costs nothing, seed ${SEED}`, () => {
  test('on the simulated cloud', { timeout: 7_200_000 }, async () => {
    const found = await survey({
      open: (index) => openLaboratory(SEED * 100 + index, 'none', HOUSE),
      benches: 4,
      untilMet: isWide,
      scenarios: SCENARIOS.filter(({ name }) => CHOSEN.test(name)),
      choose: isWide ? chooseWide : sampleOfEach(SEED),
    });
    tell('simulated cloud', found);
    tellNotTried(found);
    expect(found.wrong).toEqual([]);
    expect(found.died / found.runs).toBeGreaterThan(LEAST_DIED);
    if (isWide) expect(found.missed).toEqual([]);
  });

  test('on Docker', { timeout: 7_200_000 }, async () => {
    const found = await survey({
      open: async () => openLaboratory(SEED, 'none', { ...HOUSE, place: await openDockerPlace() }),
      benches: isWide ? 3 : 1,
      // A host has no room for hundreds of boxes.
      tidies: 'box',
      scenarios: SCENARIOS_ON_DOCKER.filter(({ name }) => CHOSEN.test(name) && (isWide || SAMPLED.includes(name))),
      // What is written, and what the chat is asked for, is the same as on the simulated cloud: each point and side of it once.
      choose: (all) =>
        isWide
          ? [...chooseWide(all.filter(isOfDocker)), ...eachSide(all.filter((run) => !isOfDocker(run)))]
          : sampleOfEach(SEED)(all.filter((run) => run.crash.when === 'after' && isOfDocker(run))),
      untilMet: isWide,
    });
    tell('Docker', found);
    tellNotTried(found);
    expect(found.wrong).toEqual([]);
    expect(found.died / found.runs).toBeGreaterThan(LEAST_DIED_FOR_REAL);
    if (isWide) expect(found.missed).toEqual([]);
  });

  test.each(CLOUDS)(
    'on %s, where a stop will $2 the machine',
    { timeout: 7_200_000 },
    async (title, vendor, whenStopped) => {
      const found = await survey({
        open: async () => openLaboratory(SEED, 'none', { ...HOUSE, place: await openCloudPlace(vendor, whenStopped) }),
        benches: 2,
        tidies: 'box and protection',
        scenarios: SCENARIOS_IN_CLOUDS.filter(({ name }) => CHOSEN.test(name) && (isWide || SAMPLED.includes(name))),
        // Whatever else happens is the same everywhere.
        concerns: REQUEST,
        choose: isWide ? chooseWide : sampleOfEach(SEED),
        untilMet: isWide,
      });
      tell(`${title}, ${whenStopped}`, found);
      expect(found.wrong).toEqual([]);
      expect(found.died / found.runs).toBeGreaterThan(LEAST_DIED_FOR_REAL);
      if (isWide) expect(found.missed.filter((point) => !IN_COMMON.test(point))).toEqual([]);
    },
  );
});

function tell(where: string, { report, runs, all, died }: Survey): void {
  process.stdout.write(
    `${report.join('\n')}\n${where}, seed ${SEED}: ${report.length} points, ${runs} of ${all} runs, `,
  );
  process.stdout.write(`in ${died} the process came to its point\n`);
}

function tellNotTried({ report }: Survey): void {
  const met = report.join('\n');
  const never = storeWrites().filter((name) => !met.includes(name));
  process.stdout.write(`writes of other commands and rounds, not tried: ${never.join(', ')}\n`);
}
