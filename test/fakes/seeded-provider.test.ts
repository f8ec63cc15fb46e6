// The seeded cloud under faults: the seed decides them, and calls that are retried still end in the right state.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BoxSpec, type Provider, ProviderError, type ProviderErrorCode } from '../../src/providers/provider.ts';
import { makeBoxSpec, makeHostKey, nextIncarnation } from '../contracts/provider-spec.ts';
import { failureCode } from '../contracts/provider-subject.ts';
import { FAULT_KINDS, type FaultKind, type Faults, STANDARD_FAULTS } from './seeded-faults.ts';
import { createSeededCloud, type SeededCloud } from './seeded-provider.ts';

const INSTALL = 'tseeded1';
const hostKey = makeHostKey();
const context = { signal: new AbortController().signal };
const RETRIED: readonly ProviderErrorCode[] = ['unavailable', 'timeout', 'rate_limited'];

/** A cloud whose waits take no time, but still let other calls go first. */
function hurriedCloud(seed: number, faults: Faults): SeededCloud {
  return createSeededCloud({ seed, faults, sleep: async () => void (await setImmediate()) });
}

function boxCalled(boxName: string, sshPort?: number): BoxSpec {
  return makeBoxSpec({ installId: INSTALL, boxName, hostKey, sshPort });
}

/** As a worker does it: what may be retried is retried; the rest is the outcome. */
async function settle(call: () => Promise<unknown>): Promise<ProviderErrorCode | 'done'> {
  for (let tries = 0; tries < 12; tries++) {
    try {
      await call();
      return 'done';
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (!RETRIED.includes(error.code)) return error.code;
    }
  }
  return expect.fail('no answer after 12 tries');
}

async function readyCloud(faults: Faults, seed = 1): Promise<{ cloud: SeededCloud; provider: Provider }> {
  const cloud = hurriedCloud(seed, 'none');
  const provider = cloud.provider();
  await provider.prepare(context);
  cloud.setFaults(faults);
  return { cloud, provider };
}

/** One fault, always, for a box that runs. */
async function runningUnder(faults: Faults) {
  const { cloud, provider } = await readyCloud('none');
  const box = boxCalled('victim');
  await provider.ensureHome(box, context);
  await provider.create(box, context);
  cloud.setFaults(faults);
  return { cloud, provider, box };
}

describe('each fault', () => {
  test('a lost answer is a time-out after the work was done', async () => {
    const { cloud, provider } = await readyCloud({ lost_answer: 1 });
    const box = boxCalled('lost');
    expect(await failureCode(provider.ensureHome(box, context))).toBe('timeout');
    expect(await failureCode(provider.create(box, context))).toBe('timeout');
    expect(cloud.ledger.instances(INSTALL).map((instance) => instance.instanceName)).toEqual([box.instanceName]);
  });

  test('a late call is a time-out whose work is done afterwards', async () => {
    const { cloud, provider } = await readyCloud({ late: 1 });
    const box = boxCalled('late');
    expect(await failureCode(provider.ensureHome(box, context))).toBe('timeout');
    await cloud.settled();
    expect(cloud.ledger.homes(INSTALL)).toHaveLength(1);
  });

  test.for(['unavailable', 'rate_limited'] as const)('%s is an answer before anything was done', async (kind) => {
    const { cloud, provider } = await readyCloud({ [kind]: 1 });
    const refusal: unknown = await provider.ensureHome(boxCalled('refused'), context).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: kind });
    if (kind === 'rate_limited') expect(refusal).toMatchObject({ retryAfterMs: expect.any(Number) });
    await cloud.settled();
    expect(cloud.ledger.homes()).toEqual([]);
  });

  test('slow takes longer than any usual answer and is right in the end', async () => {
    const waits: number[] = [];
    const cloud = createSeededCloud({ seed: 1, faults: { slow: 1 }, sleep: async (ms) => void waits.push(ms) });
    await cloud.provider().prepare(context);
    await cloud.provider().admit(context);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(200);
  });

  test('a vanished instance is gone when the call arrives, its home is not', async () => {
    const { cloud, provider, box } = await runningUnder({ vanish: 1 });
    expect(await provider.inspect(box, context)).toBeUndefined();
    expect(cloud.ledger.instances(INSTALL)).toEqual([]);
    expect(cloud.ledger.everyInstance()).toMatchObject([{ instanceName: box.instanceName, gone: 'vanished' }]);
    expect(cloud.ledger.homes(INSTALL)).toHaveLength(1);
  });

  test('a stale list lacks what is new and still has what is gone', async () => {
    let clock = 1_000_000;
    const cloud = createSeededCloud({ seed: 3, now: () => clock, sleep: async () => {} });
    const provider = cloud.provider();
    const names = async () => (await provider.list(INSTALL, context)).map((view) => view.instanceName);
    await provider.prepare(context);
    const [old, young] = [boxCalled('old'), boxCalled('young')];
    await provider.ensureHome(old, context);
    await provider.ensureHome(young, context);
    await provider.create(old, context);
    clock += 10_000;
    await provider.destroy(old, context);
    await provider.create(young, context);
    cloud.setFaults({ stale_list: 1 });
    expect(await names()).toEqual([old.instanceName]);
    clock += 10_000;
    expect(await names()).toEqual([young.instanceName]);
    cloud.setFaults({ empty_list: 1 });
    // The third call is spared: after two faults in a row one call is answered truly.
    expect(await names()).toEqual([young.instanceName]);
    expect(await names()).toEqual([]);
  });

  test('failNext refuses exactly the next calls of that verb', async () => {
    const { cloud, provider, box } = await runningUnder('none');
    cloud.failNext('create', 'sold_out', 2);
    expect(await failureCode(provider.create(box, context))).toBe('sold_out');
    await provider.stop(box, context);
    expect(await failureCode(provider.create(box, context))).toBe('sold_out');
    expect(await provider.create(box, context)).toMatchObject({ running: true });
  });

  test('a port that another running instance has is refused, and the machine stays behind stopped', async () => {
    const { cloud, provider } = await readyCloud('none');
    const [first, second] = [boxCalled('first', 20_001), boxCalled('second', 20_001)];
    for (const box of [first, second]) await provider.ensureHome(box, context);
    await provider.create(first, context);
    expect(await failureCode(provider.create(second, context))).toBe('port_taken');
    expect(await provider.inspect(second, context)).toMatchObject({ running: false });
    await provider.stop(first, context);
    expect(await provider.create(second, context)).toMatchObject({ running: true });
    expect(cloud.ledger.duplicates()).toEqual([]);
  });
});

