// Properties of the seeded cloud: calls that are retried end in the state that the contract demands, whatever the seed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BoxSpec, Provider, ProviderErrorCode } from '../../src/providers/provider.ts';
import { nextIncarnation } from '../contracts/provider-spec.ts';
import { type Faults, STANDARD_FAULTS } from './seeded-faults.ts';
import { boxCalled, context, INSTALL, readyCloud, settle } from './seeded-hurry.ts';

const VERBS = [
  'ensureHome',
  'create',
  'start',
  'stop',
  'destroy',
  'destroyHome',
  'configure',
  'reach',
  'next',
] as const;
type Step = { box: number; verb: (typeof VERBS)[number]; callers: number };
const steps = fc.array(
  fc.record({
    box: fc.integer({ min: 0, max: 2 }),
    verb: fc.constantFrom(...VERBS),
    callers: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 25 },
);
const seeds = fc.integer({ min: 1, max: 1_000_000 });
const NO_VANISHING: Faults = { ...STANDARD_FAULTS, vanish: 0 };

/** What one box should be after the steps so far, by the contract and nothing else. */
interface Expected {
  spec: BoxSpec;
  home: boolean;
  instance: 'none' | 'stopped' | 'running';
}

/** The outcome that the contract demands of a step, with the state after it. */
function demanded(state: Expected, verb: Step['verb']): { outcome: ProviderErrorCode | 'done'; after: Expected } {
  const { home, instance } = state;
  const done = (after: Partial<Expected>) => ({ outcome: 'done' as const, after: { ...state, ...after } });
  const refused = (outcome: ProviderErrorCode) => ({ outcome, after: state });
  switch (verb) {
    case 'ensureHome':
      return done({ home: true });
    case 'create':
      return home ? done({ instance: 'running' }) : refused('invalid');
    case 'start':
      return instance === 'none' ? refused('vanished') : done({ instance: 'running' });
    case 'stop':
      return done(instance === 'none' ? {} : { instance: 'stopped' });
    case 'configure':
    case 'reach':
      return instance === 'none' ? refused('vanished') : done({});
    case 'destroyHome':
      return done({ home: false });
    default:
      return done({ instance: 'none' });
  }
}

function called(provider: Provider, verb: Exclude<Step['verb'], 'next'>, spec: BoxSpec): Promise<unknown> {
  if (verb !== 'reach') return provider[verb](spec, context);
  const { boxId, incarnation, instanceName } = spec;
  const view = {
    boxId,
    incarnation,
    instanceName,
    ref: '',
    running: true,
    createdAt: new Date(),
    endpoint: undefined,
  };
  return provider.reach(spec, view, context);
}

/** Steps that no worker takes: a home goes after its instance, and a stopped box is not waited for. */
function makesSense({ instance }: Expected, verb: Step['verb']): boolean {
  return !(verb === 'destroyHome' && instance !== 'none') && !(verb === 'reach' && instance === 'stopped');
}

describe('calls that are retried', () => {
  test('end as the contract says after every step, whatever the faults, also when several callers make each call', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, steps, async (seed, sequence) => {
        const { cloud, provider } = await readyCloud(NO_VANISHING, seed);
        const boxes: Expected[] = [20_000, 20_001, 20_002].map((sshPort) => {
          return { spec: boxCalled(`box-${sshPort}`, sshPort), home: false, instance: 'none' };
        });
        for (const { box, verb, callers } of sequence) {
          const state = boxes[box];
          if (state === undefined || !makesSense(state, verb)) continue;
          const { outcome, after } = demanded(state, verb);
          const call = () => called(provider, verb === 'next' ? 'destroy' : verb, state.spec);
          const outcomes = await Promise.all(Array.from({ length: callers }, () => settle(call)));
          await cloud.settled();
          expect(new Set(outcomes)).toEqual(new Set([outcome]));
          boxes[box] = verb === 'next' ? { ...after, spec: nextIncarnation(after.spec) } : after;

          const seen = cloud.ledger.instances(INSTALL).map((record) => {
            return { name: record.instanceName, running: record.power.at(-1)?.running ?? false };
          });
          const wanted = boxes
            .filter(({ instance }) => instance !== 'none')
            .map(({ spec, instance }) => {
              return { name: spec.instanceName, running: instance === 'running' };
            });
          expect(seen).toHaveLength(wanted.length);
          expect(seen).toEqual(expect.arrayContaining(wanted));
          const homes = boxes.filter(({ home }) => home).map(({ spec }) => spec.boxId);
          expect(
            cloud.ledger
              .homes(INSTALL)
              .map((home) => home.boxId)
              .sort(),
          ).toEqual(homes.sort());
        }
        expect(cloud.ledger.duplicates()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('never make two instances of one incarnation, even with late work, vanishing and steps in any order at once', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, steps, async (seed, sequence) => {
        const { cloud, provider } = await readyCloud({ ...STANDARD_FAULTS, late: 0.1, vanish: 0.05 }, seed);
        const specs = ['one', 'two', 'three'].map((boxName) => boxCalled(boxName));
        for (const spec of specs) await settle(() => provider.ensureHome(spec, context));
        await Promise.all(
          sequence.flatMap(async ({ box, verb }) => {
            const spec = specs[box];
            if (spec === undefined || verb === 'next' || verb === 'reach' || verb === 'destroyHome') return;
            await settle(() => called(provider, verb, spec));
          }),
        );
        await cloud.settled();
        expect(cloud.ledger.duplicates().filter((pair) => pair.sameIncarnation)).toEqual([]);

        cloud.setFaults(NO_VANISHING);
        for (const spec of specs) expect(await settle(() => provider.create(spec, context))).toBe('done');
        expect(
          cloud.ledger
            .instances(INSTALL)
            .map((record) => record.instanceName)
            .sort(),
        ).toEqual(specs.map((spec) => spec.instanceName).sort());
        for (const spec of specs) {
          expect(await settle(() => provider.destroy(spec, context))).toBe('done');
          expect(await settle(() => provider.destroyHome(spec, context))).toBe('done');
        }
        expect(cloud.ledger.instances()).toEqual([]);
        expect(cloud.ledger.homes()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
