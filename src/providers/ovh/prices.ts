// What OVH's machines and disks cost: from the catalogue that its own order form reads. `/cloud/price` was taken away in 2018.
import { namesIn, type Offer } from '../../boxes/offers.ts';
import type { Logger } from '../../log.ts';
import { type CallContext, ProviderError } from '../provider.ts';
import type { CloudSize, StoragePrice } from '../shared/cloud/cloud.ts';
import type { OvhApi } from './api.ts';
import { canBeHad, flavorsIn, soldAsMiB } from './flavors.ts';
import { catalogueSchema, type OvhFlavor } from './replies.ts';

interface PricesOptions {
  api: OvhApi;
  apiUrl: string;
  regions: Offer;
  families: readonly string[];
  whenStopped: 'keep' | 'release';
  nowMs(): number;
  logger: Pick<Logger, 'warn'> | undefined;
}

export interface Prices {
  sizes(context: CallContext, region?: string): Promise<readonly CloudSize[]>;
  /** What a flavor costs, by the names that `sizes` goes by; undefined of what is not sold by the hour. */
  hourlyOf(flavor: OvhFlavor, context: CallContext): Promise<number | undefined>;
  storagePrice(context: CallContext): Promise<StoragePrice>;
}

interface Tariff {
  currency: string;
  /** By plan code. */
  hourly: ReadonlyMap<string, number>;
}

/** Whose prices are shown, by the company that the account is with: those of one country, without tax. */
const SUBSIDIARIES: readonly { host: RegExp; subsidiary: string }[] = [
  { host: /^ca\./, subsidiary: 'CA' },
  { host: /^(?:api\.us|us)\./, subsidiary: 'US' },
];
const IN_EUROPE = 'FR';
const VOLUME_PLAN = 'volume.classic.consumption';
const UNITS = 1e8;
/** A month of 31 days: there is no price by the month for what is paid by the hour. */
const MOST_HOURS = 744;
/** The catalogue has megabytes, and changes a few times a year. */
const KEPT_MS = 12 * 3600_000;

export function createPrices(options: PricesOptions): Prices {
  const { api, apiUrl, regions, families, whenStopped, nowMs, logger } = options;
  let kept: { tariff: Tariff; atMs: number } | undefined;

  async function tariff(context: CallContext): Promise<Tariff> {
    if (kept !== undefined && nowMs() - kept.atMs < KEPT_MS) return kept.tariff;
    const ovhSubsidiary = subsidiaryOf(apiUrl);
    const catalogue = await api.open.get('/order/catalog/public/cloud', catalogueSchema, context, { ovhSubsidiary });
    const priced = catalogue.addons.flatMap(({ planCode, pricings }) => {
      const price = pricings.find(({ intervalUnit }) => intervalUnit === 'hour')?.price;
      return price === undefined ? [] : [[planCode, price / UNITS] as const];
    });
    kept = { tariff: { currency: catalogue.locale.currencyCode, hourly: new Map(priced) }, atMs: nowMs() };
    return kept.tariff;
  }

  /** One that does not answer keeps nobody from the others. */
  async function flavorsOf(names: readonly string[], context: CallContext): Promise<readonly OvhFlavor[]> {
    const asked = await Promise.allSettled(names.map((region) => flavorsIn(api, region, families, context)));
    const failed = asked.flatMap((one, at) =>
      one.status === 'fulfilled' ? [] : [{ at, error: one.reason as unknown }],
    );
    const [first] = failed;
    if (first !== undefined && (failed.length === names.length || context.signal.aborted)) throw first.error;
    for (const { at, error } of failed)
      logger?.warn(
        { region: names[at], error },
        'A region of OVH does not say what it has: it counts as having nothing',
      );
    return asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  }

  /**
   * Of one name as many as it has prices. A region's is its own, or that of the first region that has one; what has no price in the catalogue
   * is not sold by the hour.
   */
  async function sizes(context: CallContext, region?: string): Promise<readonly CloudSize[]> {
    const { currency, hourly } = await tariff(context);
    const all = await flavorsOf(region === undefined ? namesIn(regions) : [region], context);
    const byName = Map.groupBy(all, ({ name }) => name);
    return [...byName.values()].flatMap((flavors) => {
      const own = (flavor: OvhFlavor) => hourly.get(planOf(flavor));
      const usual = flavors.map(own).find((price) => price !== undefined);
      const byPrice = Map.groupBy(flavors.filter(canBeHad), (flavor) => own(flavor) ?? usual);
      return [...byPrice].flatMap(([price, [flavor, ...others]]) => {
        if (flavor === undefined || price === undefined) return [];
        const size = { name: flavor.name, cpus: flavor.vcpus, memoryMiB: soldAsMiB(flavor), currency };
        const there = [flavor, ...others].map(({ region }) => region);
        return [{ ...size, hourly: price, monthly: price * MOST_HOURS, regions: there }];
      });
    });
  }

  return {
    sizes,
    async hourlyOf(flavor, context) {
      const own = (await tariff(context)).hourly.get(planOf(flavor));
      return own ?? (await sizes(context)).find(({ name }) => name === flavor.name)?.hourly;
    },

    async storagePrice(context) {
      const { currency, hourly } = await tariff(context);
      const price = hourly.get(VOLUME_PLAN);
      if (price === undefined) {
        throw new ProviderError('unavailable', 'OVH’s catalogue has no price for volumes.', {
          remedy: 'Look whether there is a newer Shellbox.',
        });
      }
      const stoppedCosts = whenStopped === 'release' ? 'storage only' : 'as running';
      return { currency, volumeGiBMonthly: price * MOST_HOURS, stoppedCosts };
    },
  };
}

function planOf({ planCodes }: OvhFlavor): string {
  return planCodes?.hourly ?? '';
}

/** Whose prices an account of this API is shown. */
export function subsidiaryOf(apiUrl: string): string {
  const { hostname } = new URL(apiUrl);
  return SUBSIDIARIES.find(({ host }) => host.test(hostname))?.subsidiary ?? IN_EUROPE;
}
