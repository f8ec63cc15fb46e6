// Homes at OVH: volumes and their snapshots, and what stays of a volume as long as snapshots need it.
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { keptName } from '../../../src/providers/names.ts';
import type { VolumeSnapshot } from '../../../src/providers/shared/cloud/cloud.ts';
import { failure } from '../../contracts/provider-subject.ts';
import { INSTALL, openProject, type Project, REGION } from './project.ts';

const SLOW = { timesFaster: 1 };
const GIB = 1024 ** 3;

async function snapshot({ cloud, context }: Project, boxId: string): Promise<VolumeSnapshot> {
  const volume = (await cloud.volumes(INSTALL, context)).find((one) => one.boxId === boxId);
  if (volume === undefined) throw new Error('no volume');
  return await cloud.createSnapshot({ installId: INSTALL, snapshotId: uuidv7(), volume }, context);
}

describe('a volume at OVH', () => {
  test('is made empty, found by its box, and gone when it was deleted', async () => {
    await using project = await openProject({}, SLOW);
    const { cloud, context, clock } = project;
    const boxId = uuidv7();
    const making = await project.volume(boxId);
    expect(making).toEqual({ ref: making.ref, boxId, region: REGION, sizeGiB: 10, ready: false, attachedTo: [] });
    clock.advance(60_000);
    expect(await cloud.volumes(INSTALL, context)).toEqual([{ ...making, ready: true }]);
    expect(await cloud.volume(making.ref, context)).toEqual({ ...making, ready: true });
    await cloud.deleteVolume(making, context);
    await cloud.deleteVolume(making, context);
    expect(await cloud.volume(making.ref, context)).toMatchObject({ ready: false });
    clock.advance(60_000);
    expect(await cloud.volume(making.ref, context)).toBeUndefined();
    await cloud.deleteVolume(making, context);
    expect(await cloud.volumes(INSTALL, context)).toEqual([]);
  });

  test.each(['error', 'error_deleting'])(
    'that is in “%s” failed, and so did its snapshot; both can be deleted',
    async (status) => {
      await using project = await openProject();
      const { cloud, context, fake } = project;
      const boxId = uuidv7();
      const volume = await project.volume(boxId);
      const kept = await snapshot(project, boxId);
      for (const one of [...fake.world.volumes.values(), ...fake.world.snapshots.values()]) one.status = status;
      expect(await cloud.volume(volume.ref, context)).toMatchObject({ ready: false, failed: true });
      expect(await cloud.snapshots(INSTALL, context)).toMatchObject([{ ready: false, failed: true }]);
      await cloud.deleteSnapshot(kept, context);
      await cloud.deleteVolume(volume, context);
      expect(await cloud.volumes(INSTALL, context)).toEqual([]);
    },
  );

  test('is a disk whose name begins with its id', async () => {
    await using project = await openProject();
    const volume = await project.volume();
    expect(project.cloud.deviceOf(volume)).toBe(`/dev/disk/by-id/virtio-${volume.ref.slice(0, 20)}`);
  });

  test('is attached and detached, each call as often as one likes', async () => {
    await using project = await openProject({}, SLOW);
    const { cloud, context, clock } = project;
    const boxId = uuidv7();
    const machine = await project.machine({ boxId });
    const { ref } = await project.volume(boxId);
    const look = async () => (await cloud.volume(ref, context)) ?? expect.unreachable();
    clock.advance(60_000);
    for (const [verb, attachedTo] of [
      ['attachVolume', [machine.ref]],
      ['detachVolume', []],
    ] as const) {
      const before = await look();
      await cloud[verb](before, machine, context);
      expect(await look()).toMatchObject({ ready: false });
      // While it is under way OVH refuses, and neither is it done.
      expect((await failure(cloud[verb](before, machine, context))).code).toBe('busy');
      clock.advance(60_000);
      await cloud[verb](before, machine, context);
      expect(await look()).toMatchObject({ ready: true, attachedTo });
      await cloud[verb](await look(), machine, context);
    }
  });

  test('waits for its machine, and is not attached to one that is gone', async () => {
    await using project = await openProject({}, SLOW);
    const { cloud, context, clock } = project;
    const machine = await project.machine();
    const volume = await project.volume();
    clock.advance(10_000);
    expect((await failure(cloud.attachVolume(volume, machine, context))).code).toBe('busy');
    await cloud.deleteMachine(machine, context);
    clock.advance(60_000);
    await cloud.attachVolume(volume, machine, context);
    await cloud.detachVolume({ ...volume, attachedTo: [machine.ref] }, machine, context);
    await cloud.attachVolume({ ...volume, ref: 'gone' }, machine, context);
    expect(await cloud.volume(volume.ref, context)).toMatchObject({ ready: true, attachedTo: [] });
  });

  test('is taken off a machine before that is released', async () => {
    await using project = await openProject();
    const { cloud, context } = project;
    const boxId = uuidv7();
    const { ref } = await project.machine({ boxId });
    const volume = await project.volume(boxId);
    const look = async () => (await cloud.machine(ref, context)) ?? expect.unreachable();
    await cloud.attachVolume(volume, await look(), context);
    await cloud.shutDownMachine(await look(), context);
    await cloud.releaseMachine(await look(), context);
    expect(await look()).toMatchObject({ state: 'stopped', volumes: [] });
    await cloud.releaseMachine(await look(), context);
    expect((await look()).state).toBe('released');
    expect(await cloud.volume(volume.ref, context)).toMatchObject({ ready: true, attachedTo: [] });
  });

  test('outlives a machine that is deleted', async () => {
    await using project = await openProject();
    const { cloud, context } = project;
    const boxId = uuidv7();
    const machine = await project.machine({ boxId });
    const volume = await project.volume(boxId);
    await cloud.attachVolume(volume, machine, context);
    await cloud.deleteMachine(machine, context);
    expect(await cloud.volume(volume.ref, context)).toMatchObject({ ready: true, attachedTo: [] });
  });

  test('that is attached is neither deleted nor put aside', async () => {
    await using project = await openProject();
    const { cloud, context } = project;
    const boxId = uuidv7();
    const machine = await project.machine({ boxId });
    const volume = await project.volume(boxId);
    await cloud.attachVolume(volume, machine, context);
    expect((await failure(cloud.deleteVolume(volume, context))).code).toBe('busy');
    await snapshot(project, boxId);
    expect((await failure(cloud.deleteVolume(volume, context))).code).toBe('busy');
    expect(await cloud.volumes(INSTALL, context)).toMatchObject([{ attachedTo: [machine.ref] }]);
  });

  test('is one of several of its name: the oldest comes first, and others’ do not come', async () => {
    await using project = await openProject();
    const { cloud, context, fake, clock } = project;
    const boxId = uuidv7();
    const first = await project.volume(boxId);
    clock.advance(1000);
    const second = await project.volume(boxId, 'SBG5');
    const third = await project.volume(boxId);
    for (const name of ['data', keptName('otherins', boxId), `${keptName(INSTALL, boxId)}-left`]) {
      const [like] = fake.world.volumes.values();
      if (like !== undefined) fake.world.volumes.set(name, { ...like, id: name, name });
    }
    const later = [second.ref, third.ref].sort();
    expect((await cloud.volumes(INSTALL, context)).map(({ ref }) => ref)).toEqual([first.ref, ...later]);
    expect(await cloud.volume('data', context)).toBeUndefined();
  });
});