describe('the seed', () => {
  /** Faults of each box's calls, in the order in which they were made. */
  async function faultsOf(seed: number, order: readonly string[]): Promise<Map<string, (FaultKind | undefined)[]>> {
    const { cloud, provider } = await readyCloud({ slow: 0.2, lost_answer: 0.2, unavailable: 0.2 }, seed);
    const boxes = new Map(order.map((boxName) => [boxName, boxCalled(boxName)]));
    for (const box of boxes.values())
      for (let call = 0; call < 20; call++) await settle(() => provider.ensureHome(box, context));
    const calls = cloud.ledger
      .history()
      .flatMap((event) => (event.call === undefined ? [] : [{ ...event, ...event.call }]));
    return new Map(
      [...boxes].map(([boxName, box]) => [
        boxName,
        calls.filter((call) => call.subject === box.boxId && call.verb === 'ensureHome').map((call) => call.fault),
      ]),
    );
  }

  test('decides the same for the same box name, whatever its id and whoever else calls', async () => {
    const [one, other] = [await faultsOf(7, ['a', 'b', 'c']), await faultsOf(7, ['c', 'a', 'b'])];
    expect(Object.fromEntries(other)).toEqual(Object.fromEntries(one));
    expect(new Set(one.get('a'))).toEqual(new Set([undefined, 'slow', 'lost_answer', 'unavailable']));
  });

  test('decides otherwise for another box and another seed', async () => {
    const [one, other] = [await faultsOf(7, ['a', 'b']), await faultsOf(8, ['a'])];
    expect(one.get('a')).not.toEqual(one.get('b'));
    expect(one.get('a')).not.toEqual(other.get('a'));
  });

  test('meets every fault but the late one about as often as it says', async () => {
    const { cloud, provider } = await readyCloud('standard', 5);
    for (let index = 0; index < 300; index++) {
      const box = boxCalled(`box-${index}`);
      await settle(() => provider.ensureHome(box, context));
      await settle(() => provider.create(box, context));
      await settle(() => provider.inspect(box, context));
      await settle(() => provider.list(INSTALL, context));
    }
    const met = cloud.ledger.history().flatMap((event) => event.call?.fault ?? []);
    expect(new Set(met)).toEqual(new Set(FAULT_KINDS.filter((kind) => STANDARD_FAULTS[kind] > 0)));
    expect(met).not.toContain('late');
    expect(met.filter((kind) => kind === 'lost_answer').length).toBeGreaterThan(30);
  });
});

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
  const view = { boxId, incarnation, instanceName, ref: '', running: true, createdAt: new Date(), endpoint: undefined };
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

describe('the ledger', () => {
  test('sees two incarnations of one box that exist at one moment, and no others', async () => {
    const { cloud, provider } = await readyCloud('none');
    const box = boxCalled('twice');
    const again = nextIncarnation(box);
    await provider.ensureHome(box, context);
    await provider.create(box, context);
    await provider.create(again, context);
    expect(cloud.ledger.duplicates()).toMatchObject([{ boxId: box.boxId, sameIncarnation: false, until: undefined }]);
    await provider.destroy(box, context);
    expect(cloud.ledger.duplicates()).toMatchObject([{ boxId: box.boxId, until: expect.any(Number) }]);
    await provider.create(nextIncarnation(again), context);
    await provider.destroy(again, context);
    expect(cloud.ledger.duplicates()).toHaveLength(2);
  });

  test('records every call and every change, and keys as they were last set', async () => {
    const { cloud, provider, box } = await runningUnder('none');
    await provider.configure({ ...box, authorizedKeys: ['ssh-ed25519 AAAA later'] }, context);
    await provider.stop(box, context);
    await provider.destroy(box, context);
    const changes = cloud.ledger.history().filter((event) => event.what !== 'call');
    expect(changes.map((event) => event.what)).toEqual([
      'home made',
      'made',
      'configured',
      'started',
      'configured',
      'stopped',
      'destroyed',
    ]);
    const verbs = cloud.ledger.history().flatMap((event) => event.call?.verb ?? []);
    expect(verbs).toEqual(['prepare', 'ensureHome', 'create', 'configure', 'stop', 'destroy']);
    expect(cloud.ledger.everyInstance()[0]?.authorizedKeys).toEqual(['ssh-ed25519 AAAA later']);
  });
});
