// Volumes, their snapshots, and images at the DigitalOcean of tests.
import { PUBLIC_IMAGES, publicImageView, REGIONS, regionView } from './digitalocean-catalogue.ts';
import {
  dateOf,
  type FakeImage,
  type FakeSnapshot,
  type FakeVolume,
  listIn,
  newUuid,
  notFound,
  pageOf,
  refused,
  textIn,
  unprocessable,
  type World,
} from './digitalocean-world.ts';
import { copyOf, emptyDisk } from './disk.ts';
import type { CloudHandler, CloudReply } from './openapi-server.ts';

function volumeView(world: World, volume: FakeVolume) {
  return {
    id: volume.id,
    name: volume.name,
    description: '',
    size_gigabytes: volume.sizeGiB,
    created_at: dateOf(volume.madeAtMs),
    droplet_ids: volume.dropletId === undefined ? [] : [volume.dropletId],
    region: regionView(world, volume.region),
    filesystem_type: '',
    filesystem_label: '',
    tags: volume.tags,
  };
}

function snapshotView(snapshot: FakeSnapshot) {
  return {
    id: snapshot.id,
    name: snapshot.name,
    created_at: dateOf(snapshot.madeAtMs),
    regions: [snapshot.region],
    resource_id: snapshot.volumeId,
    resource_type: 'volume',
    min_disk_size: snapshot.volumeGiB,
    size_gigabytes: 0.25,
    tags: snapshot.tags,
  };
}

export function imageView(image: FakeImage) {
  return {
    id: image.id,
    name: image.name,
    type: 'snapshot',
    distribution: 'Debian',
    slug: null,
    public: false,
    regions: [image.region],
    created_at: dateOf(image.madeAtMs),
    min_disk_size: image.diskGB,
    size_gigabytes: 2.5,
    description: '',
    tags: [],
    status: image.status,
  };
}

function createVolume(world: World, body: unknown): CloudReply {
  const [name = '', region = '', from = ''] = ['name', 'region', 'snapshot_id'].map((one) => textIn(body, one));
  const sizeGiB = Number(textIn(body, 'size_gigabytes'));
  const limit = world.options.volumeLimit ?? 100;
  if (world.volumes.size >= limit) {
    return refused(403, 'forbidden', `volume limit (${limit}) has been reached. Current number of volumes: ${limit}.`);
  }
  if (!REGIONS.includes(region)) return unprocessable('region is not available');
  if ([...world.volumes.values()].some((one) => one.name === name && one.region === region)) {
    return refused(409, 'conflict', 'already exists');
  }
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) return refused(400, 'bad_request', 'invalid name');
  const snapshot = world.snapshots.get(from);
  if (from !== '') {
    if (snapshot === undefined) return notFound();
    if (snapshot.region !== region || snapshot.volumeGiB > sizeGiB)
      return refused(400, 'bad_request', 'snapshot does not fit');
  }
  const tags = listIn(body, 'tags').map(String);
  for (const tag of tags) world.tags.add(tag);
  const id = newUuid();
  const made = { id, name, region, sizeGiB, tags, madeAtMs: world.nowMs(), dropletId: undefined };
  const volume: FakeVolume = { ...made, from: snapshot?.id, disk: copyOf(snapshot?.disk ?? emptyDisk()) };
  world.volumes.set(id, volume);
  return { status: 201, body: { volume: volumeView(world, volume) } };
}

function actOnVolume(world: World, volume: FakeVolume, body: unknown): CloudReply {
  const droplet = world.droplets.get(Number(textIn(body, 'droplet_id')));
  if (droplet === undefined) return notFound();
  if (world.isBusy(droplet)) return unprocessable('Droplet already has a pending event.');
  const type = textIn(body, 'type');
  if (type === 'attach') {
    if (volume.dropletId !== undefined) return unprocessable('Volume is already attached to a Droplet');
    if (volume.region !== droplet.region) return unprocessable('Volume must be in the same region as the Droplet');
  } else if (volume.dropletId !== droplet.id) return unprocessable('Attachment not found');
  const action = world.begin(`${type}_volume`, droplet, () => {
    volume.dropletId = type === 'attach' && world.droplets.has(droplet.id) ? droplet.id : undefined;
  });
  const view = {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: dateOf(action.startedAtMs),
    completed_at: null,
    resource_id: null,
    resource_type: 'backend',
    region: regionView(world, volume.region),
    region_slug: volume.region,
  };
  return { status: 202, body: { action: view } };
}

