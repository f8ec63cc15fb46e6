// What `doctor` shows of DigitalOcean: the token, the limit, and whether boxes can be made in the regions that are configured.
import { z } from 'zod';
import { namesIn } from '../../boxes/offers.ts';
import { type CallContext, ProviderError, type ProviderHealth } from '../provider.ts';
import { type Api, listOf } from './api.ts';
import { DEFAULTS, type DigitalOceanOptions, imagesOf, regionsOf, TITLE } from './options.ts';
import type { Sizes } from './sizes.ts';

type Finding = ProviderHealth['findings'][number];

const accountSchema = z.object({
  account: z.object({ droplet_limit: z.number(), status: z.string().default('active') }),
});
const countSchema = z.object({ meta: z.object({ total: z.number() }) });
const regionSchema = z.object({ slug: z.string(), available: z.boolean(), features: listOf(z.string()) });
const imageSchema = z.object({ image: z.object({ name: z.string(), regions: listOf(z.string()) }) });

/** Never throws. `ok` says whether boxes can be made of what they get unasked; what people may ask for beside it is looked at, too. */
export async function checkDigitalOcean(
  { api, sizes, options }: { api: Api; sizes: Sizes; options: DigitalOceanOptions },
  context: CallContext,
): Promise<ProviderHealth> {
  const { regions = DEFAULTS.regions, image = DEFAULTS.image, smallest = DEFAULTS.smallest } = options;

  async function account(): Promise<Finding[]> {
    const { droplet_limit: limit, status } = (await api.get('/v2/account', accountSchema, context)).account;
    const { total } = (await api.get('/v2/droplets', countSchema, context, { per_page: 1 })).meta;
    const used: Finding = { ok: total < limit, what: `${TITLE}: ${total} of ${limit} droplets in use` };
    if (!used.ok) used.remedy = 'Ask for more at https://cloud.digitalocean.com/account/team/limits.';
    if (status === 'active') return [used];
    const what = `the account is ${status === 'locked' ? 'locked' : 'under a warning'}`;
    return [{ ok: status !== 'locked', what, remedy: 'Look what it says at https://cloud.digitalocean.com.' }, used];
  }

  async function usableOf(slugs: readonly string[]): Promise<string[]> {
    const known = await api.all({ path: '/v2/regions', name: 'regions', item: regionSchema }, context);
    return slugs.filter((slug) =>
      known.some((region) => region.slug === slug && region.available && region.features.includes('storage')),
    );
  }

  async function places(): Promise<Finding[]> {
    const usable = await usableOf(regions);
    const missing = regions.filter((slug) => !usable.includes(slug));
    const what = `regions ${usable.join(', ') || 'none'}${missing.length > 0 ? `; without ${missing.join(', ')}` : ''}`;
    const remedy = 'These take no new machines, have no volumes, or do not exist: set DIGITALOCEAN_REGIONS to others.';
    const ok = usable.length > 0;
    return [missing.length === 0 ? { ok, what } : { ok, what, remedy }];
  }

  async function images(): Promise<Finding[]> {
    const found = await api.find(`/v2/images/${image}`, imageSchema, context);
    const missing = regions.filter((slug) => !found?.image.regions.includes(slug));
    if (found !== undefined && missing.length === 0) return [{ ok: true, what: `image ${image}` }];
    const remedy = 'Set DIGITALOCEAN_IMAGE to the slug of a public image with cloud-init, e.g. debian-12-x64.';
    if (found === undefined) return [{ ok: false, what: `there is no image ${image}`, remedy }];
    return [{ ok: missing.length < regions.length, what: `image ${image} is not in ${missing.join(', ')}`, remedy }];
  }

  async function morePlaces(): Promise<Finding[]> {
    const { more } = regionsOf(options);
    const usable = more.length === 0 ? [] : await usableOf(more);
    return more.map((slug) => {
      if (usable.includes(slug)) return { ok: true, what: `region ${slug}, where it is asked for` };
      const remedy = 'Take it out of DIGITALOCEAN_MORE_REGIONS.';
      return { ok: false, what: `region ${slug} takes no new machines, has no volumes, or does not exist`, remedy };
    });
  }

  async function moreImages(): Promise<Finding[]> {
    return Promise.all(
      imagesOf(options).more.map(async (slug) => {
        const found = await api.find(`/v2/images/${slug}`, imageSchema, context);
        const missing = namesIn(regionsOf(options)).filter((region) => !found?.image.regions.includes(region));
        if (missing.length === 0) return { ok: true, what: `image ${slug}, where it is asked for` };
        const what =
          found === undefined ? `there is no image ${slug}` : `image ${slug} is not in ${missing.join(', ')}`;
        return { ok: false, what, remedy: 'Take it out of DIGITALOCEAN_MORE_IMAGES, or the regions without it.' };
      }),
    );
  }

  async function machines(): Promise<Finding[]> {
    const { cpus, memoryMiB } = smallest;
    const tried = await Promise.all(
      regions.map((region) => sizes.pick({ cpus, memoryMiB, region }, context).catch(unlessNone)),
    );
    const found = tried.find((size) => size !== undefined);
    const wanted = `${cpus} vCPU and ${memoryMiB} MiB of memory`;
    if (found === undefined) {
      const remedy = 'Add to DIGITALOCEAN_REGIONS or DIGITALOCEAN_FAMILIES, or make the smallest of SIZES smaller.';
      return [{ ok: false, what: `no size has ${wanted} in these regions now`, remedy }];
    }
    return [{ ok: true, what: `the smallest box is a ${found.name}, ${found.currency} ${found.hourly} an hour` }];
  }

  const first = await attempt(account);
  if (first.some(({ ok }) => !ok)) return { ok: false, findings: first };
  const findings = [first];
  for (const look of [places, images, machines]) findings.push(await attempt(look));
  const ok = findings.flat().every((finding) => finding.ok);
  for (const look of [morePlaces, moreImages]) findings.push(await attempt(look));
  return { ok, findings: findings.flat() };
}

function unlessNone(error: unknown): undefined {
  if (error instanceof ProviderError && (error.code === 'sold_out' || error.code === 'invalid')) return undefined;
  throw error;
}

async function attempt(look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ProviderError))
      return [{ ok: false, what: `${TITLE} could not be looked at: ${String(error)}` }];
    const { message: what, remedy } = error;
    return [remedy === undefined ? { ok: false, what } : { ok: false, what, remedy }];
  }
}
