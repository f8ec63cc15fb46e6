// Finds the image of a region by its name.
import { z } from 'zod';
import { type CallContext, ProviderError } from '../provider.ts';
import type { OvhApi } from './api.ts';
import { imageSchema, type OvhImage } from './replies.ts';

const imagesSchema = z.array(imageSchema);

/** Those of the region that run Linux. */
export function imagesIn(api: OvhApi, region: string, context: CallContext): Promise<readonly OvhImage[]> {
  return api.project.get('/image', imagesSchema, context, { region, osType: 'linux' });
}

/** The newest of that name. Rejects with `image_missing`. */
export async function imageIn(api: OvhApi, region: string, name: string, context: CallContext): Promise<OvhImage> {
  return newestOf(await imagesIn(api, region, context), name, region);
}

/** Throws `image_missing` where none of them is it. */
export function newestOf(all: readonly OvhImage[], name: string, region: string): OvhImage {
  const [newest] = all
    .filter((image) => image.region === region && image.name === name && isForAll(image) && isWhole(image))
    .sort((one, other) => (other.creationDate?.getTime() ?? 0) - (one.creationDate?.getTime() ?? 0));
  if (newest !== undefined) return newest;
  throw new ProviderError('image_missing', `OVH has no image "${name}" in ${region}.`, {
    remedy:
      'Set OVH_IMAGE (and OVH_MORE_IMAGES) to names that the control panel offers for a new instance in every region of OVH_REGIONS (and OVH_MORE_REGIONS).',
  });
}

/** Images of graphics cards and the like are for their own flavors. */
function isForAll({ flavorType }: OvhImage): boolean {
  return (flavorType ?? '') === '';
}

function isWhole({ status }: OvhImage): boolean {
  return (status ?? 'active') === 'active';
}
