// OVH of tests as the contract suite and whole houses use it, with machines that boot in a moment or others.
import { parseInstanceName, parseKeptName } from '../../../src/providers/names.ts';
import { createOvh } from '../../../src/providers/ovh/ovh.ts';
import type { BoxRef } from '../../../src/providers/provider.ts';
import type { CloudUnderTest } from '../../contracts/cloud-subject.ts';
import { testInstallId } from '../../contracts/provider-spec.ts';
import { openInstantBoxes } from '../../fakes/cloud/instant-boxes.ts';
import type { Machines } from '../../fakes/cloud/machines.ts';
import { type FakeOvh, openFakeOvh } from '../../fakes/cloud/ovh.ts';

const CHOICE = { regions: ['GRA11', 'SBG5'], moreRegions: ['WAW1'], moreImages: ['Ubuntu 24.04'] };

type WhenStopped = 'keep' | 'release';

export async function ovhUnderTest(
  whenStopped: WhenStopped,
  installId = testInstallId(),
  timesFaster = Number.POSITIVE_INFINITY,
): Promise<CloudUnderTest & { fake: FakeOvh }> {
  return ovhWith(await openInstantBoxes(), { whenStopped, installId, timesFaster });
}

/** Over these machines, which it closes in the end. */
export async function ovhWith<Boxes extends Machines>(
  boxes: Boxes,
  { whenStopped, installId, timesFaster }: { whenStopped: WhenStopped; installId: string; timesFaster?: number },
): Promise<CloudUnderTest<Boxes> & { fake: FakeOvh }> {
  const fake = await openFakeOvh({
    nowMs: () => Date.now(),
    ...(timesFaster === undefined ? {} : { timesFaster }),
    onBoot: ({ id, userData }) => boxes.boot({ id, userData, home: () => homeWith(id) }),
    onHalt: ({ id, status }) => (status === 'DELETING' ? boxes.remove(id) : boxes.halt(id)),
  });
  const { world } = fake;
  function homeWith(instanceId: string) {
    const volume = [...world.volumes.values()].find(({ attachedTo }) => attachedTo.includes(instanceId));
    return volume && { disk: volume.disk, sizeGiB: volume.size };
  }
  const instanceOf = ({ instanceName }: BoxRef) =>
    [...world.instances.values()].find(({ name }) => name === instanceName);
  const volumeOf = ({ boxId }: BoxRef) =>
    [...world.volumes.values()].find(({ name }) => parseKeptName(name)?.uuid === boxId);
  const open = (apiUrl = fake.options.apiUrl) => createOvh({ ...fake.options, ...CHOICE, apiUrl, whenStopped });
  const remove = (id: string): void => {
    boxes.remove(id);
    for (const volume of world.volumes.values())
      if (volume.attachedTo.includes(id)) Object.assign(volume, { attachedTo: [], status: 'available' });
    world.instances.delete(id);
  };
  return {
    fake,
    server: fake.server,
    installId,
    boxes,
    open: () => open(),
    unreachable: () => open('http://127.0.0.1:9/1.0'),
    machineOf: (box) => instanceOf(box)?.id,
    homeOf(box) {
      const volume = volumeOf(box);
      return volume && { disk: volume.disk, sizeGiB: volume.size };
    },
    whereabouts(box) {
      const instance = instanceOf(box);
      const image = fake.goods.images.find(({ id }) => id === instance?.imageId)?.name;
      return { home: volumeOf(box)?.region, instance: instance?.region, image };
    },
    removeMachine(box) {
      const instance = instanceOf(box);
      if (instance !== undefined) remove(instance.id);
    },
    plantStranger() {
      const id = world.newId();
      const plain = { region: 'GRA11', status: 'ACTIVE', madeAtMs: 0, flavorId: 'f', imageId: 'i', userData: '' };
      world.instances.set(id, { ...plain, id, name: 'web-1', address: '192.0.2.9' });
      return async () => remove(id);
    },
    machines: (of) =>
      [...world.instances.values()].map(({ name }) => name).filter((name) => parseInstanceName(name)?.installId === of),
    homes: (of) => idsOf(world.volumes.values(), of),
    snapshots: (of) => idsOf(world.snapshots.values(), of),
    leftovers: () =>
      [...world.instances.values(), ...world.volumes.values(), ...world.snapshots.values()].map(({ name }) => name),
    assertClean: fake.server.assertClean,
    async close() {
      await fake.server.close();
      await boxes.close();
    },
  };
}

/** Of those whose names say that they are of the installation. */
function idsOf(kept: Iterable<{ name: string }>, installId: string): string[] {
  return [...kept].flatMap(({ name }) => {
    const parsed = parseKeptName(name);
    return parsed?.installId === installId ? [parsed.uuid] : [];
  });
}
