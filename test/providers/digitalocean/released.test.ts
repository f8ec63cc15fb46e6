// Machines at DigitalOcean that are put away: an image instead of a droplet, and back.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../../src/providers/shared/cloud/cloud.ts';
import { ACTION_MS, closeSetting, context, INSTALL, openSetting, type Setting } from './setting.ts';

describe('a released machine at DigitalOcean', () => {
  let on: Setting;
  const only = async (): Promise<Machine> => {
    const [machine, ...others] = await on.cloud.machines(INSTALL, context);
    if (machine === undefined || others.length > 0) throw new Error('There is not exactly one machine.');
    return machine;
  };
  const snapshotsAsked = () =>
    on.vendor.requests.filter(({ body }) => JSON.stringify(body)?.includes('"type":"snapshot"')).length;
  beforeEach(async () => {
    on = await openSetting();
  });
  afterEach(() => closeSetting(on));

  it('is an image of that name and no droplet, in two looks', async () => {
    const { machine, volume } = await on.stopBox();
    expect(await on.release(machine)).toBe(2);
    expect(on.world.droplets.size).toBe(0);
    expect(await only()).toMatchObject({
      state: 'released',
      instanceName: machine.instanceName,
      region: 'fra1',
      address: undefined,
      volumes: [],
    });
    expect(await on.cloud.volume(volume.ref, context)).toMatchObject({ attachedTo: [] });
  });

  it('is waited for while its image is being taken, and asked for once', async () => {
    const { machine } = await on.stopBox();
    for (let look = 0; look < 3; look++) await on.cloud.releaseMachine(machine, context);
    expect(snapshotsAsked()).toBe(1);
    expect(await on.cloud.machine(machine.ref, context)).toMatchObject({ state: 'changing' });
  });

  it('keeps its droplet until the image is whole', async () => {
    const { machine } = await on.stopBox();
    await on.cloud.releaseMachine(machine, context);
    on.later();
    await on.world.settle();
    const [image] = on.world.images.values();
    Object.assign(image ?? {}, { status: 'pending' });
    await on.cloud.releaseMachine(machine, context);
    expect(on.world.droplets.size).toBe(1);
    Object.assign(image ?? {}, { status: 'available' });
    await on.cloud.releaseMachine(machine, context);
    expect(on.world.droplets.size).toBe(0);
    expect(snapshotsAsked()).toBe(1);
  });

  it('is not released while it runs or boots', async () => {
    const { machine } = await on.runBox();
    await on.cloud.releaseMachine(machine, context);
    expect(snapshotsAsked()).toBe(0);
  });

  it('says so when its image came to nothing, and tries again later', async () => {
    const { machine } = await on.stopBox();
    on.world.failing.push('snapshot');
    await on.cloud.releaseMachine(machine, context);
    on.later();
    await expect(on.cloud.releaseMachine(machine, context)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'DigitalOcean tried to put the disk of this machine away and failed; it does not say why.',
    });
    on.clock.advance(5 * 60_000);
    expect(await on.release(machine)).toBe(2);
    expect(snapshotsAsked()).toBe(2);
  });

  it('comes back on its disk, with its volume, name, marks and user data', async () => {
    const { machine, plan, volume } = await on.stopBox();
    await on.release(machine);
    const [image] = on.world.images.values();
    await on.cloud.startMachine(await only(), { ...plan, userData: '#cloud-config\n# again' }, context);
    const again = await on.seen(await only());
    expect(again).toMatchObject({ state: 'running', instanceName: machine.instanceName, volumes: [volume.ref] });
    const [droplet] = on.world.droplets.values();
    expect(droplet).toMatchObject({ image: image?.id, userData: '#cloud-config\n# again' });
    expect(droplet?.tags).toContain(`sb-box-${volume.boxId}`);
  });

  it('is made once, however often it is started, though lists lag', async () => {
    const { machine, plan } = await on.stopBox();
    await on.release(machine);
    const released = await only();
    await on.cloud.startMachine(released, plan, context);
    await on.cloud.startMachine(released, plan, context);
    expect(on.world.droplets.size).toBe(1);
  });

  it('is taken anew when it ran since, and the older image goes', async () => {
    const { machine, plan } = await on.stopBox();
    await on.release(machine);
    const [older] = on.world.images.keys();
    await on.cloud.startMachine(await only(), plan, context);
    const again = await on.seen(await only());
    await on.cloud.shutDownMachine(again, context);
    const stopped = await on.seen(again);
    await on.release(stopped);
    expect([...on.world.images.keys()]).toHaveLength(1);
    expect([...on.world.images.keys()]).not.toContain(older);
  });

  it('never loses what was written after a release that was interrupted', async () => {
    const { machine, plan } = await on.stopBox();
    await on.cloud.releaseMachine(machine, context);
    const stillThere = await on.seen(machine);
    await on.cloud.startMachine(stillThere, plan, context);
    const running = await on.seen(machine);
    await on.cloud.shutDownMachine(running, context);
    const stopped = await on.seen(machine);
    await on.cloud.releaseMachine(stopped, context);
    expect(on.world.droplets.size).toBe(1);
    expect(snapshotsAsked()).toBe(2);
    on.clock.advance(ACTION_MS);
    await on.world.settle();
    const newest = [...on.world.images.values()].at(-1);
    Object.assign(newest ?? {}, { status: 'pending' });
    await on.cloud.releaseMachine(stopped, context);
    expect(on.world.droplets.size).toBe(1);
    Object.assign(newest ?? {}, { status: 'available' });
    await on.cloud.releaseMachine(stopped, context);
    expect(on.world.droplets.size).toBe(0);
    expect([...on.world.images.values()]).toEqual([newest]);
  });

  it('says that it cannot start while its image is being taken', async () => {
    const { machine, plan } = await on.stopBox();
    await on.cloud.releaseMachine(machine, context);
    await expect(on.cloud.startMachine(machine, plan, context)).rejects.toMatchObject({
      code: 'busy',
      message: 'DigitalOcean is still busy with this machine.',
    });
  });

  it('cannot start where its image is not', async () => {
    const { machine, plan } = await on.stopBox();
    await on.release(machine);
    const moved = { ...plan, region: 'nyc3' };
    await expect(on.cloud.startMachine(await only(), moved, context)).rejects.toMatchObject({
      code: 'invalid',
      remedy: expect.stringContaining('to nyc3'),
    });
  });

  it('is “vanished” when somebody deleted its image', async () => {
    const { machine, plan } = await on.stopBox();
    await on.release(machine);
    const released = await only();
    on.world.images.clear();
    await expect(on.cloud.startMachine(released, plan, context)).rejects.toMatchObject({ code: 'vanished' });
    expect(await on.cloud.machine(released.ref, context)).toBeUndefined();
  });

  it('is deleted with its images, put away or not', async () => {
    const { machine, plan } = await on.stopBox();
    await on.release(machine);
    await on.cloud.startMachine(await only(), plan, context);
    const again = await on.seen(await only());
    await on.cloud.deleteMachine(again, context);
    expect([on.world.images.size, on.world.droplets.size]).toEqual([0, 0]);
    await on.cloud.deleteMachine(again, context);
  });

  it('is deleted as an image too', async () => {
    const { machine } = await on.stopBox();
    await on.release(machine);
    await on.cloud.deleteMachine(await only(), context);
    expect(await on.cloud.machines(INSTALL, context)).toEqual([]);
  });

  it('is nobody else’s image', async () => {
    const { machine } = await on.stopBox();
    await on.release(machine);
    for (const image of on.world.images.values()) image.name = 'my own server';
    expect(await on.cloud.machines(INSTALL, context)).toEqual([]);
  });
});
