// The provider contract: a box lies in the region and is made of the image that were asked for, as long as it exists.
import { expect, test } from 'vitest';
import { namesIn } from '../../src/boxes/offers.ts';
import { type Boxes, failureCode } from './provider-subject.ts';

const NO_REGIONS = 'it has no two regions to choose from';

export function provesPlaces(boxes: () => Boxes): void {
  test('a box lies in the region that was asked for, and stays there, also when it is made again', async (run) => {
    const { subject, provider, second, running, next, context } = boxes();
    const { regions } = provider;
    if (regions === undefined || subject.whereabouts === undefined) return run.skip(NO_REGIONS);
    // The one that nobody gets unasked, if there is one; each box costs a cloud many requests.
    const region = namesIn(regions).at(-1);
    const { box } = await running({ region });
    expect(await subject.whereabouts(box)).toMatchObject({ home: region, instance: region });
    expect(await second.ensureHome(box, context())).toMatchObject({ region });
    await provider.stop(box, context());
    await second.start(box, context());
    expect(await subject.whereabouts(box)).toMatchObject({ instance: region });

    await provider.destroy(box, context());
    // By then somebody may have forgotten what was asked for, and its home decides.
    const again = { ...next(box), region: undefined };
    expect(await provider.ensureHome(again, context())).toMatchObject({ region });
    await provider.create(again, context());
    expect(await subject.whereabouts(again)).toMatchObject({ home: region, instance: region });
  });

  test('every region that it has can be asked for', async (run) => {
    const { subject, provider, spec, context } = boxes();
    if (provider.regions === undefined || subject.whereabouts === undefined) return run.skip(NO_REGIONS);
    for (const region of namesIn(provider.regions)) {
      const box = spec({ region });
      expect(await provider.ensureHome(box, context())).toMatchObject({ region });
      expect(await subject.whereabouts(box)).toMatchObject({ home: region });
    }
  });

  test('a box for which nothing was asked lies where the operator said, and is made of what the operator said', async (run) => {
    const { subject, provider, running, context } = boxes();
    const { regions, images } = provider;
    if (regions === undefined || subject.whereabouts === undefined) return run.skip(NO_REGIONS);
    const { box } = await running();
    const { home, image } = await subject.whereabouts(box);
    expect(regions.unasked).toContain(home);
    expect(images?.unasked ?? [image]).toContain(image);
    expect(await provider.ensureHome(box, context())).toMatchObject({ region: home });
  });

  test('an instance is made of the image that was asked for, also when it is made again', async (run) => {
    const { subject, provider, running, next, context } = boxes();
    if (provider.images === undefined || subject.whereabouts === undefined)
      return run.skip('it has no images to choose');
    for (const image of namesIn(provider.images)) {
      const { box } = await running({ image });
      expect(await subject.whereabouts(box)).toMatchObject({ image });
      await provider.destroy(box, context());
      const again = next(box);
      await provider.create(again, context());
      expect(await subject.whereabouts(again)).toMatchObject({ image });
      await provider.destroy(again, context());
    }
  });

  test('a home of a snapshot lies where that does: asked for elsewhere it is refused, and nothing of it stays', async (run) => {
    const { subject, provider, running, spec, snapshotId, homes, context } = boxes();
    const [here, there] = provider.regions === undefined ? [] : namesIn(provider.regions).toReversed();
    if (here === undefined || there === undefined || subject.whereabouts === undefined) return run.skip(NO_REGIONS);
    const { box } = await running({ region: here });
    const from = snapshotId();
    await provider.snapshotHome(box, from, context());
    const elsewhere = spec({ from, region: there });
    expect(await failureCode(provider.ensureHome(elsewhere, context()), elsewhere)).toBe('invalid');
    expect((await homes()) ?? [box.boxId]).toEqual([box.boxId]);
    for (const region of [here, undefined]) {
      const { box: made } = await running({ from, region });
      expect(await subject.whereabouts(made)).toMatchObject({ home: here, instance: here });
    }
  });
}
