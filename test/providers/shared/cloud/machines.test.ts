// Machines of boxes at a cloud that takes its time, shows things late and is busy: on a clock that the test turns.
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../../src/providers/provider.ts';
import type { MachinePlan } from '../../../../src/providers/shared/cloud/cloud.ts';
import { createListPoll } from '../../../../src/providers/shared/cloud/list-poll.ts';
import { createMachines } from '../../../../src/providers/shared/cloud/machines.ts';
import { makeBoxSpec } from '../../../contracts/provider-spec.ts';
import { createPlainCloud, INSTALL, LAG_MS, type PlainCloud, WORK_MS } from '../../../fakes/cloud/plain-cloud.ts';
import { createTestClock, type TestClock } from '../../../fakes/cloud/test-clock.ts';

const TIMES = { activeMs: 300_000, shutDownMs: 60_000, busyMs: 240_000 };
const BUSY = 'its machine is busy with something else; trying again';

let clock: TestClock;
let world: PlainCloud;
let machines: ReturnType<typeof createMachines>;
let plan: MachinePlan;
let notes: string[];
let context: CallContext;

function open(options?: Parameters<typeof createPlainCloud>[1]): void {
  clock = createTestClock();
  world = createPlainCloud(clock, options);
  const { cloud } = world;
  const poll = createListPoll(() => cloud.machines(INSTALL, context), { clock });
  const home = async () => world.volumes.find(({ ref }) => ref === plan.volume.ref);
  machines = createMachines({ cloud, poll: () => poll, home, clock, ...TIMES });
  const box = makeBoxSpec({ installId: INSTALL });
  plan = { ...box, region: 'here', userData: '', volume: world.addVolume(box) };
  notes = [];
  context = { signal: new AbortController().signal, note: (phrase) => void notes.push(phrase) };
}
const takenOver = () => ({ ...context, takenOver: new Date(clock.nowMs()) });
const orders = () => world.orders.map(({ order }) => order);
const times = () => world.orders.map(({ atMs }) => atMs - (world.orders[0]?.atMs ?? 0));
const refs = () => world.machines.map(({ ref }) => ref);

beforeEach(() => open());

describe('making a machine', () => {
  it('waits until it runs with its home', async () => {
    const made = await clock.pass(machines.make(plan, context));
    expect(made).toMatchObject({ state: 'running', volumes: [plan.volume.ref] });
    expect(orders()).toEqual(['create']);
    expect(notes).toContain('the cloud is making it');
  });

  it('adopts the one that is there, and attaches the home where it is missing', async () => {
    const there = world.addMachine(plan);
    expect(await clock.pass(machines.make(plan, context))).toMatchObject({ ref: there.ref });
    expect(new Set(orders())).toEqual(new Set(['attach']));
  });

  it('waits for lists that lag where a create may be under way, and adopts what comes to light', async () => {
    open({ lists: 'late' });
    const there = world.addMachine(plan, { volumes: [plan.volume.ref] });
    expect(await clock.pass(machines.make(plan, takenOver()))).toMatchObject({ ref: there.ref });
    expect(orders()).toEqual([]);
  });

  it('makes one once lists would show for certain what was made before', async () => {
    const began = clock.nowMs();
    await clock.pass(machines.make(plan, takenOver()));
    expect(orders()).toEqual(['create']);
    expect((world.orders[0]?.atMs ?? 0) - began).toBeGreaterThanOrEqual(LAG_MS);
  });

  it('finds what was made though the vendor did not say so', async () => {
    open({ lists: 'late' });
    world.refuse('create', { code: 'timeout', isDone: true });
    expect(await clock.pass(machines.make(plan, context))).toMatchObject({ state: 'running' });
    expect(orders()).toEqual(['create']);
    expect(refs()).toHaveLength(1);
  });

  it('fails with what the vendor said where nothing comes to light in time', async () => {
    world.refuse('create', { code: 'timeout' });
    const began = clock.nowMs();
    await expect(clock.pass(machines.make(plan, context))).rejects.toMatchObject({ code: 'timeout' });
    expect(clock.nowMs() - began).toBeGreaterThanOrEqual(LAG_MS);
    expect(clock.nowMs() - began).toBeLessThan(LAG_MS + 5_000);
  });

  it('keeps the twin that was made first, and takes its own away', async () => {
    const make = world.cloud.createMachine;
    world.cloud.createMachine = (...asked) => {
      world.addMachine(plan, { createdAt: new Date(clock.nowMs() - 1), volumes: [plan.volume.ref] });
      return make(...asked);
    };
    const kept = await clock.pass(machines.make(plan, context));
    await clock.pass(wait(WORK_MS));
    expect(orders()).toEqual(['create', 'delete']);
    expect(await world.cloud.machines(INSTALL, context)).toMatchObject([{ ref: kept.ref }]);
  });

  it('gives one up that never runs, when its time is over', async () => {
    world.addMachine(plan, { state: 'making' });
    const began = clock.nowMs();
    await expect(clock.pass(machines.make(plan, context))).rejects.toMatchObject({ code: 'timeout' });
    expect(clock.nowMs() - began).toBeGreaterThanOrEqual(TIMES.activeMs);
    expect(clock.nowMs() - began).toBeLessThan(TIMES.activeMs + 5_000);
    expect(orders()).toEqual([]);
    expect(clock.waits()).toEqual([]);
  });

  it('takes one away that failed before it ran, and leaves one that has run', async () => {
    world.addMachine(plan, { state: 'failed' });
    await expect(clock.pass(machines.make(plan, context))).rejects.toMatchObject({ code: 'sold_out' });
    expect(orders()).toEqual(['delete']);
    open();
    const ran = world.addMachine(plan, { state: 'failed' });
    await expect(clock.pass(machines.bringUp(plan, ran, context))).rejects.toMatchObject({ code: 'invalid' });
    expect(orders()).toEqual([]);
  });
});

