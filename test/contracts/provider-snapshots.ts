// The provider contract: a snapshot is a home as it was at one moment, and new homes are made of it.
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import type { BoxSpec } from '../../src/providers/provider.ts';
import { abortedAfter } from './provider-aborting.ts';
import { testInstallId } from './provider-spec.ts';
import { type Boxes, failure, failureCode } from './provider-subject.ts';

const [BEFORE, AFTER] = ['before: ✓ äöü\n', 'after\n'];
const DEFAULT_ABORT_MS = 2_000;
const ABORT_AFTER_MS = [1, 10, 30, 60, 100, 200];

export function provesSnapshots(boxes: () => Boxes): void {
  /** A running box with a home of the snapshot. */
  const restored = (from: string, resources: Partial<BoxSpec['resources']> = {}) => {
    const { spec, running } = boxes();
    return running({ from, resources: { ...spec().resources, ...resources } });
  };

  test('a snapshot of a running box has what was in its home, and nothing that came later', async (run) => {
    const { subject, provider, running, snapshotId, context } = boxes();
    if (subject.home === undefined) return run.skip('nothing here can look into a home');
    const { box, view } = await running();
    const id = snapshotId();
    await subject.home.write(box, BEFORE);
    const { bytes } = await provider.snapshotHome(box, id, context());
    await subject.home.write(box, AFTER);
    expect(bytes).toBeGreaterThan(0);
    expect(await provider.inspect(box, context())).toMatchObject({ ref: view.ref, running: true });

    const { box: other } = await restored(id);
    expect(await subject.home.read(other)).toBe(BEFORE);
    expect(await subject.home.read(box)).toBe(AFTER);
  });

  test('a snapshot of a stopped box restores into a larger home, which is as large as it says', async (run) => {
    const { subject, provider, second, running, snapshotId, context } = boxes();
    if (subject.home === undefined) return run.skip('nothing here can look into a home');
    const { box } = await running();
    const id = snapshotId();
    await subject.home.write(box, BEFORE);
    await provider.stop(box, context());
    await second.snapshotHome(box, id, context());
    expect(await provider.inspect(box, context())).toMatchObject({ running: false });

    const { box: other } = await restored(id, { homeGiB: box.resources.homeGiB + 2 });
    expect(await subject.home.read(other)).toBe(BEFORE);
    const sizeGiB = await subject.home.sizeGiB(other);
    expect(sizeGiB).toBeGreaterThan(box.resources.homeGiB + 1);
    expect(sizeGiB).toBeLessThanOrEqual(box.resources.homeGiB + 2);
  });

  test('the same id adopts the snapshot that is there, with its figures, also of a home that is gone', async (run) => {
    const { subject, provider, second, running, snapshotId, context } = boxes();
    if (subject.home === undefined) return run.skip('nothing here can look into a home');
    const { box } = await running();
    const id = snapshotId();
    await subject.home.write(box, BEFORE);
    const first = await provider.snapshotHome(box, id, context());
    const [listed] = await provider.snapshots(box.installId, context());
    await subject.home.write(box, AFTER.repeat(1_000_000));
    expect(await Promise.all([provider, second].map((one) => one.snapshotHome(box, id, context())))).toEqual([
      first,
      first,
    ]);
    await provider.destroy(box, context());
    await provider.destroyHome(box, context());
    expect(await second.snapshotHome(box, id, context())).toEqual(first);
    expect(await provider.snapshots(box.installId, context())).toEqual([listed]);

    const { box: other } = await restored(id);
    expect(await subject.home.read(other)).toBe(BEFORE);
  });

  test('snapshots are listed with their box, their size and their moment, for their installation alone', async () => {
    const { provider, second, running, snapshotId, snapshots, context } = boxes();
    const { box } = await running();
    const ids = [snapshotId(), snapshotId()];
    expect(await provider.snapshots(box.installId, context())).toEqual([]);
    const sizes = new Map<string, number>();
    for (const id of ids) sizes.set(id, (await provider.snapshotHome(box, id, context())).bytes);
    const listed = await second.snapshots(box.installId, context());
    expect(listed.map(({ snapshotId }) => snapshotId).sort()).toEqual(ids);
    for (const { snapshotId, boxId, bytes, createdAt } of listed) {
      expect({ boxId, bytes }).toEqual({ boxId: box.boxId, bytes: sizes.get(snapshotId) });
      expect(Math.abs(Date.now() - createdAt.getTime())).toBeLessThan(10 * 60_000);
    }
    expect((await snapshots()) ?? ids).toEqual(ids);
    expect(await provider.snapshots(testInstallId(), context())).toEqual([]);
  });

  test('destroySnapshot removes it for good, may be called twice and of nothing, and homes made of it stay', async (run) => {
    const { subject, provider, second, running, spec, snapshotId, snapshots, context } = boxes();
    if (subject.home === undefined) return run.skip('nothing here can look into a home');
    const { box } = await running();
    const { installId } = box;
    const [id, other] = [snapshotId(), snapshotId()];
    await provider.destroySnapshot({ installId, snapshotId: uuidv7() }, context());
    await subject.home.write(box, BEFORE);
    for (const one of [id, other]) await provider.snapshotHome(box, one, context());
    const { box: made } = await restored(id);

    await Promise.all([provider, second].map((one) => one.destroySnapshot({ installId, snapshotId: id }, context())));
    await provider.destroySnapshot({ installId, snapshotId: id }, context());
    await provider.destroySnapshot({ installId: testInstallId(), snapshotId: other }, context());
    expect((await provider.snapshots(installId, context())).map(({ snapshotId }) => snapshotId)).toEqual([other]);
    expect((await snapshots()) ?? [other]).toEqual([other]);
    expect(await subject.home.read(made)).toBe(BEFORE);
    const late = spec({ from: id });
    const gone = await failure(provider.ensureHome(late, context()), late);
    expect(gone).toMatchObject({ code: 'snapshot_gone', remedy: expect.stringContaining('snapshot list') });
    // As when its answer was lost: the home is there, and nobody looks for what it was made of.
    await second.ensureHome(made, context());
    expect(await subject.home.read(made)).toBe(BEFORE);
  });

  test('a home that is smaller than the one of the snapshot is refused, and nothing of it stays', async () => {
    const { provider, spec, running, snapshotId, homes, context } = boxes();
    const { resources } = spec();
    const { box } = await running({ resources: { ...resources, homeGiB: 3 } });
    const id = snapshotId();
    await provider.snapshotHome(box, id, context());
    const small = spec({ from: id, resources: { ...resources, homeGiB: 2 } });
    expect(await failureCode(provider.ensureHome(small, context()), small)).toBe('invalid');
    expect((await homes()) ?? [box.boxId]).toEqual([box.boxId]);
  });

  test('a box without a home has no snapshot, nor has an id that is taken by another box', async () => {
    const { provider, spec, running, snapshotId, snapshots, context } = boxes();
    const id = snapshotId();
    expect(await failureCode(provider.snapshotHome(spec(), id, context()))).toBe('invalid');
    expect((await snapshots()) ?? []).toEqual([]);
    const { box } = await running();
    await provider.snapshotHome(box, id, context());
    const { box: other } = await running();
    expect(await failureCode(provider.snapshotHome(other, id, context()))).toBe('invalid');
  });

  test('an aborted snapshot and an aborted restore end soon, leave the box working, and later calls finish them', async (run) => {
    const { subject, provider, second, running, spec, snapshotId, snapshots, homes, context } = boxes();
    const { home } = subject;
    if (home === undefined) return run.skip('nothing here can look into a home');
    const abortMs = subject.capabilities?.abortMs ?? DEFAULT_ABORT_MS;
    const { box } = await running();
    const ids: string[] = [];
    for (const afterMs of ABORT_AFTER_MS) {
      const id = snapshotId();
      ids.push(id);
      await home.write(box, `${BEFORE}${afterMs}`);
      await abortedAfter(afterMs, abortMs, (context) => provider.snapshotHome(box, id, context), box);
      // It may be whole: then this is what it has.
      const kept = (await provider.snapshots(box.installId, context())).some(({ snapshotId }) => snapshotId === id);
      const text = kept ? `${BEFORE}${afterMs}` : `${AFTER}${afterMs}`;
      await home.write(box, `${AFTER}${afterMs}`);
      await second.snapshotHome(box, id, context());
      expect((await snapshots()) ?? ids).toEqual(ids);

      const other = spec({ from: id, resources: { ...box.resources, homeGiB: box.resources.homeGiB + 1 } });
      await abortedAfter(afterMs, abortMs, (context) => provider.ensureHome(other, context), other);
      await second.ensureHome(other, context());
      await second.create(other, context());
      expect(await home.read(other)).toBe(text);
      await second.destroy(other, context());
      await second.destroyHome(other, context());
    }
    expect((await homes()) ?? [box.boxId]).toEqual([box.boxId]);
  });

  test('a snapshot of a home that changes all the time is a tree that once was there', async (run) => {
    const { subject, provider, running, snapshotId, context } = boxes();
    if (subject.changing === undefined) return run.skip('nothing here can change a home all the time');
    const { box } = await running();
    const changing = await subject.changing.begin(box);
    const ids: string[] = [];
    for (let time = 0; time < subject.changing.times; time++) {
      await changing.changed();
      const id = snapshotId();
      await provider.snapshotHome(box, id, context());
      ids.push(id);
    }
    // It goes on after the last one.
    await changing.changed();
    const truths = await changing.end();
    const places: number[] = [];
    for (const id of ids) {
      const { box: other } = await restored(id);
      const place = truths.indexOf(await changing.hash(other));
      expect(place, 'of a tree that never was').not.toBe(-1);
      places.push(place);
      await provider.destroy(other, context());
      await provider.destroyHome(other, context());
    }
    expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
  });
}
