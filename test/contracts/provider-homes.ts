// The provider contract: a home outlives its instances and is never emptied but by destroyHome.
import { expect, test } from 'vitest';
import type { Boxes } from './provider-subject.ts';

const TEXT = 'kept: ✓ äöü\n';

export function provesHomes(boxes: () => Boxes): void {
  test('ensureHome may be called twice and says how large the home is', async () => {
    const { provider, second, spec, homes, context } = boxes();
    const box = spec();
    const { note } = await provider.ensureHome(box, context());
    expect(note).toContain(String(box.resources.homeGiB));
    await Promise.all([provider.ensureHome(box, context()), second.ensureHome(box, context())]);
    expect((await homes()) ?? [box.boxId]).toEqual([box.boxId]);
  });

  test('ensureHome of a home in use keeps what is in it', async (run) => {
    const { subject, provider, running, context } = boxes();
    if (subject.home === undefined) return run.skip('nothing here can look into a home');
    const { box } = await running();
    await subject.home.write(box, TEXT);
    await provider.ensureHome(box, context());
    expect(await subject.home.read(box)).toBe(TEXT);
  });

  test('a home survives stop, start and the next incarnation', async (run) => {
    const { subject, provider, running, next, names, context } = boxes();
    if (subject.home === undefined) return run.skip('nothing here can look into a home');
    const { box } = await running();
    await subject.home.write(box, TEXT);
    await provider.stop(box, context());
    await provider.start(box, context());
    expect(await subject.home.read(box)).toBe(TEXT);

    await provider.destroy(box, context());
    const again = next(box);
    await provider.ensureHome(again, context());
    const view = await provider.create(again, context());
    expect(view).toMatchObject({ boxId: box.boxId, incarnation: 2, instanceName: again.instanceName, running: true });
    await provider.reach(again, view, context());
    expect(await subject.home.read(again)).toBe(TEXT);
    expect(await names()).toEqual([again.instanceName]);
    expect(await provider.inspect(box, context())).toBeUndefined();
  });

  test('destroy of an old incarnation leaves the new one alone', async () => {
    const { provider, running, next, names, context } = boxes();
    const { box } = await running();
    await provider.destroy(box, context());
    const again = next(box);
    await provider.create(again, context());
    await provider.destroy(box, context());
    expect(await names()).toEqual([again.instanceName]);
    expect(await provider.inspect(again, context())).toMatchObject({ running: true });
  });

  test('a home survives the loss of its instance', async (run) => {
    const { subject, provider, running, context } = boxes();
    const { home, tamper } = subject;
    if (home === undefined || tamper === undefined)
      return run.skip('nothing here can look into a home and take its box');
    const { box } = await running();
    await home.write(box, TEXT);
    await tamper.removeInstance(box);
    await provider.ensureHome(box, context());
    await provider.create(box, context());
    expect(await home.read(box)).toBe(TEXT);
  });

  test('destroyHome removes it for good, may be called twice and of nothing', async (run) => {
    const { subject, provider, second, running, homes, spec, context } = boxes();
    await provider.destroyHome(spec(), context());
    const { box } = await running();
    await subject.home?.write(box, TEXT);
    await provider.destroy(box, context());
    await Promise.all([provider.destroyHome(box, context()), second.destroyHome(box, context())]);
    await provider.destroyHome(box, context());
    expect((await homes()) ?? []).toEqual([]);

    if (subject.home === undefined) return run.skip('nothing here can look into a home');
    await provider.ensureHome(box, context());
    await provider.create(box, context());
    expect(await subject.home.read(box)).toBeUndefined();
  });
}
