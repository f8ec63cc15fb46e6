// Homes as they were at one moment: snapshots of volumes.
import { z } from 'zod';
import { keptName } from '../names.ts';
import { wasRefusedWith } from '../shared/cloud/api-faults.ts';
import type { Cloud, VolumeSnapshot } from '../shared/cloud/cloud.ts';
import { type Api, listOf } from './api.ts';
import { snapshotOf, tagsOf } from './marks.ts';

const snapshotSchema = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.coerce.date(),
  regions: z.tuple([z.string()], z.string()),
  /** GiB of the volume. */
  min_disk_size: z.number(),
  size_gigabytes: z.number(),
  tags: listOf(z.string()),
});
type RawSnapshot = z.infer<typeof snapshotSchema>;

const oneSchema = z.object({ snapshot: snapshotSchema });
const GIB = 1024 ** 3;
/** After so long a snapshot without a size has none. */
const SIZED_MS = 60_000;

export type Snapshots = Pick<Cloud, 'snapshots' | 'createSnapshot' | 'deleteSnapshot'>;

export function createSnapshots(api: Api): Snapshots {
  return {
    async snapshots(installId, context) {
      const query = { resource_type: 'volume' };
      const all = await api.all({ path: '/v2/snapshots', name: 'snapshots', item: snapshotSchema, query }, context);
      return all.flatMap((raw) => {
        const marks = snapshotOf(raw.name, raw.tags);
        return marks?.installId === installId ? [viewOf(raw, marks)] : [];
      });
    },
    async createSnapshot({ installId, snapshotId, volume }, context) {
      const { boxId } = volume;
      const path = `/v2/volumes/${volume.ref}/snapshots`;
      const body = { name: keptName(installId, snapshotId), tags: tagsOf({ installId, boxId, snapshotId }) };
      try {
        const { snapshot } = await api.post(path, body, oneSchema, context);
        return viewOf(snapshot, { boxId, snapshotId });
      } catch (error) {
        if (!wasRefusedWith(error, 409)) throw error;
        const taken = await api.all({ path, name: 'snapshots', item: snapshotSchema }, context);
        const there = taken.find(({ name, tags }) => snapshotOf(name, tags)?.snapshotId === snapshotId);
        if (there === undefined) throw error;
        return viewOf(there, { boxId, snapshotId });
      }
    },
    deleteSnapshot: ({ ref }, context) => api.delete(`/v2/snapshots/${ref}`, context),
  };
}

function viewOf(raw: RawSnapshot, { boxId, snapshotId }: { boxId: string; snapshotId: string }): VolumeSnapshot {
  return {
    snapshotId,
    boxId,
    bytes: Math.max(1, Math.round(raw.size_gigabytes * GIB)),
    createdAt: raw.created_at,
    ref: raw.id,
    region: raw.regions[0],
    volumeGiB: raw.min_disk_size,
    // Its size is known once it is whole; of what is empty it stays 0.
    ready: raw.size_gigabytes > 0 || Date.now() - raw.created_at.getTime() > SIZED_MS,
  };
}
