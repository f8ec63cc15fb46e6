// The seeded cloud's faults, the seed that decides them, and the ledger.
import { describe, expect, test } from 'vitest';
import { nextIncarnation } from '../contracts/provider-spec.ts';
import { failureCode } from '../contracts/provider-subject.ts';
import { FAULT_KINDS, type FaultKind, type Faults, STANDARD_FAULTS } from './seeded-faults.ts';
import { boxCalled, context, INSTALL, readyCloud, settle } from './seeded-hurry.ts';
import { createSeededCloud } from './seeded-provider.ts';

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

  test('a caller who gives up is answered at once, and the work is done all the same', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const cloud = createSeededCloud({ seed: 1, faults: { slow: 1 }, sleep: () => held });
    const caller = new AbortController();
    const box = boxCalled('left');
    const call = cloud.provider().ensureHome(box, { signal: caller.signal });
    caller.abort();
    expect(await failureCode(call, box)).toBe('timeout');
    expect(cloud.ledger.homes()).toEqual([]);
    release();
    await cloud.settled();
    expect(cloud.ledger.homes()).toHaveLength(1);
  });

  test('a closed cloud ends all waiting', async () => {
    const cloud = createSeededCloud({ seed: 1, faults: { slow: 1 } });
    const call = cloud.provider().ensureHome(boxCalled('left'), context);
    cloud.close();
    expect(await failureCode(call)).toBe('unavailable');
    expect(cloud.ledger.homes()).toEqual([]);
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

  test('has a snapshot once, however often its answer was lost, and what each home was made of', async () => {
    const { cloud, provider } = await readyCloud('none');
    const [box, snapshotId] = [boxCalled('origin'), '01a200e7-b461-7339-ae93-a2db8accdd74'];
    await provider.ensureHome(box, context);
    cloud.writeHome(box, 'as it was');
    cloud.setFaults({ lost_answer: 1 });
    expect(await failureCode(provider.snapshotHome(box, snapshotId, context))).toBe('timeout');
    cloud.writeHome(box, 'later');
    expect(await settle(() => provider.snapshotHome(box, snapshotId, context))).toBe('done');
    const copy = { ...boxCalled('copy'), from: snapshotId };
    expect(await settle(() => provider.ensureHome(copy, context))).toBe('done');
    expect(cloud.readHome(copy)).toBe('as it was');
    expect(cloud.ledger.homes(INSTALL).map(({ from }) => from)).toEqual([undefined, snapshotId]);
    expect(cloud.ledger.snapshots(INSTALL)).toMatchObject([{ snapshotId, boxId: box.boxId }]);

    expect(await settle(() => provider.destroySnapshot({ installId: INSTALL, snapshotId }, context))).toBe('done');
    expect(cloud.ledger.snapshots()).toEqual([]);
    const changes = cloud.ledger.history().flatMap(({ what }) => (what.startsWith('snapshot') ? [what] : []));
    expect(changes).toEqual(['snapshot made', 'snapshot removed']);
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
