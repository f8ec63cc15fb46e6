// What OVH sells to tests: regions, flavors with stock and quota, images, and a catalogue of prices.
import type { CloudHandler } from './openapi-server.ts';
import { notFound } from './ovh-world.ts';

export interface FakeFlavor {
  id: string;
  name: string;
  region: string;
  vcpus: number;
  ram: number;
  disk: number;
  osType: string;
  available: boolean;
  planCodes: { hourly: string; monthly: string | null };
}

export interface FakeImage {
  id: string;
  name: string;
  region: string;
  status: string;
  flavorType: string | null;
  creationDate: string;
}

export interface OvhGoods {
  readonly regions: Map<string, 'UP' | 'DOWN'>;
  readonly flavors: FakeFlavor[];
  readonly images: FakeImage[];
  /** Machines that the quota still allows, by region. */
  readonly quota: Map<string, number>;
  readonly catalogue: { addons: { planCode: string; pricings: { price: number; intervalUnit: string }[] }[] };
}

const REGIONS = ['GRA11', 'SBG5', 'DE1', 'WAW1'];
const QUOTA = 20;
const MONTHLY_PRICE = 2_000_000_000;
/** Name, vCPU, MiB, GiB, hundred-millionths of a euro an hour; as OVH sold them in 2024. */
const FLAVORS = [
  ['d2-2', 1, 2000, 25, 990_000],
  ['d2-4', 2, 4000, 50, 1_980_000],
  ['d2-8', 4, 8000, 50, 3_600_000],
  ['b3-8', 2, 8000, 50, 5_080_000],
  ['b3-16', 4, 16000, 100, 10_160_000],
  ['b3-32', 8, 32000, 200, 20_310_000],
  ['b2-7', 2, 7000, 50, 6_810_000],
  ['b2-7-flex', 2, 7000, 50, 6_810_000],
  ['b2-30', 8, 30000, 200, 26_200_000],
  ['t1-45', 8, 45000, 400, 186_000_000],
] as const;

export function createOvhGoods(): OvhGoods {
  return {
    regions: new Map(REGIONS.map((region) => [region, 'UP'])),
    flavors: REGIONS.flatMap((region) => [
      ...FLAVORS.map(([name, vcpus, ram, disk]) => flavor(region, name, { vcpus, ram, disk })),
      { ...flavor(region, 'win-d2-4', { vcpus: 2, ram: 4000, disk: 50 }), osType: 'windows' },
    ]),
    images: REGIONS.flatMap((region) => [
      image(region, 'Debian 12', '2023-06-14'),
      image(region, 'Debian 12', '2024-02-12'),
      { ...image(region, 'Debian 12', '2025-02-12'), flavorType: 'ovh.gpu' },
      image(region, 'Ubuntu 24.04', '2024-05-02'),
    ]),
    quota: new Map(REGIONS.map((region) => [region, QUOTA])),
    catalogue: {
      addons: [
        ...FLAVORS.map(([name, , , , price]) => plan(`${name}.consumption`, price, 'hour')),
        plan('b2-7.monthly.postpaid', MONTHLY_PRICE, 'month'),
        plan('volume.classic.consumption', 5_900, 'hour'),
      ],
    },
  };
}

export function goodsHandlers({ regions, flavors, images, quota, catalogue }: OvhGoods): Record<string, CloudHandler> {
  const project = '/cloud/project/{serviceName}';
  return {
    [`GET ${project}/region`]: () => ({ status: 200, body: [...regions.keys()] }),
    [`GET ${project}/region/{regionName}`]: ({ params }) => {
      const status = regions.get(params.regionName ?? '');
      if (status === undefined) return notFound('Region');
      return { status: 200, body: { name: params.regionName, status, services: [] } };
    },
    [`GET ${project}/flavor`]: ({ query }) => ({
      status: 200,
      body: inRegion(query, flavors).map((one) => ({ ...one, quota: quota.get(one.region) ?? 0, type: 'ovh.ssd.eg' })),
    }),
    [`GET ${project}/image`]: ({ query }) => ({
      status: 200,
      body: inRegion(query, images).map((one) => ({ ...one, visibility: 'public', user: 'debian', type: 'linux' })),
    }),
    'GET /order/catalog/public/cloud': () => ({
      status: 200,
      body: { catalogId: 1, locale: { currencyCode: 'EUR', subsidiary: 'FR', taxRate: 20 }, ...catalogue },
    }),
  };
}

export function inRegion<T extends { region: string }>(query: URLSearchParams, things: readonly T[]): readonly T[] {
  const region = query.get('region');
  return region === null ? things : things.filter((one) => one.region === region);
}

function flavor(region: string, name: string, size: Pick<FakeFlavor, 'vcpus' | 'ram' | 'disk'>): FakeFlavor {
  const planCodes = { hourly: `${name}.consumption`, monthly: null };
  return { id: `${region}-${name}`, name, region, ...size, osType: 'linux', available: true, planCodes };
}

function image(region: string, name: string, day: string): FakeImage {
  const id = `${region}-${name.replaceAll(' ', '-')}-${day}`;
  return { id, name, region, status: 'active', flavorType: null, creationDate: `${day}T08:00:00Z` };
}

function plan(planCode: string, price: number, intervalUnit: string) {
  return { planCode, pricings: [{ price, intervalUnit }] };
}
