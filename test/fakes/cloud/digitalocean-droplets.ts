// Droplets and their actions at the DigitalOcean of tests.
import { PUBLIC_IMAGES, publicImageView, regionView, SIZES, sizeView } from './digitalocean-catalogue.ts';
import { imageView } from './digitalocean-storage.ts';
import {
  dateOf,
  type FakeAction,
  type FakeDroplet,
  listIn,
  notFound,
  pageOf,
  textIn,
  unprocessable,
  type World,
} from './digitalocean-world.ts';
import type { CloudHandler, CloudReply } from './openapi-server.ts';

const USER_DATA_BYTES = 64 * 1024;
const BUSY = 'Droplet already has a pending event.';

function viewOf(world: World, droplet: FakeDroplet) {
  const { size, address } = droplet;
  const image = typeof droplet.image === 'number' ? world.images.get(droplet.image) : undefined;
  const v4 = address === undefined ? [] : [network(address, 'public'), network('10.110.0.2', 'private')];
  return {
    id: droplet.id,
    name: droplet.name,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    locked: world.isBusy(droplet),
    status: droplet.status,
    kernel: null,
    created_at: dateOf(droplet.madeAtMs),
    features: ['monitoring', 'private_networking'],
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [...world.images.values()].filter(({ dropletId }) => dropletId === droplet.id).map(({ id }) => id),
    image: image === undefined ? publicImageView(String(droplet.image)) : imageView(image),
    volume_ids: [...world.volumes.values()].filter(({ dropletId }) => dropletId === droplet.id).map(({ id }) => id),
    size: sizeView(world, size),
    size_slug: size.slug,
    networks: { v4, v6: [] },
    region: regionView(world, droplet.region),
    tags: droplet.tags,
  };
}

function network(ip_address: string, type: 'public' | 'private') {
  return { ip_address, netmask: '255.255.240.0', gateway: '203.0.113.1', type };
}

export function actionView(world: World, action: FakeAction) {
  return {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: dateOf(action.startedAtMs),
    completed_at: action.status === 'in-progress' ? null : dateOf(action.doneAtMs),
    resource_id: action.dropletId,
    resource_type: 'droplet',
    region: regionView(world, action.region),
    region_slug: action.region,
  };
}

/** Why a droplet like this cannot be made. */
function hindrance(world: World, body: unknown): CloudReply | undefined {
  const [region, slug, image] = ['region', 'size', 'image'].map((name) => textIn(body, name));
  if (world.droplets.size >= (world.options.dropletLimit ?? 25)) {
    return unprocessable('creating this/these droplet(s) will exceed your droplet limit');
  }
  if (!regionView(world, region ?? '').available) return unprocessable('Region is not available');
  const size = SIZES.find((one) => one.slug === slug);
  if (size === undefined || !sizeView(world, size).regions.includes(region ?? '')) {
    return unprocessable('Size is not available in this region.');
  }
  const own = world.images.get(Number(image));
  if (!PUBLIC_IMAGES.includes(image ?? '') && own === undefined) {
    return unprocessable('You specified an invalid image for Droplet creation.');
  }
  if (own !== undefined && (own.region !== region || own.diskGB > size.disk)) {
    return unprocessable('Image is not available in this region.');
  }
  if (Buffer.byteLength(textIn(body, 'user_data')) > USER_DATA_BYTES) return unprocessable('User data is too big');
  for (const key of listIn(body, 'ssh_keys')) {
    if (!world.keys.has(String(key))) return unprocessable(`${key} are invalid key identifiers for Droplet creation.`);
  }
  for (const id of listIn(body, 'volumes')) {
    const volume = world.volumes.get(String(id));
    if (volume === undefined) return unprocessable('Volume not found');
    if (volume.region !== region) return unprocessable('Volume must be in the same region as the Droplet');
    if (volume.dropletId !== undefined) return unprocessable('Volume is already attached to a Droplet');
  }
  return undefined;
}

async function create(world: World, body: unknown): Promise<CloudReply> {
  const hindered = hindrance(world, body);
  if (hindered !== undefined) return hindered;
  const image: unknown = Reflect.get(Object(body), 'image');
  const droplet: FakeDroplet = {
    id: world.nextId(),
    name: textIn(body, 'name'),
    region: textIn(body, 'region'),
    size: SIZES.find(({ slug }) => slug === textIn(body, 'size')) ?? (SIZES[0] as (typeof SIZES)[number]),
    image: typeof image === 'number' ? image : String(image),
    tags: [],
    status: 'new',
    madeAtMs: world.nowMs(),
    address: undefined,
    userData: textIn(body, 'user_data'),
    sshKeys: listIn(body, 'ssh_keys').map(String),
  };
  world.droplets.set(droplet.id, droplet);
  if (droplet.sshKeys.length === 0) world.passwordsMailed.push(droplet.name);
  const action = world.begin('create', droplet, () => world.boot(droplet, true));
  const reply = {
    droplet: viewOf(world, droplet),
    links: {
      actions: [{ id: action.id, rel: 'create', href: `https://api.digitalocean.com/v2/actions/${action.id}` }],
    },
  };
  // Tags and volumes come after the answer.
  droplet.tags = listIn(body, 'tags').map(String);
  for (const tag of droplet.tags) world.tags.add(tag);
  for (const id of listIn(body, 'volumes'))
    Object.assign(world.volumes.get(String(id)) ?? {}, { dropletId: droplet.id });
  return { status: 202, body: reply };
}

