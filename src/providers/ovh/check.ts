// What `doctor` shows of OVH: keys and project, then for each region its image and what a box of each size gets there.
import { z } from 'zod';
import { namesIn, type Offer } from '../../boxes/offers.ts';
import { resourcesOf, SIZE_NAMES, type SizeName, type Sizes } from '../../boxes/sizes.ts';
import { type CallContext, ProviderError, type ProviderHealth } from '../provider.ts';
import type { OvhApi } from './api.ts';
import { flavorFor, flavorsIn } from './flavors.ts';
import { imagesIn, newestOf } from './images.ts';
import { regionSchema } from './replies.ts';

type Finding = ProviderHealth['findings'][number];

interface Checked {
  api: OvhApi;
  project: string;
  regions: Offer;
  images: Offer;
  families: readonly string[];
  sizes: Sizes;
}

const regionsSchema = z.array(z.string());
/** Others are DOWN and MAINTENANCE. */
const UP = 'UP';

/** Never throws; `ok` says whether a box of some size can be made unasked in some region. */
export async function checkOvh(checked: Checked, context: CallContext): Promise<ProviderHealth> {
  const what = `OVH project ${checked.project}`;
  let activated: readonly string[];
  try {
    activated = await checked.api.project.get('/region', regionsSchema, context);
  } catch (error) {
    return { ok: false, findings: [findingOf(what, error)] };
  }
  const regions = await Promise.all(
    namesIn(checked.regions).map((region) =>
      activated.includes(region)
        ? lookAt(checked, region, context)
        : { usable: false, findings: [notActivated(region)] },
    ),
  );
  return {
    ok: regions.slice(0, checked.regions.unasked.length).some(({ usable }) => usable),
    findings: [{ ok: true, what }, ...regions.flatMap(({ findings }) => findings)],
  };
}

/** Whether it is up, its image, then one for each size, and one for each image that people may ask for. */
async function lookAt(
  checked: Checked,
  region: string,
  context: CallContext,
): Promise<{ usable: boolean; findings: readonly Finding[] }> {
  const { api, images, families, sizes } = checked;
  const flavors = flavorsIn(api, region, families, context);
  const all = imagesIn(api, region, context);
  const image = (name: string) =>
    finding(`${region}, image`, async () => `${region}, image ${newestOf(await all, name, region).name}`);
  const size = (name: SizeName) =>
    finding(`${region}, ${name}`, async () => {
      const flavor = flavorFor(await flavors, resourcesOf(sizes[name]), region);
      return `${region}, ${name}: ${flavor.name}`;
    });
  const [up, plain, boxes, more] = await Promise.all([
    finding(region, async () => {
      const { status } = await api.project.get(`/region/${encodeURIComponent(region)}`, regionSchema, context);
      if ((status ?? UP) === UP) return region;
      throw new ProviderError('unavailable', 'This region is out of order.', {
        remedy: 'Look at https://public-cloud.status-ovhcloud.com/, or set OVH_REGIONS to others.',
      });
    }),
    Promise.all(images.unasked.map(image)),
    Promise.all(SIZE_NAMES.map(size)),
    Promise.all(images.more.map(image)),
  ]);
  const usable = up.ok && plain.some(({ ok }) => ok) && boxes.some(({ ok }) => ok);
  return { usable, findings: [up, ...plain, ...boxes, ...more] };
}

/** `look` yields what to say when all is well. */
async function finding(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { ok: true, what: await look() };
  } catch (error) {
    return findingOf(what, error);
  }
}

function findingOf(what: string, error: unknown): Finding {
  const { message, remedy } =
    error instanceof ProviderError
      ? error
      : { message: 'something went wrong on our side', remedy: 'Look at the log.' };
  return { ok: false, what: `${what}: ${message}`, ...(remedy === undefined ? {} : { remedy }) };
}

function notActivated(region: string): Finding {
  return {
    ok: false,
    what: `${region}: not activated in the project`,
    remedy: 'Activate it in the control panel, Public Cloud, "Quota and Regions", or set OVH_REGIONS to others.',
  };
}
