// The provider contract: what boxes do is seen from outside, each box for itself.
import { expect, test } from 'vitest';
import type { Observation, ObservedProcess } from '../../src/providers/observed.ts';
import type { BoxSpec } from '../../src/providers/provider.ts';
import { type Boxes, failure } from './provider-subject.ts';

const WAIT = { timeout: 30_000, interval: 250 };
/** Of a program that sleeps, by everything in its box together, for as long as a test looks. */
const QUIET_MS = 400;
const LOUD_MS = 1_000;
const TRAFFIC_BYTES = 1_000;

export function provesObserving(boxes: () => Boxes): void {
  async function seen(...of: BoxSpec[]): Promise<ReadonlyMap<string, Observation>> {
    const { provider, context } = boxes();
    return await provider.observe(of, context());
  }

  async function one(box: BoxSpec): Promise<Observation> {
    const observation = (await seen(box)).get(box.boxId);
    if (observation === undefined) throw new Error(`${box.instanceName} could not be observed.`);
    return observation;
  }

  const called = ({ processes }: Observation, command: string): ObservedProcess | undefined =>
    processes.find((process) => process.command === command);

  test('a running box is observed, with counters that never fall and a start that stays', async () => {
    const { running } = boxes();
    const { box } = await running();
    const [first, second] = [await one(box), await one(box)];
    expect(Math.abs(Date.now() - first.startedAtMs)).toBeLessThan(10 * 60_000);
    expect(second.startedAtMs).toBe(first.startedAtMs);
    expect(second.cpuMs).toBeGreaterThanOrEqual(first.cpuMs);
    expect(second.trafficBytes).toBeGreaterThanOrEqual(first.trafficBytes ?? 0);
    expect(first.processes.length).toBeGreaterThan(0);
    expect(first.processes.filter(({ ours, holds }) => !ours || holds)).toEqual([]);
  });

  test('a busy loop raises the processor time and is seen under its name as not ours', async (run) => {
    const { subject, running } = boxes();
    if (subject.work === undefined) return run.skip('nothing here can work in a box');
    const { box } = await running();
    const before = await one(box);
    const command = await subject.work.busy(box);
    await expect.poll(async () => (await one(box)).cpuMs - before.cpuMs, WAIT).toBeGreaterThan(LOUD_MS);
    const after = await one(box);
    expect(called(after, command)).toMatchObject({ ours: false, holds: false });
    expect(called(after, command)?.cpuMs).toBeGreaterThan(LOUD_MS / 2);
    expect(called(await one(box), command)?.key).toBe(called(after, command)?.key);
    expect(after.processes.some(({ ours }) => ours)).toBe(true);
    expect(new Set(after.processes.map(({ key }) => key)).size).toBe(after.processes.length);
  });

  test('a program that sleeps is seen and uses nothing', async (run) => {
    const { subject, running } = boxes();
    if (subject.work === undefined) return run.skip('nothing here can work in a box');
    const { box } = await running();
    const command = await subject.work.sleeping(box);
    await expect.poll(async () => called(await one(box), command)?.ours, WAIT).toBe(false);
    const before = await one(box);
    const until = performance.now() + LOUD_MS;
    let after = before;
    while (performance.now() < until) after = await one(box);
    expect(after.cpuMs - before.cpuMs).toBeLessThan(QUIET_MS);
    expect(called(after, command)?.cpuMs).toBeLessThan(QUIET_MS);
  });

  test('traffic raises its bytes', async (run) => {
    const { subject, running } = boxes();
    if (subject.work === undefined) return run.skip('nothing here can work in a box');
    const { box, view } = await running();
    const before = await one(box);
    await subject.work.traffic(box, view);
    await expect
      .poll(async () => ((await one(box)).trafficBytes ?? 0) - (before.trafficBytes ?? 0), WAIT)
      .toBeGreaterThan(TRAFFIC_BYTES);
  });

  test('shellbox-hold is seen as holding as long as its command lives', async (run) => {
    const { subject, running } = boxes();
    if (subject.work === undefined) return run.skip('nothing here can work in a box');
    const { box } = await running();
    const holding = async () => (await one(box)).processes.filter(({ holds }) => holds).length;
    expect(await holding()).toBe(0);
    const release = await subject.work.hold(box);
    await expect.poll(holding, WAIT).toBe(1);
    await release();
    await expect.poll(holding, WAIT).toBe(0);
  });

  test('a stopped, a missing and a running box in one batch: only the running one is in the answer', async () => {
    const { provider, running, spec, context } = boxes();
    const [stopped, works] = [await running(), await running()];
    await provider.stop(stopped.box, context());
    expect([...(await seen(stopped.box, spec(), works.box)).keys()]).toEqual([works.box.boxId]);
    expect([...(await seen(stopped.box)).keys()]).toEqual([]);
    expect([...(await seen()).keys()]).toEqual([]);
  });

  test('a box that was stopped and started has another start and counts anew', async (run) => {
    const { subject, provider, running, context } = boxes();
    if (subject.work === undefined) return run.skip('nothing here can work in a box');
    const { box } = await running();
    const before = await one(box);
    await subject.work.busy(box);
    await expect.poll(async () => (await one(box)).cpuMs - before.cpuMs, WAIT).toBeGreaterThan(2 * LOUD_MS);
    await provider.stop(box, context());
    await provider.start(box, context());
    const after = await one(box);
    expect(after.startedAtMs).toBeGreaterThan(before.startedAtMs);
    expect(after.cpuMs).toBeLessThan(2 * LOUD_MS);
  });

  test('where nothing can be reached it rejects, as every call does', async (run) => {
    const { subject, running } = boxes();
    if (subject.unreachable === undefined) return run.skip('nothing here is out of reach');
    const { box } = await running();
    const call = subject.unreachable.observe([box], boxes().context());
    expect((await failure(call, box)).code).toBe('unavailable');
  });
}
