// Machines at DigitalOcean: made, started, stopped, and deleted.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resourcesOf } from '../../../src/boxes/sizes.ts';
import { instanceName } from '../../../src/providers/names.ts';
import type { WorldOptions } from '../../fakes/cloud/digitalocean-world.ts';
import { BOX, closeSetting, context, INSTALL, OTHER_BOX, OTHER_INSTALL, openSetting, type Setting } from './setting.ts';

describe('a machine at DigitalOcean', () => {
  let on: Setting;
  beforeEach(async () => {
    on = await openSetting();
  });
  afterEach(() => closeSetting(on));

  it('is made with its volume, its marks, a key and nothing that others could come in by', async () => {
    const volume = await on.makeHome();
    const made = await on.cloud.createMachine(on.planFor(volume), context);
    expect(made).toMatchObject({ boxId: BOX, incarnation: 1, state: 'making', region: 'fra1', volumes: [volume.ref] });
    const [droplet] = on.world.droplets.values();
    expect(droplet).toMatchObject({
      name: instanceName(INSTALL, BOX, 1),
      image: 'debian-12-x64',
      userData: '#cloud-config\n',
      tags: ['shellbox', `sb-install-${INSTALL}`, `sb-box-${BOX}`, 'sb-incarnation-1'],
    });
    expect(droplet?.size.slug).toBe('s-2vcpu-4gb');
    expect(on.world.passwordsMailed).toEqual([]);
    expect(on.vendor.requests.at(-1)?.body).toMatchObject({ monitoring: true, with_droplet_agent: false });
  });

  it('runs with its address and its volume once the vendor has made it', async () => {
    const { machine, volume } = await on.runBox();
    expect(machine).toMatchObject({
      state: 'running',
      address: expect.stringMatching(/^203\./),
      volumes: [volume.ref],
    });
    expect(await on.cloud.machines(INSTALL, context)).toEqual([machine]);
  });

  it('is found by its ref before its tags are there', async () => {
    const made = await on.cloud.createMachine(on.planFor(await on.makeHome()), context);
    for (const droplet of on.world.droplets.values()) droplet.tags = [];
    expect(await on.cloud.machine(made.ref, context)).toMatchObject({ boxId: BOX, incarnation: 1 });
  });

  it('is not there for sure when the vendor says so', async () => {
    expect(await on.cloud.machine('17', context)).toBeUndefined();
    expect(await on.cloud.machine('image-17', context)).toBeUndefined();
  });

  it('shuts down, and starts again with another boot', async () => {
    const { machine, plan } = await on.stopBox();
    expect(machine.state).toBe('stopped');
    await on.cloud.startMachine(machine, plan, context);
    expect(await on.cloud.machine(machine.ref, context)).toMatchObject({ state: 'changing' });
    expect(await on.seen(machine)).toMatchObject({ state: 'running' });
  });

  it('may be started and shut down again while that is under way', async () => {
    const { machine, plan } = await on.runBox();
    await on.cloud.shutDownMachine(machine, context);
    await on.cloud.shutDownMachine(machine, context);
    const stopped = await on.seen(machine);
    await on.cloud.shutDownMachine(stopped, context);
    await on.cloud.startMachine(stopped, plan, context);
    await on.cloud.startMachine(stopped, plan, context);
    expect((await on.seen(machine)).state).toBe('running');
  });

  it('is switched off where its system does not care', async () => {
    const { machine } = await on.runBox();
    on.world.stubborn.add(machine.instanceName);
    await on.cloud.shutDownMachine(machine, context);
    await expect(on.cloud.switchOffMachine(machine, context)).rejects.toMatchObject({
      code: 'busy',
      message: 'DigitalOcean is still busy with this machine.',
      retryAfterMs: expect.any(Number),
    });
    expect((await on.seen(machine)).state).toBe('running');
    await on.cloud.switchOffMachine(machine, context);
    expect((await on.seen(machine)).state).toBe('stopped');
  });

  it('leaves its volume behind, and is gone for every verb', async () => {
    const { machine, volume, plan } = await on.runBox();
    await on.cloud.deleteMachine(machine, context);
    expect(await on.cloud.machine(machine.ref, context)).toBeUndefined();
    expect(await on.cloud.volume(volume.ref, context)).toMatchObject({ attachedTo: [] });
    await on.cloud.deleteMachine(machine, context);
    await on.cloud.shutDownMachine(machine, context);
    await on.cloud.switchOffMachine(machine, context);
    await on.cloud.startMachine(machine, plan, context);
  });

  it('is in no list without its marks, whole and in agreement', async () => {
    const { machine } = await on.runBox();
    const [droplet] = on.world.droplets.values();
    const tags = [...(droplet?.tags ?? [])];
    const variants = [
      tags.filter((tag) => !tag.startsWith('sb-box-')),
      tags.map((tag) => tag.replace(BOX, OTHER_BOX)),
      [...tags, 'sb-incarnation-2'],
      tags.map((tag) => tag.replace('incarnation-1', 'incarnation-2')),
    ];
    for (const wrong of variants) {
      Object.assign(droplet ?? {}, { tags: wrong });
      expect(await on.cloud.machines(INSTALL, context)).toEqual([]);
    }
    Object.assign(droplet ?? {}, { tags });
    expect(await on.cloud.machines(INSTALL, context)).toEqual([machine]);
    expect(await on.cloud.machines(OTHER_INSTALL, context)).toEqual([]);
  });

  it('gets the cheapest size that holds it, and a family that is allowed', async () => {
    const volume = await on.makeHome();
    const odd = { ...resourcesOf({ cpus: 3, memoryMiB: 5000, homeGiB: 10 }) };
    await on.cloud.createMachine(on.planFor(volume, { resources: odd }), context);
    expect([...on.world.droplets.values()].map(({ size }) => size.slug)).toEqual(['s-4vcpu-8gb']);
  });

  it('is “invalid” where no size is large enough anywhere', async () => {
    const huge = resourcesOf({ cpus: 64, memoryMiB: 1024, homeGiB: 10 });
    const plan = on.planFor(await on.makeHome(), { resources: huge });
    await expect(on.cloud.createMachine(plan, context)).rejects.toMatchObject({
      code: 'invalid',
      message: 'DigitalOcean has no size with 64 vCPU and 1024 MiB of memory.',
      remedy: expect.stringContaining('than s,'),
    });
  });

  it('is found in a list that comes in many pages', async () => {
    const paged = await openSetting({ mostPerPage: 2 });
    const boxes = Array.from({ length: 5 }, (_, at) => BOX.replace(/7$/, String(at)));
    for (const boxId of boxes) await paged.cloud.createMachine(paged.planFor(await paged.makeHome(boxId)), context);
    const machines = await paged.cloud.machines(INSTALL, context);
    expect(machines.map(({ boxId }) => boxId)).toEqual(boxes);
    expect(await paged.cloud.volumes(INSTALL, context)).toHaveLength(5);
    await closeSetting(paged);
  });

  it('is not lost when the list changes between two of its pages', async () => {
    const paged = await openSetting({ mostPerPage: 1 });
    const boxes = [0, 1, 2].map((at) => BOX.replace(/7$/, String(at)));
    for (const boxId of boxes) await paged.cloud.createMachine(paged.planFor(await paged.makeHome(boxId)), context);
    const [first] = await paged.cloud.machines(INSTALL, context);
    const from = paged.vendor.requests.length;
    const until = () => void paged.world.droplets.delete(Number(first?.ref));
    paged.vendor.faults.next('GET /v2/droplets', { kind: 'slow', until, when: 'after' });
    const listed = paged.cloud.machines(INSTALL, context);
    expect((await listed).map(({ boxId }) => boxId).toSorted()).toEqual(boxes.slice(1));
    expect(paged.vendor.requests.length - from).toBeGreaterThan(3);
    await closeSetting(paged);
  });

  it('may be missing from lists for a while, and is found by its ref meanwhile', async () => {
    on.world.lag.set(30_000);
    const made = await on.cloud.createMachine(on.planFor(await on.makeHome()), context);
    expect(await on.cloud.machines(INSTALL, context)).toEqual([]);
    expect(await on.cloud.machine(made.ref, context)).toBeDefined();
    on.clock.advance(on.cloud.listLagMs);
    expect(await on.cloud.machines(INSTALL, context)).toHaveLength(1);
  });

  it('has something behind its address where a test puts it there', async () => {
    const boots: unknown[] = [];
    const onBoot: WorldOptions['onBoot'] = ({ droplet, volumes, isFirst }) => {
      boots.push([droplet.name, droplet.userData, volumes.map(({ name }) => name), isFirst]);
      return '127.0.0.9';
    };
    const halted: string[] = [];
    const other = await openSetting({ onBoot, onHalt: ({ name }) => void halted.push(name) });
    const { machine, plan } = await other.stopBox();
    expect(machine.address).toBe('127.0.0.9');
    expect(halted).toEqual([plan.instanceName]);
    await other.cloud.startMachine(machine, plan, context);
    await other.seen(machine);
    const device = other.cloud.deviceOf(plan.volume).split('Volume_')[1];
    expect(boots).toEqual([true, false].map((isFirst) => [plan.instanceName, plan.userData, [device], isFirst]));
    await closeSetting(other);
  });
});
