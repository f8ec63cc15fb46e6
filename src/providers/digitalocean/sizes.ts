// The sizes of droplets: which may be used, what they cost, and which one a box gets.
import { z } from 'zod';
import { type CallContext, ProviderError } from '../provider.ts';
import { systemClock } from '../shared/cloud/clock.ts';
import type { CloudSize, MachinePlan, StoragePrice } from '../shared/cloud/cloud.ts';
import { isAffordable, tooDear } from '../shared/cloud/too-dear.ts';
import type { Api } from './api.ts';
import { DEFAULTS, type DigitalOceanOptions, TITLE } from './options.ts';

const sizeSchema = z.object({
  slug: z.string(),
  /** MiB. */
  memory: z.number(),
  vcpus: z.number(),
  /** GB. */
  disk: z.number(),
  price_monthly: z.number(),
  price_hourly: z.number(),
  regions: z.array(z.string()),
  /** Older servers did not say; it is about accounts more than about stock. */
  available: z.boolean().default(true),
});

export interface DropletSize extends CloudSize {
  diskGB: number;
}

export interface Sizes {
  /** Of the families that are allowed, in all regions of the vendor's; the cheapest first. */
  all(context: CallContext): Promise<readonly DropletSize[]>;
  /** The cheapest that holds what is wanted. Rejects with `sold_out`, also where that is too dear, or `invalid` where there is none in any region. */
  pick(wanted: Wanted, context: CallContext): Promise<DropletSize>;
  /** What was remembered proved wrong. */
  forget(): void;
}

export interface Wanted {
  cpus: number;
  memoryMiB: number;
  region: string;
  /** An image does not fit onto a smaller disk than the one it was taken of. */
  leastDiskGB?: number | undefined;
  /** The box it is for, with what it may cost; whoever only looks has none. */
  agreed?: Pick<MachinePlan, 'boxName' | 'mostHourly'>;
}

/** Prices and stock change seldom, and every start of a released machine asks. */
const KEPT_MS = 10 * 60_000;

/** `s-2vcpu-4gb-amd` is of the family `s-amd`. */
export function familyOf(slug: string): string {
  const [first = ''] = slug.split('-');
  const maker = /-(amd|intel)$/.exec(slug)?.[1];
  return maker === undefined ? first : `${first}-${maker}`;
}

export function createSizes(api: Api, options: DigitalOceanOptions): Sizes {
  const { families = DEFAULTS.families, clock = systemClock } = options;
  const allowed: readonly string[] = families;
  let kept: { untilMs: number; sizes: readonly DropletSize[] } | undefined;

  async function all(context: CallContext): Promise<readonly DropletSize[]> {
    if (kept !== undefined && clock.nowMs() < kept.untilMs) return kept.sizes;
    const read = await api.all({ path: '/v2/sizes', name: 'sizes', item: sizeSchema }, context);
    const sizes = read
      .filter(({ slug }) => allowed.includes(familyOf(slug)))
      .map((size) => ({
        name: size.slug,
        cpus: size.vcpus,
        memoryMiB: size.memory,
        diskGB: size.disk,
        currency: 'USD',
        hourly: size.price_hourly,
        monthly: size.price_monthly,
        regions: size.available ? size.regions : [],
      }))
      .sort((one, other) => one.hourly - other.hourly);
    kept = { untilMs: clock.nowMs() + KEPT_MS, sizes };
    return sizes;
  }

  return {
    all,
    forget: () => {
      kept = undefined;
    },
    async pick(wanted, context) {
      const { cpus, memoryMiB, region, leastDiskGB = 0, agreed } = wanted;
      const sizes = await all(context);
      const fitting = sizes.filter(
        (size) => size.cpus >= cpus && size.memoryMiB >= memoryMiB && size.diskGB >= leastDiskGB,
      );
      const [found] = fitting.filter((size) => size.regions.includes(region));
      if (found !== undefined && agreed !== undefined && !isAffordable(found, agreed))
        throw tooDear(agreed, `${TITLE} in ${region}`);
      if (found !== undefined) return found;
      if (fitting.some((size) => size.regions.length > 0)) {
        throw new ProviderError('sold_out', `${TITLE} has no machine of this size in ${region} now.`, {
          remedy: 'Try again later, or allow more regions or families of sizes.',
        });
      }
      throw new ProviderError('invalid', `${TITLE} has no size with ${cpus} vCPU and ${memoryMiB} MiB of memory.`, {
        remedy: `Allow more families of sizes than ${allowed.join(', ')}, or make the sizes of boxes smaller.`,
      });
    },
  };
}

/**
 * The API does not say it. Source: https://www.digitalocean.com/pricing/volumes, and for machines that are switched off
 * https://docs.digitalocean.com/products/droplets/details/pricing/
 */
export function storagePrice({ whenStopped }: DigitalOceanOptions): StoragePrice {
  return {
    currency: 'USD',
    volumeGiBMonthly: 0.1,
    stoppedCosts: whenStopped === 'release' ? 'storage only' : 'as running',
  };
}
