// Homes of boxes at a cloud that takes its time and shows things late: on a clock that the test turns.
import { beforeEach, describe, expect, it } from 'vitest';
import type { BoxSpec, CallContext } from '../../../../src/providers/provider.ts';
import { createHomes } from '../../../../src/providers/shared/cloud/homes.ts';
import { createListPoll } from '../../../../src/providers/shared/cloud/list-poll.ts';
import { makeBoxSpec } from '../../../contracts/provider-spec.ts';
import { createPlainCloud, INSTALL, LAG_MS, type PlainCloud } from '../../../fakes/cloud/plain-cloud.ts';
import { createTestClock, type TestClock } from '../../../fakes/cloud/test-clock.ts';

const context: CallContext = { signal: new AbortController().signal };

let clock: TestClock;
let world: PlainCloud;
let homes: ReturnType<typeof createHomes>;
let box: BoxSpec;

function open(options?: Parameters<typeof createPlainCloud>[1]): void {
  clock = createTestClock();
  world = createPlainCloud(clock, options);
  homes = another();
  box = makeBoxSpec({ installId: INSTALL });
}
/** As another process has them, which knows nothing of what the first one made. */
function another() {
  const { cloud } = world;
  const poll = createListPoll(() => cloud.volumes(INSTALL, context), { clock });
  return createHomes({ cloud, poll: () => poll, snapshot: async () => undefined, clock });
}
const takenOver = () => ({ ...context, takenOver: new Date(clock.nowMs()) });
const orders = () => world.orders.map(({ order }) => order);

beforeEach(() => open());

