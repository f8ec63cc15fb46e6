// Homes and their snapshots at DigitalOcean.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BOX,
  closeSetting,
  context,
  INSTALL,
  OTHER_BOX,
  OTHER_INSTALL,
  openSetting,
  type Setting,
  SNAPSHOT,
} from './setting.ts';

describe('a home at DigitalOcean', () => {
  let on: Setting;
  beforeEach(async () => {
    on = await openSetting();
  });
  afterEach(() => closeSetting(on));

  it('is a volume without a file system, with its marks, under a name that its device has too', async () => {
    const volume = await on.makeHome();
    expect(volume).toMatchObject({ boxId: BOX, region: 'fra1', sizeGiB: 10, ready: true, attachedTo: [] });
    const [raw] = on.world.volumes.values();
    expect(raw?.tags).toEqual(['shellbox', `sb-install-${INSTALL}`, `sb-box-${BOX}`]);
    expect(on.vendor.requests.at(-1)?.body).not.toHaveProperty('filesystem_type');
    expect(on.cloud.deviceOf(volume)).toBe(`/dev/disk/by-id/scsi-0DO_Volume_${raw?.name}`);
    expect(await on.cloud.volumes(INSTALL, context)).toEqual([volume]);
    expect(await on.cloud.volume(volume.ref, context)).toEqual(volume);
  });

  it('is made once, and adopted where it is there', async () => {
    const volume = await on.makeHome();
    expect(await on.makeHome()).toEqual(volume);
    expect(on.world.volumes.size).toBe(1);
  });

  it('is found again when nobody heard that it was made', async () => {
    on.vendor.faults.next('POST /v2/volumes', { kind: 'cut', when: 'after' });
    await expect(on.makeHome()).rejects.toMatchObject({ code: 'timeout' });
    const [found] = await on.cloud.volumes(INSTALL, context);
    expect(await on.makeHome()).toEqual(found);
  });

  it('is never somebody else’s volume of that name', async () => {
    await on.makeHome();
    for (const volume of on.world.volumes.values()) volume.tags = ['mine'];
    expect(await on.cloud.volumes(INSTALL, context)).toEqual([]);
    await expect(on.makeHome()).rejects.toMatchObject({
      code: 'invalid',
      message: 'DigitalOcean has another volume of the name that this home needs.',
    });
  });

  it('is in the list of its installation only', async () => {
    await on.makeHome();
    expect(await on.cloud.volumes(OTHER_INSTALL, context)).toEqual([]);
    for (const volume of on.world.volumes.values()) volume.tags = volume.tags.map((tag) => tag.replace(BOX, OTHER_BOX));
    expect(await on.cloud.volumes(INSTALL, context)).toEqual([]);
  });

  it('is attached and detached, and both may be said twice', async () => {
    const { machine, volume } = await on.runBox();
    const attachedTo = async () => (await on.cloud.volume(volume.ref, context))?.attachedTo;
    await on.cloud.attachVolume(volume, machine, context);
    await on.cloud.detachVolume(volume, machine, context);
    on.later();
    expect(await attachedTo()).toEqual([]);
    await on.cloud.detachVolume(volume, machine, context);
    await on.cloud.attachVolume(volume, machine, context);
    on.later();
    expect(await attachedTo()).toEqual([machine.ref]);
    await on.cloud.attachVolume(volume, machine, context);
  });

  it('is not attached while the machine is busy', async () => {
    const { machine } = await on.runBox();
    const other = await on.makeHome(OTHER_BOX);
    await on.cloud.shutDownMachine(machine, context);
    await expect(on.cloud.attachVolume(other, machine, context)).rejects.toMatchObject({
      code: 'busy',
      retryAfterMs: expect.any(Number),
    });
  });

  it('is deleted when it is free, and may be gone already', async () => {
    const { machine, volume } = await on.runBox();
    await expect(on.cloud.deleteVolume(volume, context)).rejects.toMatchObject({
      code: 'busy',
      message: 'DigitalOcean still has this volume attached to a machine.',
    });
    await on.cloud.deleteMachine(machine, context);
    await on.cloud.deleteVolume(volume, context);
    await on.cloud.deleteVolume(volume, context);
    expect(await on.cloud.volume(volume.ref, context)).toBeUndefined();
    await on.cloud.attachVolume(volume, machine, context);
    await on.cloud.detachVolume(volume, machine, context);
  });

  it('is kept as a snapshot, of which another is made', async () => {
    const volume = await on.makeHome();
    const plan = { installId: INSTALL, snapshotId: SNAPSHOT, volume };
    const taken = await on.cloud.createSnapshot(plan, context);
    expect(taken).toMatchObject({ snapshotId: SNAPSHOT, boxId: BOX, region: 'fra1', volumeGiB: 10, bytes: 2 ** 28 });
    expect(await on.cloud.snapshots(INSTALL, context)).toEqual([taken]);
    expect(await on.cloud.snapshots(OTHER_INSTALL, context)).toEqual([]);
    const wanted = { installId: INSTALL, boxId: OTHER_BOX, region: 'fra1', sizeGiB: 20, from: taken };
    const copy = await on.cloud.createVolume(wanted, context);
    expect(copy).toMatchObject({ boxId: OTHER_BOX, sizeGiB: 20 });
    expect(on.world.volumes.get(copy.ref)?.from).toBe(taken.ref);
    expect(await on.cloud.createSnapshot(plan, context)).toEqual(taken);
    await on.cloud.deleteSnapshot(taken, context);
    await on.cloud.deleteSnapshot(taken, context);
    expect(await on.cloud.snapshots(INSTALL, context)).toEqual([]);
  });

  it('has a snapshot in no list whose marks do not agree with its name', async () => {
    const volume = await on.makeHome();
    await on.cloud.createSnapshot({ installId: INSTALL, snapshotId: SNAPSHOT, volume }, context);
    for (const one of on.world.snapshots.values()) one.name = 'a snapshot of mine';
    expect(await on.cloud.snapshots(INSTALL, context)).toEqual([]);
  });
});