describe('a snapshot at OVH', () => {
  test('knows its box, its size and its moment', async () => {
    await using project = await openProject({}, SLOW);
    const { cloud, context, clock } = project;
    const boxId = uuidv7();
    await project.volume(boxId);
    clock.advance(60_000);
    const made = await snapshot(project, boxId);
    expect(made).toEqual({
      ref: made.ref,
      snapshotId: made.snapshotId,
      boxId,
      region: REGION,
      bytes: 10 * GIB,
      volumeGiB: 10,
      createdAt: new Date(clock.nowMs()),
      ready: false,
    });
    clock.advance(60_000);
    expect(await cloud.snapshots(INSTALL, context)).toEqual([{ ...made, ready: true }]);
    await cloud.deleteSnapshot(made, context);
    await cloud.deleteSnapshot(made, context);
    clock.advance(60_000);
    await cloud.deleteSnapshot(made, context);
    expect(await cloud.snapshots(INSTALL, context)).toEqual([]);
  });

  test('becomes a volume of at least its size, in its region', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const boxId = uuidv7();
    await project.volume(boxId);
    const from = await snapshot(project, boxId);
    const plan = { installId: INSTALL, boxId: uuidv7(), region: REGION, sizeGiB: 20, from };
    const made = await cloud.createVolume(plan, context);
    expect(fake.world.volumes.get(made.ref)).toMatchObject({ from: from.ref, size: 20 });
    for (const wrong of [{ sizeGiB: 5 }, { region: 'SBG5' }]) {
      expect((await failure(cloud.createVolume({ ...plan, ...wrong }, context))).code).toBe('invalid');
    }
  });

  test('is not listed when its marks are not whole or do not agree', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const boxId = uuidv7();
    await project.volume(boxId);
    const good = await snapshot(project, boxId);
    const [like] = fake.world.snapshots.values();
    if (like === undefined) throw new Error('no snapshot');
    const wrong = [
      { name: '' },
      { name: keptName('otherins', uuidv7()) },
      { description: '' },
      { description: `${like.description} ` },
      { description: 'box 1, 10 GiB' },
      { size: 11 },
    ];
    for (const [at, other] of wrong.entries()) fake.world.snapshots.set(`w${at}`, { ...like, id: `w${at}`, ...other });
    expect((await cloud.snapshots(INSTALL, context)).map(({ ref }) => ref)).toEqual([good.ref]);
  });

  test('outlives its home, whose volume goes with the last of them', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const boxId = uuidv7();
    const home = await project.volume(boxId);
    const [one, two] = [await snapshot(project, boxId), await snapshot(project, boxId)];
    await cloud.deleteVolume(home, context);
    expect(await cloud.volumes(INSTALL, context)).toEqual([]);
    expect(await cloud.volume(home.ref, context)).toBeUndefined();
    expect(await cloud.belongings(INSTALL, context)).toEqual([
      { kind: 'home', name: `${keptName(INSTALL, boxId)}-left` },
    ]);
    expect(await cloud.snapshots(INSTALL, context)).toHaveLength(2);
    await cloud.deleteSnapshot(one, context);
    expect(fake.world.volumes.size).toBe(1);
    await cloud.deleteSnapshot(two, context);
    expect(fake.world.volumes.size).toBe(0);
    expect(await cloud.belongings(INSTALL, context)).toEqual([]);
  });

  test('that takes its time to go has its volume swept away by whatever comes next', async () => {
    await using project = await openProject({}, SLOW);
    const { cloud, context, clock, fake } = project;
    const boxId = uuidv7();
    const home = await project.volume(boxId);
    clock.advance(60_000);
    const only = await snapshot(project, boxId);
    clock.advance(60_000);
    await cloud.deleteVolume(home, context);
    await cloud.deleteSnapshot({ ...only, ready: true }, context);
    clock.advance(60_000);
    expect(fake.world.volumes.size).toBe(1);
    const other = project.another();
    await other.prepare('otherins', context);
    clock.advance(60_000);
    await other.tidy('otherins', context);
    expect(fake.world.volumes.size).toBe(1);
    await other.prepare(INSTALL, context);
    clock.advance(60_000);
    await other.tidy(INSTALL, context);
    expect(fake.world.volumes.size).toBe(0);
  });
});