describe('making a home', () => {
  it('makes it where the cheapest size that is large enough can be had', async () => {
    expect(await clock.pass(homes.ensure(box, context))).toMatchObject({ region: 'there', sizeGiB: 1 });
    const large = { ...box, resources: { ...box.resources, cpus: 8 } };
    expect(await clock.pass(homes.ensure({ ...large, boxId: 'other' }, context))).toMatchObject({ region: 'here' });
    const huge = { ...large, boxId: 'third', resources: { ...box.resources, cpus: 64 } };
    await expect(clock.pass(homes.ensure(huge, context))).rejects.toMatchObject({ code: 'sold_out' });
  });

  it('asks no other region than the one that was named, unless that has no room', async () => {
    const asked: unknown[] = [];
    const { sizes } = world.cloud;
    world.cloud.sizes = (given, region) => {
      asked.push(region);
      return sizes(given, region);
    };
    expect(await clock.pass(homes.ensure({ ...box, region: 'here' }, context))).toMatchObject({ region: 'here' });
    expect(asked).toEqual(['here']);
    const huge = { ...box, boxId: 'other', region: 'here', resources: { ...box.resources, cpus: 64 } };
    await expect(clock.pass(homes.ensure(huge, context))).rejects.toMatchObject({ code: 'sold_out' });
    expect(asked).toEqual(['here', 'here', undefined]);
  });

  it('makes none for a machine that costs more than was agreed, and says how to be asked anew', async () => {
    expect(await clock.pass(homes.ensure({ ...box, mostHourly: 0.1 }, context))).toMatchObject({ region: 'there' });
    for (const [boxId, changed] of Object.entries({
      one: { mostHourly: 0.09 },
      two: { mostHourly: 0.1, region: 'here' },
    }))
      await expect(clock.pass(homes.ensure({ ...box, ...changed, boxId }, context))).rejects.toMatchObject({
        code: 'sold_out',
        message: expect.stringContaining('costs more than was agreed'),
        remedy: expect.stringContaining(`"spinup ${box.boxName}"`),
        remedyFor: 'everybody',
      });
    expect(world.volumes).toHaveLength(1);
  });

  it('adopts the one that is there, of several the one that a machine has, else the first', async () => {
    const [first, second] = [world.addVolume(box), world.addVolume(box)];
    expect(await clock.pass(homes.ensure(box, context))).toMatchObject({ ref: first.ref });
    Object.assign(world.volumes[1] ?? {}, { attachedTo: ['m1'] });
    expect(await clock.pass(homes.ensure(box, context))).toMatchObject({ ref: second.ref });
    expect(orders()).toEqual([]);
  });

  it('waits until it is whole', async () => {
    const { ref } = world.addVolume(box, { ready: false });
    world.later(20_000, () => Object.assign(world.volumes[0] ?? {}, { ready: true }));
    expect(await clock.pass(homes.ensure(box, context))).toMatchObject({ ref, ready: true });
  });

  it('says at once that the vendor gave up on it, and deletes it', async () => {
    world.addVolume(box, { ready: false });
    world.later(10_000, () => Object.assign(world.volumes[0] ?? {}, { failed: true }));
    const began = clock.nowMs();
    const error = { code: 'sold_out', remedy: expect.stringContaining('no room in here') };
    await expect(clock.pass(homes.ensure(box, context))).rejects.toMatchObject(error);
    expect(clock.nowMs() - began).toBeLessThan(15_000);
    expect(orders()).toEqual(['delete']);
    await expect(clock.pass(homes.ensure(box, context))).rejects.toMatchObject(error);
  });

  it('waits for lists that lag where one may be made already, and adopts what comes to light', async () => {
    open({ lists: 'late' });
    const { ref } = world.addVolume(box);
    expect(await clock.pass(homes.ensure(box, takenOver()))).toMatchObject({ ref });
    expect(orders()).toEqual([]);
  });

  it('makes one once lists would show for certain what was made before, and at once where nobody made any', async () => {
    const began = clock.nowMs();
    await clock.pass(homes.ensure(box, takenOver()));
    expect((world.orders[0]?.atMs ?? 0) - began).toBeGreaterThanOrEqual(LAG_MS);
    open();
    await clock.pass(homes.ensure(box, context));
    expect(clock.nowMs() - began).toBeLessThan(LAG_MS);
    expect(orders()).toEqual(['create']);
  });

  it('finds what was made though the vendor did not say so', async () => {
    open({ lists: 'late' });
    world.refuse('create', { code: 'timeout', isDone: true });
    expect(await clock.pass(homes.ensure(box, context))).toMatchObject({ boxId: box.boxId });
    expect(world.volumes).toHaveLength(1);
  });

  it('fails with what the vendor said where nothing comes to light in time', async () => {
    world.refuse('create', { code: 'timeout' });
    const began = clock.nowMs();
    await expect(clock.pass(homes.ensure(box, context))).rejects.toMatchObject({ code: 'timeout' });
    expect(clock.nowMs() - began).toBeGreaterThanOrEqual(LAG_MS);
    expect(clock.nowMs() - began).toBeLessThan(LAG_MS + 5_000);
  });

  it('is known to who made it while lists do not show it, and to others not', async () => {
    open({ lists: 'late' });
    const made = await clock.pass(homes.ensure(box, context));
    expect(await clock.pass(homes.find(box, context))).toMatchObject({ ref: made.ref });
    expect(await clock.pass(another().find(box, context))).toBeUndefined();
    world.volumes.length = 0;
    expect(await clock.pass(homes.find(box, context))).toBeUndefined();
  });
});

describe('removing a home', () => {
  it('takes it off its machine first, and takes away whatever is there of it', async () => {
    const machine = world.addMachine(box);
    world.addVolume(box, { attachedTo: [machine.ref] });
    world.addVolume(box);
    const other = world.addVolume({ boxId: 'somebody else’s' });
    await clock.pass(homes.remove(box, context));
    expect(world.volumes).toEqual([other]);
    expect(orders()[0]).toBe('detach');
  });

  it('asks again while the cloud is busy with it, and does not count that', async () => {
    world.addVolume(box);
    world.refuse('delete', { code: 'busy', times: 3 });
    await clock.pass(homes.remove(box, context));
    expect(world.volumes).toEqual([]);
    const [first, second] = world.orders.map(({ atMs }) => atMs);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(5_000);
  });

  it('takes away one that the vendor gave up on', async () => {
    world.addVolume(box, { ready: false, failed: true });
    await clock.pass(homes.remove(box, { signal: AbortSignal.timeout(5_000) }));
    expect(world.volumes).toEqual([]);
  });

  it('leaves one alone that is on its way', async () => {
    world.addVolume(box, { ready: false });
    world.later(20_000, () => Object.assign(world.volumes[0] ?? {}, { ready: true }));
    const began = clock.nowMs();
    await clock.pass(homes.remove(box, context));
    expect((world.orders[0]?.atMs ?? 0) - began).toBeGreaterThanOrEqual(20_000);
  });
});
