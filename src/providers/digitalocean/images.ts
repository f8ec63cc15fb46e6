// The disks of released machines: images of the account, known by the name of the machine that they were taken of.
import { z } from 'zod';
import { namesIn } from '../../boxes/offers.ts';
import { parseInstanceName } from '../names.ts';
import type { CallContext } from '../provider.ts';
import type { Machine } from '../shared/cloud/cloud.ts';
import { type Api, listOf } from './api.ts';
import { type DigitalOceanOptions, regionsOf } from './options.ts';

const imageSchema = z.object({
  id: z.number(),
  name: z.string(),
  created_at: z.coerce.date(),
  regions: listOf(z.string()),
  min_disk_size: z.number().nullish(),
  /** Older servers showed only what was whole. */
  status: z.string().default('available'),
});
export type DiskImage = z.infer<typeof imageSchema>;

const oneSchema = z.object({ image: imageSchema });
const namedSchema = z.object({ id: z.number(), name: z.string() });
const PREFIX = 'image-';

/**
 * They cannot have tags from the beginning, but the name has all that tags would say: installation, box, and incarnation.
 * Source: https://docs.digitalocean.com/reference/api/reference/droplet-actions/
 */
export interface Images {
  /** Of one installation, the newest first. */
  list(installId: string, context: CallContext): Promise<DiskImage[]>;
  /** By the ref of a released machine; undefined where it is none, or the image is gone. */
  find(ref: string, context: CallContext): Promise<DiskImage | undefined>;
  /** Those of a machine, whichever droplet they were taken of; the newest first. */
  named(instanceName: string, context: CallContext): Promise<DiskImage[]>;
  /** The whole ones that were taken of this very droplet, by the machine's name. */
  wholeOf(machine: Machine, context: CallContext): Promise<DiskImage[]>;
  delete(image: DiskImage, context: CallContext): Promise<void>;
  /** A released machine. */
  view(image: DiskImage): Machine | undefined;
}

export function createImages(api: Api, options: DigitalOceanOptions): Images {
  const regions = namesIn(regionsOf(options));

  async function mine(context: CallContext): Promise<DiskImage[]> {
    const query = { private: 'true' };
    const all = await api.all({ path: '/v2/images', name: 'images', item: imageSchema, query }, context);
    return all.sort(newestFirst);
  }
  async function byId(id: number | string, context: CallContext): Promise<DiskImage | undefined> {
    return (await api.find(`/v2/images/${id}`, oneSchema, context))?.image;
  }

  return {
    list: async (installId, context) =>
      (await mine(context)).filter(({ name }) => parseInstanceName(name)?.installId === installId),
    find: async (ref, context) => (isImageRef(ref) ? byId(ref.slice(PREFIX.length), context) : undefined),
    named: async (instanceName, context) => (await mine(context)).filter(({ name }) => name === instanceName),
    async wholeOf({ ref, instanceName }, context) {
      const path = `/v2/droplets/${ref}/snapshots`;
      const taken = await api.all({ path, name: 'snapshots', item: namedSchema }, context);
      const named = taken.filter(({ name }) => name === instanceName);
      const found = await Promise.all(named.map(({ id }) => byId(id, context)));
      return found
        .filter((image) => image !== undefined)
        .filter(isWhole)
        .sort(newestFirst);
    },
    delete: ({ id }, context) => api.delete(`/v2/images/${id}`, context),
    view(image) {
      const marks = parseInstanceName(image.name);
      const region = regions.find((one) => image.regions.includes(one)) ?? image.regions[0];
      if (marks === undefined || region === undefined) return undefined;
      return {
        boxId: marks.boxId,
        incarnation: marks.incarnation,
        instanceName: image.name,
        ref: `${PREFIX}${image.id}`,
        state: isWhole(image) ? 'released' : 'changing',
        region,
        createdAt: image.created_at,
        address: undefined,
        volumes: [],
      };
    },
  };
}

export function isImageRef(ref: string): boolean {
  return ref.startsWith(PREFIX);
}

function isWhole({ status }: DiskImage): boolean {
  return status === 'available';
}

function newestFirst(one: DiskImage, other: DiskImage): number {
  return other.created_at.getTime() - one.created_at.getTime() || other.id - one.id;
}
