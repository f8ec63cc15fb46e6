// DigitalOcean of tests as the contract suite and whole houses use it, with machines that boot in a moment or others.
import { createDigitalOcean } from '../../../src/providers/digitalocean/digitalocean.ts';
import type { DigitalOceanOptions } from '../../../src/providers/digitalocean/options.ts';
import { parseInstanceName, parseKeptName } from '../../../src/providers/names.ts';
import type { BoxRef } from '../../../src/providers/provider.ts';
import { secret } from '../../../src/secret.ts';
import type { CloudUnderTest } from '../../contracts/cloud-subject.ts';
import { testInstallId } from '../../contracts/provider-spec.ts';
import { FAKE_TOKEN, type FakeDigitalOcean, openDigitalOcean } from '../../fakes/cloud/digitalocean.ts';
import { openInstantBoxes } from '../../fakes/cloud/instant-boxes.ts';
import type { Machines } from '../../fakes/cloud/machines.ts';

const CHOICE = { regions: ['fra1', 'ams3'], moreRegions: ['nyc3'], moreImages: ['ubuntu-24-04-x64'] };

type WhenStopped = DigitalOceanOptions['whenStopped'];

export async function digitalOceanUnderTest(
  whenStopped: WhenStopped,
  installId = testInstallId(),
  actionMs = 0,
): Promise<CloudUnderTest & { fake: FakeDigitalOcean }> {
  return digitalOceanWith(await openInstantBoxes(), { whenStopped, installId, actionMs });
}

/** Over these machines, which it closes in the end. */
export async function digitalOceanWith<Boxes extends Machines>(
  boxes: Boxes,
  { whenStopped, installId, actionMs = 0 }: { whenStopped: WhenStopped; installId: string; actionMs?: number },
): Promise<CloudUnderTest<Boxes> & { fake: FakeDigitalOcean }> {
  const fake = await openDigitalOcean({
    actionMs,
    dropletLimit: 100,
    volumeLimit: 10_000,
    requestLimit: 1_000_000,
    onBoot: ({ droplet }) =>
      boxes.boot({
        id: String(droplet.id),
        userData: droplet.userData,
        home: () => [...world.volumes.values()].find(({ dropletId }) => dropletId === droplet.id),
      }),
    onHalt: ({ id }) => (world.droplets.has(id) ? boxes.halt(String(id)) : boxes.remove(String(id))),
  });
  const { world } = fake;
  const open = (controlKey: string, apiUrl = fake.url) =>
    createDigitalOcean({ installId, token: secret(FAKE_TOKEN), controlKey, whenStopped, apiUrl, ...CHOICE });
  const dropletOf = ({ instanceName }: BoxRef) =>
    [...world.droplets.values()].find(({ name }) => name === instanceName);
  const homeOf = (box: BoxRef) =>
    [...world.volumes.values()].find(({ name }) => parseKeptName(name)?.uuid === box.boxId);
  const remove = (id: number): void => {
    world.droplets.delete(id);
    for (const volume of world.volumes.values()) if (volume.dropletId === id) volume.dropletId = undefined;
    boxes.remove(String(id));
  };
  return {
    fake,
    server: fake,
    installId,
    boxes,
    open,
    unreachable: (controlKey) => open(controlKey, 'http://127.0.0.1:9'),
    machineOf(box) {
      const id = dropletOf(box)?.id;
      return id === undefined ? undefined : String(id);
    },
    homeOf,
    whereabouts(box) {
      const { region: instance, image } = dropletOf(box) ?? {};
      return { home: homeOf(box)?.region, instance, image };
    },
    removeMachine(box) {
      const droplet = dropletOf(box);
      if (droplet !== undefined) remove(droplet.id);
    },
    plantStranger() {
      const [like] = world.droplets.values();
      const id = world.nextId();
      const size = like?.size ?? {
        slug: 's-1vcpu-1gb',
        vcpus: 1,
        memory: 1024,
        disk: 25,
        price_hourly: 0,
        price_monthly: 0,
      };
      const plain = { tags: [], status: 'active', address: '203.0.113.9', userData: '', sshKeys: [] } as const;
      world.droplets.set(id, {
        ...plain,
        tags: [],
        id,
        size,
        name: 'web-1',
        region: 'fra1',
        image: 'debian-12-x64',
        madeAtMs: 0,
      });
      return async () => remove(id);
    },
    machines(of) {
      const droplets = [...world.droplets.values()].map(({ name }) => name);
      const released = [...world.images.values()].map(({ name }) => name).filter((name) => !droplets.includes(name));
      return [...droplets, ...new Set(released)].filter((name) => parseInstanceName(name)?.installId === of);
    },
    homes: (of) => idsOf(world.volumes.values(), of),
    snapshots: (of) => idsOf(world.snapshots.values(), of),
    leftovers: () => [
      ...[...world.droplets.values(), ...world.images.values(), ...world.volumes.values()].map(({ name }) => name),
      ...[...world.snapshots.values(), ...world.keys.values()].map(({ name }) => name),
      ...world.firewalls.keys(),
    ],
    assertClean: fake.assertClean,
    async close() {
      await fake.close();
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