function takeSnapshot(world: World, volume: FakeVolume, body: unknown): CloudReply {
  const name = textIn(body, 'name');
  const taken = [...world.snapshots.values()].filter(({ volumeId }) => volumeId === volume.id);
  if (taken.some((one) => one.name === name)) return refused(409, 'conflict', 'snapshot already exists');
  const tags = listIn(body, 'tags').map(String);
  for (const tag of tags) world.tags.add(tag);
  const { region, sizeGiB: volumeGiB } = volume;
  const made = { id: newUuid(), name, volumeId: volume.id, region, volumeGiB, tags, madeAtMs: world.nowMs() };
  const snapshot = { ...made, disk: copyOf(volume.disk) };
  world.snapshots.set(snapshot.id, snapshot);
  return { status: 201, body: { snapshot: snapshotView(snapshot) } };
}

export function storageHandlers(world: World): Record<string, CloudHandler> {
  /** Whatever needs a volume that is there. */
  const withVolume =
    (answer: (volume: FakeVolume, request: Parameters<CloudHandler>[0]) => CloudReply): CloudHandler =>
    (request) => {
      const volume = world.volumes.get(request.params.volume_id ?? '');
      return volume === undefined ? notFound() : answer(volume, request);
    };
  return {
    'GET /v2/volumes': (request) => {
      const [name, region] = ['name', 'region'].map((one) => request.query.get(one));
      const all = world.lag
        .shown(world.volumes.values())
        .filter((one) => (name === null || one.name === name) && (region === null || one.region === region));
      return pageOf(
        world,
        request,
        'volumes',
        all.map((one) => volumeView(world, one)),
      );
    },
    'POST /v2/volumes': ({ body }) => createVolume(world, body),
    'GET /v2/volumes/{volume_id}': withVolume((volume) => ({
      status: 200,
      body: { volume: volumeView(world, volume) },
    })),
    'DELETE /v2/volumes/{volume_id}': withVolume((volume) => {
      if (volume.dropletId !== undefined) {
        return refused(
          409,
          'conflict',
          "A volume that's attached to a Droplet cannot be deleted. Please detach it first.",
        );
      }
      world.volumes.delete(volume.id);
      return { status: 204 };
    }),
    'POST /v2/volumes/{volume_id}/actions': withVolume((volume, { body }) => actOnVolume(world, volume, body)),
    'POST /v2/volumes/{volume_id}/snapshots': withVolume((volume, { body }) => takeSnapshot(world, volume, body)),
    'GET /v2/volumes/{volume_id}/snapshots': withVolume((volume, request) => {
      const all = [...world.snapshots.values()].filter(({ volumeId }) => volumeId === volume.id);
      return pageOf(world, request, 'snapshots', all.map(snapshotView));
    }),
    'GET /v2/snapshots': (request) =>
      pageOf(world, request, 'snapshots', world.lag.shown(world.snapshots.values()).map(snapshotView)),
    'DELETE /v2/snapshots/{snapshot_id}': ({ params }) =>
      world.snapshots.delete(params.snapshot_id ?? '') ? { status: 204 } : notFound(),
    'GET /v2/images': (request) => pageOf(world, request, 'images', [...world.images.values()].map(imageView)),
    'GET /v2/images/{image_id}': ({ params }) => {
      const wanted = params.image_id ?? '';
      const own = world.images.get(Number(wanted));
      if (own !== undefined) return { status: 200, body: { image: imageView(own) } };
      return PUBLIC_IMAGES.includes(wanted) ? { status: 200, body: { image: publicImageView(wanted) } } : notFound();
    },
    'DELETE /v2/images/{image_id}': ({ params }) =>
      world.images.delete(Number(params.image_id)) ? { status: 204 } : notFound(),
  };
}
