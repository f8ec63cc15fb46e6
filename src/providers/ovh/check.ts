// What `doctor` shows of OVH: keys and project, then for each region its image and what a box of each size gets there.
import { z } from 'zod';
import { resourcesOf, SIZE_NAMES, type Sizes } from '../../boxes/sizes.ts';
import { type CallContext, ProviderError, type ProviderHealth } from '../provider.ts';
import type { OvhApi } from './api.ts';
import { flavorFor, flavorsIn } from './flavors.ts';
import { imageIn } from './images.ts';
import { regionSchema } from './replies.ts';

type Finding = ProviderHealth['findings'][number];

interface Checked {
  api: OvhApi;
  project: string;
  regions: readonly string[];
  image: string;
  families: readonly string[];
  sizes: Sizes;
}

const regionsSchema = z.array(z.string());
/** Others are DOWN and MAINTENANCE. */
const UP = 'UP';

/** Never throws; `ok` says whether a box of some size can be made in some region. */
export async function checkOvh(checked: Checked, context: CallContext): Promise<ProviderHealth> {
  const what = `OVH project ${checked.project}`;
  let activated: readonly string[];
  try {
    activated = await checked.api.project.get('/region', regionsSchema, context);
  } catch (error) {
    return { ok: false, findings: [findingOf(what, error)] };
  }
  const regions = await Promise.all(
    checked.regions.map((region) =>
      activated.includes(region) ? regionFindings(checked, region, context) : [notActivated(region)],
    ),
  );
  return {
    ok: regions.some(([up, image, ...sizes]) => up?.ok && image?.ok && sizes.some(({ ok }) => ok)),
    findings: [{ ok: true, what }, ...regions.flat()],
  };
}

/** Whether it is up, its image, then one for each size. */
async function regionFindings(checked: Checked, region: string, context: CallContext): Promise<readonly Finding[]> {
  const { api, image, families, sizes } = checked;
  const flavors = flavorsIn(api, region, families, context);
  return await Promise.all([
    finding(region, async () => {
      const { status } = await api.project.get(`/region/${encodeURIComponent(region)}`, regionSchema, context);
      if ((status ?? UP) === UP) return region;
      throw new ProviderError('unavailable', 'This region is out of order.', {
        remedy: 'Look at https://public-cloud.status-ovhcloud.com/, or set OVH_REGIONS to others.',
      });
    }),
    finding(`${region}, image`, async () => `${region}, image ${(await imageIn(api, region, image, context)).name}`),
    ...SIZE_NAMES.map((size) =>
      finding(`${region}, ${size}`, async () => {
        const { name } = flavorFor(await flavors, resourcesOf(sizes[size]), region);
        return `${region}, ${size}: ${name}`;
      }),
    ),
  ]);
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
