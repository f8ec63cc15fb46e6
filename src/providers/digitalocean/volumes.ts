// The homes: block volumes, without a file system, attached to one droplet at a time.
import { z } from 'zod';
import { keptName } from '../names.ts';
import { type CallContext, ProviderError } from '../provider.ts';
import { wasRefusedWith } from '../shared/cloud/api-faults.ts';
import type { Cloud, Volume } from '../shared/cloud/cloud.ts';
import { type Api, listOf } from './api.ts';
import { actionFailed } from './errors.ts';
import { tagsOf, volumeOf } from './marks.ts';
import { type DigitalOceanOptions, TITLE } from './options.ts';

const volumeSchema = z.object({
  id: z.string(),
  name: z.string(),
  size_gigabytes: z.number(),
  droplet_ids: listOf(z.number()),
  region: z.object({ slug: z.string() }),
  tags: listOf(z.string()),
});
type RawVolume = z.infer<typeof volumeSchema>;

const oneSchema = z.object({ volume: volumeSchema });
const actionReply = z.object({ action: z.object({ status: z.string() }) });

export type Volumes = Pick<
  Cloud,
  'volumes' | 'volume' | 'createVolume' | 'attachVolume' | 'detachVolume' | 'deleteVolume' | 'deviceOf'
>;

export function createVolumes(api: Api, { installId: ours }: DigitalOceanOptions): Volumes {
  const listed = { path: '/v2/volumes', name: 'volumes', item: volumeSchema };

  /** What is refused may be so already, or be done by a call that nobody heard the answer of. */
  async function act(
    volume: Volume,
    machineRef: string,
    type: 'attach' | 'detach',
    context: CallContext,
  ): Promise<void> {
    const body = { type, droplet_id: Number(machineRef), region: volume.region };
    try {
      const { action } = await api.post(`/v2/volumes/${volume.ref}/actions`, body, actionReply, context);
      if (action.status !== 'errored') return;
    } catch (error) {
      if (wasRefusedWith(error, 404)) return;
      if (!wasRefusedWith(error, 422) && !wasRefusedWith(error, 409)) throw error;
      const now = await api.find(`/v2/volumes/${volume.ref}`, oneSchema, context);
      const isAttached = now?.volume.droplet_ids.includes(body.droplet_id) ?? false;
      if (now === undefined || isAttached === (type === 'attach')) return;
      throw error;
    }
    throw actionFailed(`${type} the volume of a home`);
  }

  return {
    async volumes(installId, context) {
      const all = await api.all(listed, context);
      return all.flatMap((raw) => {
        const marks = volumeOf(raw.name, raw.tags);
        return marks?.installId === installId ? [viewOf(raw, marks.boxId)] : [];
      });
    },
    async volume(ref, context) {
      const found = await api.find(`/v2/volumes/${ref}`, oneSchema, context);
      const marks = found && volumeOf(found.volume.name, found.volume.tags);
      return found && marks && viewOf(found.volume, marks.boxId);
    },
    async createVolume({ installId, boxId, region, sizeGiB, from }, context) {
      const name = keptName(installId, boxId);
      const body = {
        name,
        region,
        size_gigabytes: sizeGiB,
        tags: tagsOf({ installId, boxId }),
        ...(from === undefined ? {} : { snapshot_id: from.ref }),
      };
      try {
        const { volume } = await api.post('/v2/volumes', body, oneSchema, context);
        return viewOf(volume, boxId);
      } catch (error) {
        if (!wasRefusedWith(error, 409)) throw error;
        const [there] = await api.all({ ...listed, query: { name, region } }, context);
        if (there === undefined) throw error;
        if (volumeOf(there.name, there.tags)?.boxId === boxId) return viewOf(there, boxId);
        throw new ProviderError('invalid', `${TITLE} has another volume of the name that this home needs.`, {
          remedy: `Look at the volume ${name}: without the tags of this installation it is not touched.`,
          cause: error,
        });
      }
    },
    attachVolume: (volume, { ref }, context) => act(volume, ref, 'attach', context),
    detachVolume: (volume, { ref }, context) => act(volume, ref, 'detach', context),
    deleteVolume: ({ ref }, context) => api.delete(`/v2/volumes/${ref}`, context),
    // Source: https://docs.digitalocean.com/products/volumes/how-to/mount/
    deviceOf: ({ boxId }) => `/dev/disk/by-id/scsi-0DO_Volume_${keptName(ours, boxId)}`,
  };
}

/** The vendor does not say what is under way on a volume; attaching one that is not free is refused. */
function viewOf(raw: RawVolume, boxId: string): Volume {
  return {
    ref: raw.id,
    boxId,
    region: raw.region.slug,
    sizeGiB: raw.size_gigabytes,
    ready: true,
    attachedTo: raw.droplet_ids.map(String),
  };
}
