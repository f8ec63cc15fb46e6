// Snapshots of volumes: homes as they were at one moment.
import { z } from 'zod';
import { keptName, parseKeptName } from '../names.ts';
import { ProviderError } from '../provider.ts';
import type { Cloud, VolumeSnapshot } from '../shared/cloud/cloud.ts';
import type { OvhApi } from './api.ts';
import { isStatus } from './errors.ts';
import type { Leftovers } from './leftovers.ts';
import { isFailed, type OvhVolumeSnapshot, volumeSnapshotSchema } from './replies.ts';
import { oldestFirst } from './same-names.ts';

type Snapshots = Pick<Cloud, 'snapshots' | 'createSnapshot' | 'deleteSnapshot'>;

const snapshotsSchema = z.array(volumeSnapshotSchema);
const nothing = z.unknown();
const GIB = 1024 ** 3;
const DESCRIPTION = /^box ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}), ([1-9]\d{0,5}) GiB$/;

export function createSnapshots({ project }: OvhApi, leftovers: Leftovers): Snapshots {
  return {
    async snapshots(installId, context) {
      return snapshotsOf(installId, await project.get('/volume/snapshot', snapshotsSchema, context));
    },

    async createSnapshot({ installId, snapshotId, volume }, context) {
      const name = keptName(installId, snapshotId);
      const body = { name, description: `box ${volume.boxId}, ${volume.sizeGiB} GiB` };
      const path = `/volume/${encodeURIComponent(volume.ref)}/snapshot`;
      const { data } = volumeSnapshotSchema.safeParse(await project.post(path, body, nothing, context));
      if (data !== undefined) return viewOf(data, { snapshotId, boxId: volume.boxId });
      const there = await project.get('/volume/snapshot', snapshotsSchema, context, { region: volume.region });
      const found = snapshotsOf(installId, there).find((one) => one.snapshotId === snapshotId);
      if (found !== undefined) return found;
      throw new ProviderError('timeout', 'OVH took the order for a snapshot, and does not show the snapshot yet.');
    },

    /** Its volume goes with the last one where the home is gone already. */
    async deleteSnapshot({ ref }, context) {
      const path = `/volume/snapshot/${encodeURIComponent(ref)}`;
      const snapshot = await project.find(path, volumeSnapshotSchema, context);
      const mark = parseKeptName(snapshot?.name ?? '');
      if (snapshot === undefined || mark === undefined) return;
      if (snapshot.status !== 'deleting') {
        await project.delete(path, context).catch((error: unknown) => {
          if (!isStatus(error, 400, 409)) throw error;
          throw new ProviderError('busy', 'OVH is still busy with the snapshot of a home.', { cause: error });
        });
      }
      await leftovers.sweep(mark.installId, context);
    },
  };
}

function snapshotsOf(installId: string, all: readonly OvhVolumeSnapshot[]): readonly VolumeSnapshot[] {
  const sorted = oldestFirst(all, ({ id, creationDate }) => ({ id, madeAt: creationDate }));
  return sorted.flatMap((snapshot) => {
    const mark = parseKeptName(snapshot.name ?? '');
    const [, boxId, sizeGiB] = DESCRIPTION.exec(snapshot.description ?? '') ?? [];
    if (mark?.installId !== installId || boxId === undefined || Number(sizeGiB) !== snapshot.size) return [];
    return [viewOf(snapshot, { snapshotId: mark.uuid, boxId })];
  });
}

/** OVH has them paid for by the size of the volume, whatever is in it. */
function viewOf(
  { id, region, size, status, creationDate }: OvhVolumeSnapshot,
  ids: Pick<VolumeSnapshot, 'snapshotId' | 'boxId'>,
): VolumeSnapshot {
  return {
    ...ids,
    ref: id,
    region,
    bytes: size * GIB,
    volumeGiB: size,
    createdAt: creationDate,
    ready: status === 'available',
    ...(isFailed({ status }) ? { failed: true } : {}),
  };
}
