// The provider contract: the list is exactly what this installation made, for the reaper deletes by it.
import { expect, test } from 'vitest';
import { testInstallId } from './provider-spec.ts';
import type { Boxes } from './provider-subject.ts';

export function provesLists(boxes: () => Boxes): void {
  test('list of an installation that made nothing is empty', async () => {
    const { provider, context } = boxes();
    expect(await provider.list(testInstallId(), context())).toEqual([]);
  });

  test('list shows every instance with its box, its incarnation and whether it runs', async () => {
    const { subject, provider, running, next, context } = boxes();
    const [awake, asleep, renewed] = [await running(), await running(), await running()];
    await provider.stop(asleep.box, context());
    await provider.destroy(renewed.box, context());
    const again = next(renewed.box);
    await provider.create(again, context());

    const listed = await provider.list(subject.installId, context());
    const wanted = [
      { box: awake.box, running: true },
      { box: asleep.box, running: false },
      { box: again, running: true },
    ].map(({ box: { boxId, incarnation, instanceName }, running }) => ({ boxId, incarnation, instanceName, running }));
    const seen = listed.map(({ boxId, incarnation, instanceName, running }) => {
      return { boxId, incarnation, instanceName, running };
    });
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(expect.arrayContaining(wanted));
    expect(listed.find((view) => view.boxId === awake.box.boxId)?.ref).toBe(awake.view.ref);
    for (const view of listed) expect(view.createdAt).toBeInstanceOf(Date);
  });

  test('another installation sees its own instances and never ours', async () => {
    const { running, names } = boxes();
    const installId = testInstallId();
    const [ours, theirs] = [await running(), await running({ installId })];
    expect(await names()).toEqual([ours.box.instanceName]);
    expect(await names(installId)).toEqual([theirs.box.instanceName]);
  });

  test('an instance without our tags is never listed', async (run) => {
    const { subject, running, names } = boxes();
    const plant = subject.tamper?.plantStranger;
    if (plant === undefined) return run.skip('nothing here can make an instance without the driver');
    const takeAway = await plant();
    try {
      const { box } = await running();
      expect(await names()).toEqual([box.instanceName]);
    } finally {
      await takeAway();
    }
  });
}
