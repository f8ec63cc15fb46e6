// The provider contract: the life of an instance, and what happens when a verb is called again or in vain.
import { expect, test } from 'vitest';
import { type Boxes, failureCode } from './provider-subject.ts';

export function provesInstances(boxes: () => Boxes): void {
  test('create makes a running instance that carries the box id, the incarnation and the name', async () => {
    const { provider, running, names, context } = boxes();
    const { box, view } = await running();
    const { boxId, incarnation, instanceName } = box;
    expect(view).toMatchObject({ boxId, incarnation, instanceName, running: true });
    expect(view.ref).not.toBe('');
    // A cloud's clock may differ from ours by some minutes, not more.
    expect(Math.abs(Date.now() - view.createdAt.getTime())).toBeLessThan(10 * 60_000);
    const seen = await provider.inspect(box, context());
    expect(seen).toMatchObject({ boxId, incarnation, instanceName, running: true, ref: view.ref });
    expect(Math.abs(view.createdAt.getTime() - (seen?.createdAt.getTime() ?? 0))).toBeLessThan(2_000);
    expect(await names()).toEqual([instanceName]);
  });

  test('create again, from another process, adopts the instance', async () => {
    const { running, second, names, context } = boxes();
    const { box, view } = await running();
    expect(await second.create(box, context())).toMatchObject({ ref: view.ref, running: true });
    expect(await names()).toEqual([box.instanceName]);
  });

  test('several creates at the same moment make one instance', async () => {
    const { provider, second, spec, names, context } = boxes();
    const box = spec();
    await provider.ensureHome(box, context());
    const drivers = [provider, second, provider, second];
    const views = await Promise.all(drivers.map((driver) => driver.create(box, context())));
    expect(new Set(views.map((view) => view.ref)).size).toBe(1);
    expect(views.every((view) => view.running)).toBe(true);
    expect(await names()).toEqual([box.instanceName]);
  });

  test('create of an instance that exists but is stopped starts it', async () => {
    const { provider, running, names, sameAs, context } = boxes();
    const { box, view } = await running();
    await provider.stop(box, context());
    expect(await provider.create(box, context())).toMatchObject({ ...sameAs(view), running: true });
    expect(await names()).toEqual([box.instanceName]);
  });

  test('stop and start may each be called twice, and the box answers again', async () => {
    const { provider, second, running, sameAs, context } = boxes();
    const { box, view } = await running();
    await provider.stop(box, context());
    await second.stop(box, context());
    expect(await provider.inspect(box, context())).toMatchObject({ ...sameAs(view), running: false });
    await provider.start(box, context());
    const again = await second.start(box, context());
    expect(again).toMatchObject({ ...sameAs(view), running: true });
    await provider.reach(box, again, context());
  });

  test('a missing instance: start says that it vanished, inspect knows none, stop and destroy succeed', async () => {
    const { provider, spec, context } = boxes();
    const box = spec();
    expect(await failureCode(provider.start(box, context()), box)).toBe('vanished');
    expect(await provider.inspect(box, context())).toBeUndefined();
    await provider.stop(box, context());
    await provider.destroy(box, context());
  });

  test('destroy may be called twice and at the same moment, of a running and of a stopped instance', async () => {
    const { provider, second, running, names, context } = boxes();
    const [awake, asleep] = [await running(), await running()];
    await provider.stop(asleep.box, context());
    for (const { box } of [awake, asleep]) {
      await Promise.all([provider.destroy(box, context()), second.destroy(box, context())]);
      await provider.destroy(box, context());
      expect(await provider.inspect(box, context())).toBeUndefined();
    }
    expect(await names()).toEqual([]);
  });

  test('an instance removed behind our back is reported as gone, and create makes a new one', async (run) => {
    const { subject, provider, running, names, context } = boxes();
    const { tamper } = subject;
    if (tamper === undefined) return run.skip('nothing here can remove an instance behind the driver');
    const { box, view } = await running();
    await tamper.removeInstance(box);
    expect(await provider.inspect(box, context())).toBeUndefined();
    expect(await names()).toEqual([]);
    expect(await failureCode(provider.start(box, context()), box)).toBe('vanished');
    await provider.stop(box, context());
    const again = await provider.create(box, context());
    expect(again.running).toBe(true);
    expect(again.ref).not.toBe(view.ref);
    expect(await names()).toEqual([box.instanceName]);
  });
}