/** What an action does when it is done; a text says why it cannot begin. */
function effectOf(world: World, droplet: FakeDroplet, body: unknown): (() => Promise<void> | void) | string {
  const halt = async () => {
    if (droplet.status === 'off') return;
    droplet.status = 'off';
    await world.options.onHalt?.(droplet);
  };
  switch (textIn(body, 'type')) {
    case 'power_on':
      return droplet.status === 'off' ? () => world.boot(droplet, false) : 'Droplet is already powered on.';
    case 'power_off':
      return droplet.status === 'active' ? halt : 'Droplet is already powered off.';
    case 'shutdown':
      if (droplet.status !== 'active') return 'Droplet is already powered off.';
      return world.stubborn.has(droplet.name) ? () => undefined : halt;
    case 'snapshot':
      return () => {
        const id = world.nextId();
        const { region, size } = droplet;
        const name = textIn(body, 'name');
        const madeAtMs = world.nowMs();
        world.images.set(id, {
          id,
          name,
          dropletId: droplet.id,
          region,
          diskGB: size.disk,
          madeAtMs,
          status: 'available',
        });
      };
    default:
      return 'This action is not known to these tests.';
  }
}

export function dropletHandlers(world: World): Record<string, CloudHandler> {
  const dropletIn = (params: Readonly<Record<string, string>>) => world.droplets.get(Number(params.droplet_id));
  return {
    'GET /v2/droplets': (request) => {
      const [tag, name] = ['tag_name', 'name'].map((one) => request.query.get(one));
      const found = world.lag
        .shown(world.droplets.values())
        .filter((one) => (tag === null || one.tags.includes(tag ?? '')) && (name === null || one.name === name));
      return pageOf(
        world,
        request,
        'droplets',
        found.map((one) => viewOf(world, one)),
      );
    },
    'POST /v2/droplets': ({ body }) => create(world, body),
    'GET /v2/droplets/{droplet_id}': ({ params }) => {
      const droplet = dropletIn(params);
      return droplet === undefined ? notFound() : { status: 200, body: { droplet: viewOf(world, droplet) } };
    },
    'DELETE /v2/droplets/{droplet_id}': async ({ params }) => {
      const droplet = dropletIn(params);
      if (droplet === undefined) return notFound();
      if (world.isBusy(droplet)) return unprocessable(BUSY);
      world.droplets.delete(droplet.id);
      for (const volume of world.volumes.values()) if (volume.dropletId === droplet.id) volume.dropletId = undefined;
      await world.options.onHalt?.(droplet);
      return { status: 204 };
    },
    'GET /v2/droplets/{droplet_id}/actions': (request) => {
      const droplet = dropletIn(request.params);
      if (droplet === undefined) return notFound();
      const all = world.actions.filter(({ dropletId }) => dropletId === droplet.id).reverse();
      return pageOf(
        world,
        request,
        'actions',
        all.map((one) => actionView(world, one)),
      );
    },
    'POST /v2/droplets/{droplet_id}/actions': ({ params, body }) => {
      const droplet = dropletIn(params);
      if (droplet === undefined) return notFound();
      if (world.isBusy(droplet)) return unprocessable(BUSY);
      const effect = effectOf(world, droplet, body);
      if (typeof effect === 'string') return unprocessable(effect);
      return { status: 201, body: { action: actionView(world, world.begin(textIn(body, 'type'), droplet, effect)) } };
    },
    'GET /v2/droplets/{droplet_id}/snapshots': (request) => {
      const droplet = dropletIn(request.params);
      if (droplet === undefined) return notFound();
      const taken = [...world.images.values()].filter(({ dropletId }) => dropletId === droplet.id);
      const views = taken.map((one) => {
        const { id, name, created_at, regions, min_disk_size, size_gigabytes } = imageView(one);
        return { id, name, created_at, regions, min_disk_size, size_gigabytes, type: 'snapshot' };
      });
      return pageOf(world, request, 'snapshots', views);
    },
    'GET /v2/account': () => ({ status: 200, body: { account: accountOf(world) } }),
  };
}

function accountOf(world: World) {
  return {
    droplet_limit: world.options.dropletLimit ?? 25,
    floating_ip_limit: 3,
    email: 'operator@shellbox.example',
    uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
    email_verified: true,
    status: 'active',
    status_message: '',
  };
}