describe('a machine that is busy with something else', () => {
  it('is started when it is free again, and whoever waits reads why it takes so long', async () => {
    const stopped = world.addMachine(plan, { state: 'stopped', volumes: [plan.volume.ref] });
    world.refuse('start', { code: 'busy', times: 4 });
    expect(await clock.pass(machines.bringUp(plan, stopped, context))).toMatchObject({ state: 'running' });
    expect(times().slice(0, 5).map(inSteps)).toEqual([0, 5, 10, 15, 20]);
    expect(notes[0]).toBe(BUSY);
    expect(notes.at(-1)).not.toBe(BUSY);
  });

  it('is what the failure says when it takes too long, and no time-out', async () => {
    const stopped = world.addMachine(plan, { state: 'stopped', volumes: [plan.volume.ref] });
    world.refuse('start', { code: 'busy', times: Number.POSITIVE_INFINITY });
    const began = clock.nowMs();
    await expect(clock.pass(machines.bringUp(plan, stopped, context))).rejects.toMatchObject({ code: 'busy' });
    expect(clock.nowMs() - began).toBeGreaterThanOrEqual(TIMES.busyMs);
    expect(clock.nowMs() - began).toBeLessThan(TIMES.activeMs);
  });

  it('is put down and removed all the same, later', async () => {
    const running = world.addMachine(plan, { volumes: [plan.volume.ref] });
    world.refuse('shutDown', { code: 'busy', times: 2 });
    await clock.pass(machines.putDown(plan, running, context));
    expect(world.machines).toMatchObject([{ state: 'stopped' }]);
    world.refuse('delete', { code: 'busy', times: 2 });
    await clock.pass(machines.remove(plan, context));
    expect(refs()).toEqual([]);
    expect(notes).toEqual([BUSY, BUSY, '', BUSY, BUSY, '']);
  });
});

describe('putting a machine down', () => {
  it('asks its system again and again, and switches it off when that takes too long', async () => {
    const running = world.addMachine(plan);
    world.cloud.shutDownMachine = async () => void world.orders.push({ order: 'shutDown', atMs: clock.nowMs() });
    await clock.pass(machines.putDown(plan, running, context));
    expect(world.machines).toMatchObject([{ state: 'stopped' }]);
    const firm = world.orders.find(({ order }) => order === 'switchOff');
    expect(inSteps((firm?.atMs ?? 0) - (world.orders[0]?.atMs ?? 0))).toBe(TIMES.shutDownMs / 1000);
    expect(orders().filter((order) => order === 'shutDown').length).toBe(TIMES.shutDownMs / 5_000);
  });

  it('releases it where that is wanted', async () => {
    open({ whenStopped: 'release' });
    await clock.pass(machines.putDown(plan, world.addMachine(plan), context));
    expect(world.machines).toMatchObject([{ state: 'released' }]);
  });
});

describe('tidying up', () => {
  it('takes away the twin without a home, once the other is seen to have it', async () => {
    const twin = world.addMachine(plan);
    world.addMachine(plan);
    await clock.pass(machines.list(INSTALL, context));
    await clock.pass(machines.tidy(INSTALL, context));
    expect(orders()).toEqual([]);
    Object.assign(world.machines[1] ?? {}, { volumes: [plan.volume.ref] });
    expect(await clock.pass(machines.list(INSTALL, context))).toHaveLength(1);
    await clock.pass(machines.tidy(INSTALL, context));
    await clock.pass(wait(WORK_MS));
    expect((await world.cloud.machines(INSTALL, context)).map(({ ref }) => ref)).not.toContain(twin.ref);
    expect(orders()).toEqual(['delete']);
  });
});

const wait = (ms: number): Promise<void> => clock.wait(ms, context.signal);
/** What a poll sees is up to 1.5 s late. */
const inSteps = (ms: number): number => Math.floor(ms / 5_000) * 5;
