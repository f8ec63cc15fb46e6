// Volumes of the OVH of tests and their snapshots, with OpenStack's rules of what can be deleted before what.
import { z } from 'zod';
import { copyOf, emptyDisk } from './disk.ts';
import type { CloudHandler, CloudReply, CloudRequest } from './openapi-server.ts';
import { inRegion } from './ovh-goods.ts';
import { type FakeVolume, type FakeVolumeSnapshot, moment, notFound, type OvhWorld, refusal } from './ovh-world.ts';

const creationSchema = z.object({
  name: z.string().default(''),
  region: z.string(),
  size: z.number(),
  snapshotId: z.string().optional(),
});
const attachmentSchema = z.object({ instanceId: z.string() });
const renameSchema = z.object({ name: z.string() });
const snapshotSchema = z.object({ name: z.string().default(''), description: z.string().default('') });
const CREATE_MS = 3_000;
const ATTACH_MS = 4_000;
const SNAPSHOT_MS = 8_000;
const DELETE_MS = 5_000;
/** OpenStack's rule. */
const DELETABLE = ['available', 'error', 'error_deleting'];
const DONE: CloudReply = { status: 200 };
const wrongState = (what: string): CloudReply => refusal(400, 'BadRequest', `Invalid volume: ${what}`);

export function volumeHandlers(world: OvhWorld): Record<string, CloudHandler> {
  const { volumes, snapshots, instances, lag } = world;
  const collection = '/cloud/project/{serviceName}/volume';
  const one = `${collection}/{volumeId}`;

  const view = ({ id, name, region, status, madeAtMs, size, attachedTo }: FakeVolume) => ({
    ...{ id, name, region, status, size, attachedTo },
    ...{ creationDate: moment(madeAtMs), description: '', bootable: false, type: 'classic', planCode: null },
  });
  const snapshotView = ({ madeAtMs, disk: _, ...snapshot }: FakeVolumeSnapshot) => ({
    ...snapshot,
    creationDate: moment(madeAtMs),
    planCode: null,
  });
  /** What a handler does with a volume that is there. */
  const withVolume =
    (work: (volume: FakeVolume, request: CloudRequest) => CloudReply): CloudHandler =>
    (request) => {
      const volume = volumes.get(request.params.volumeId ?? '');
      return volume === undefined ? notFound('Volume') : work(volume, request);
    };

  function create({ body }: CloudRequest): CloudReply {
    const { name, region, size, snapshotId } = creationSchema.parse(body);
    const from = snapshots.get(snapshotId ?? '');
    if (snapshotId !== undefined && from === undefined) return notFound('Snapshot');
    if (from !== undefined && (from.region !== region || from.size > size))
      return wrongState('smaller than its snapshot');
    const made = { id: world.newId(), status: 'creating', madeAtMs: world.nowMs(), attachedTo: [] };
    const disk = copyOf(from?.disk ?? emptyDisk());
    const volume: FakeVolume = { ...made, name, region, size, from: snapshotId, disk };
    volumes.set(volume.id, volume);
    world.begin(volume.id, CREATE_MS, () => {
      volume.status = 'available';
    });
    return { status: 200, body: view(volume) };
  }

  function attach(volume: FakeVolume, { body }: CloudRequest): CloudReply {
    const instance = instances.get(attachmentSchema.parse(body).instanceId);
    if (instance === undefined) return notFound('Instance');
    if (instance.region !== volume.region) return wrongState('in another region');
    if (volume.status !== 'available') return wrongState(`status must be available, but is ${volume.status}`);
    if (!['ACTIVE', 'SHUTOFF'].includes(instance.status)) return refusal(409, 'Conflict', 'Cannot attach_volume now');
    volume.status = 'attaching';
    world.begin(volume.id, ATTACH_MS, () => {
      const isThere = instances.has(instance.id);
      volume.status = isThere ? 'in-use' : 'available';
      volume.attachedTo = isThere ? [instance.id] : [];
    });
    return { status: 200, body: view(volume) };
  }

  function detach(volume: FakeVolume, { body }: CloudRequest): CloudReply {
    const { instanceId } = attachmentSchema.parse(body);
    if (!volume.attachedTo.includes(instanceId)) return wrongState('not attached to that instance');
    if (volume.status !== 'in-use') return wrongState(`status must be in-use, but is ${volume.status}`);
    volume.status = 'detaching';
    world.begin(volume.id, ATTACH_MS, () => {
      volume.status = 'available';
      volume.attachedTo = [];
    });
    return { status: 200, body: view(volume) };
  }

  function takeSnapshot(volume: FakeVolume, { body }: CloudRequest): CloudReply {
    const { name, description } = snapshotSchema.parse(body ?? {});
    if (!['available', 'in-use'].includes(volume.status)) return wrongState(`status is ${volume.status}`);
    const made = { id: world.newId(), volumeId: volume.id, status: 'creating', madeAtMs: world.nowMs() };
    const { region, size } = volume;
    const snapshot: FakeVolumeSnapshot = { ...made, name, description, region, size, disk: copyOf(volume.disk) };
    snapshots.set(snapshot.id, snapshot);
    world.begin(snapshot.id, SNAPSHOT_MS, () => {
      snapshot.status = 'available';
    });
    return { status: 200, body: snapshotView(snapshot) };
  }

  function remove(volume: FakeVolume): CloudReply {
    if (!DELETABLE.includes(volume.status))
      return wrongState(`status must be available or error, but is ${volume.status}`);
    if ([...snapshots.values()].some(({ volumeId }) => volumeId === volume.id)) return wrongState('has snapshots');
    volume.status = 'deleting';
    world.begin(volume.id, DELETE_MS, () => volumes.delete(volume.id));
    return DONE;
  }

  function removeSnapshot({ params }: CloudRequest): CloudReply {
    const snapshot = snapshots.get(params.snapshotId ?? '');
    if (snapshot === undefined) return notFound('Snapshot');
    if (!DELETABLE.includes(snapshot.status)) return refusal(400, 'BadRequest', `Invalid snapshot: ${snapshot.status}`);
    snapshot.status = 'deleting';
    world.begin(snapshot.id, DELETE_MS, () => snapshots.delete(snapshot.id));
    return DONE;
  }

  const shown = (query: URLSearchParams) => inRegion(query, lag.shown(volumes.values())).map(view);
  const shownSnapshots = (query: URLSearchParams) => inRegion(query, lag.shown(snapshots.values())).map(snapshotView);
  return {
    [`GET ${collection}`]: ({ query }) => ({ status: 200, body: shown(query) }),
    [`POST ${collection}`]: create,
    [`GET ${one}`]: withVolume((volume) => ({ status: 200, body: view(volume) })),
    [`PUT ${one}`]: withVolume((volume, { body }) => {
      volume.name = renameSchema.parse(body).name;
      return { status: 200, body: view(volume) };
    }),
    [`DELETE ${one}`]: withVolume(remove),
    [`POST ${one}/attach`]: withVolume(attach),
    [`POST ${one}/detach`]: withVolume(detach),
    [`POST ${one}/snapshot`]: withVolume(takeSnapshot),
    [`GET ${collection}/snapshot`]: ({ query }) => ({ status: 200, body: shownSnapshots(query) }),
    [`GET ${collection}/snapshot/{snapshotId}`]: ({ params }) => {
      const snapshot = snapshots.get(params.snapshotId ?? '');
      return snapshot === undefined ? notFound('Snapshot') : { status: 200, body: snapshotView(snapshot) };
    },
    [`DELETE ${collection}/snapshot/{snapshotId}`]: removeSnapshot,
  };
}
