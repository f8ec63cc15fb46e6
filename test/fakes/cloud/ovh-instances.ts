// Instances of the OVH of tests: made, started, stopped, shelved and deleted as OpenStack does it.
import { z } from 'zod';
import type { CloudHandler, CloudReply, CloudRequest } from './openapi-server.ts';
import { inRegion, type OvhGoods } from './ovh-goods.ts';
import { conflict, type FakeInstance, moment, notFound, type OvhWorld, refusal } from './ovh-world.ts';

export interface InstanceQuirks {
  /** What becomes `ERROR` instead of booting: there was no room for it after all. */
  noRoom: Set<string>;
  /** What the answer to a create says of what was made: all, what the document demands, or what a recorded one does. */
  createAnswer: 'whole' | 'least' | 'without id';
}

const creationSchema = z.object({
  name: z.string(),
  region: z.string(),
  flavorId: z.string(),
  imageId: z.string().default(''),
  userData: z.string().default(''),
});
const BUILD_MS = 40_000;
const BOOT_MS = 20_000;
const STOP_MS = 10_000;
const SHELVE_MS = 60_000;
const DELETE_MS = 5_000;
const LONGEST_USER_DATA = 65_535;
const DONE: CloudReply = { status: 200 };

export function instanceHandlers(
  world: OvhWorld,
  goods: OvhGoods,
  quirks: InstanceQuirks,
): Record<string, CloudHandler> {
  const { instances, volumes, lag } = world;
  const collection = '/cloud/project/{serviceName}/instance';
  const one = `${collection}/{instanceId}`;

  function view({ id, name, region, status, madeAtMs, flavorId, imageId, address }: FakeInstance) {
    const ipAddresses =
      address === undefined
        ? []
        : [
            { ip: '2001:db8::1', type: 'public', version: 6, networkId: '', gatewayIp: null },
            { ip: '10.0.0.2', type: 'private', version: 4, networkId: '', gatewayIp: null },
            { ip: address, type: 'public', version: 4, networkId: '', gatewayIp: null },
          ];
    const created = moment(madeAtMs);
    return { id, name, region, status, created, flavorId, imageId, ipAddresses, monthlyBilling: null, sshKeyId: null };
  }
  /** The single one shows its flavor and image whole. */
  function detail(instance: FakeInstance) {
    const { flavorId, imageId, sshKeyId, ...rest } = view(instance);
    const flavor = goods.flavors.find(({ id }) => id === flavorId);
    const image = goods.images.find(({ id }) => id === imageId) ?? null;
    return { ...rest, image, sshKey: null, ...(flavor === undefined ? {} : { flavor }) };
  }

  /** An action that wants one of these states; it takes a while, in which the state stays. */
  function action(from: readonly string[], ms: number, done: (instance: FakeInstance) => void): CloudHandler {
    return ({ params }) => {
      const instance = instances.get(params.instanceId ?? '');
      if (instance === undefined) return notFound('Instance');
      if (world.isBusy(instance.id)) return conflict('Instance is in another task_state');
      if (!from.includes(instance.status)) return conflict(`Cannot do that while it is in vm_state ${instance.status}`);
      world.begin(instance.id, ms, () => done(instance));
      return DONE;
    };
  }
  function attached(instance: FakeInstance, status: string): void {
    for (const volume of volumes.values()) if (volume.attachedTo.includes(instance.id)) volume.status = status;
  }

  function create({ body }: CloudRequest): CloudReply {
    const { name, region, flavorId, imageId, userData } = creationSchema.parse(body);
    const flavor = goods.flavors.find((known) => known.id === flavorId && known.region === region);
    const image = goods.images.find((known) => known.id === imageId && known.region === region);
    if (flavor === undefined) return notFound('Flavor');
    if (image === undefined) return notFound('Image');
    if (Buffer.byteLength(Buffer.from(userData).toString('base64')) > LONGEST_USER_DATA) {
      return refusal(400, 'BadRequest', 'User data too large');
    }
    const left = goods.quota.get(region) ?? 0;
    if (left === 0) return refusal(403, 'Forbidden', 'Quota exceeded');
    goods.quota.set(region, left - 1);
    const made = { id: world.newId(), status: 'BUILD', madeAtMs: world.nowMs(), address: undefined };
    const instance: FakeInstance = { ...made, name, region, flavorId, imageId, userData };
    instances.set(instance.id, instance);
    world.begin(instance.id, BUILD_MS, () => {
      if (quirks.noRoom.has(region) || !flavor.available) instance.status = 'ERROR';
      else world.boot(instance);
    });
    const { id, status } = instance;
    const said = {
      whole: () => detail(instance),
      least: () => ({ id, name, region, status }),
      'without id': () => ({ name, region, status }),
    }[quirks.createAnswer]();
    return { status: 200, body: said };
  }

  return {
    [`GET ${collection}`]: ({ query }) => ({
      status: 200,
      body: inRegion(query, lag.shown(instances.values())).map(view),
    }),
    [`POST ${collection}`]: create,
    [`GET ${one}`]: ({ params }) => {
      const instance = instances.get(params.instanceId ?? '');
      return instance === undefined ? notFound('Instance') : { status: 200, body: detail(instance) };
    },
    [`DELETE ${one}`]: ({ params }) => {
      const instance = instances.get(params.instanceId ?? '');
      if (instance === undefined) return notFound('Instance');
      if (instance.status === 'DELETING') return conflict('Instance is in task_state deleting');
      instance.status = 'DELETING';
      world.begin(instance.id, DELETE_MS, () => {
        world.halt(instance);
        attached(instance, 'available');
        for (const volume of volumes.values()) volume.attachedTo = volume.attachedTo.filter((id) => id !== instance.id);
        instances.delete(instance.id);
        goods.quota.set(instance.region, (goods.quota.get(instance.region) ?? 0) + 1);
      });
      return DONE;
    },
    [`POST ${one}/start`]: action(['SHUTOFF'], BOOT_MS, (instance) => world.boot(instance)),
    [`POST ${one}/stop`]: action(['ACTIVE'], STOP_MS, (instance) => {
      world.halt(instance);
      instance.status = 'SHUTOFF';
    }),
    [`POST ${one}/shelve`]: action(['ACTIVE', 'SHUTOFF'], SHELVE_MS, (instance) => {
      world.halt(instance);
      instance.status = 'SHELVED_OFFLOADED';
      attached(instance, 'reserved');
    }),
    [`POST ${one}/unshelve`]: action(['SHELVED_OFFLOADED'], BUILD_MS, (instance) => {
      attached(instance, 'in-use');
      world.boot(instance);
    }),
  };
}
