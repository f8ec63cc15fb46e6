// What the DigitalOcean of tests sells: regions, sizes and public images.
import type { FakeSize, World } from './digitalocean-world.ts';

export const REGIONS = ['nyc3', 'ams3', 'fra1'];
export const PUBLIC_IMAGES = ['debian-12-x64', 'ubuntu-24-04-x64'];

const HOURS_A_MONTH = 672;

export const SIZES: readonly FakeSize[] = [
  size('s-1vcpu-1gb', 1, 1, 25, 6),
  size('s-2vcpu-4gb', 2, 4, 80, 24),
  size('s-2vcpu-4gb-amd', 2, 4, 80, 28),
  size('s-4vcpu-8gb', 4, 8, 160, 48),
  size('s-8vcpu-16gb', 8, 16, 320, 96),
  size('g-2vcpu-8gb', 2, 8, 25, 63),
];

function size(slug: string, vcpus: number, memoryGiB: number, disk: number, price_monthly: number): FakeSize {
  return { slug, vcpus, memory: memoryGiB * 1024, disk, price_monthly, price_hourly: price_monthly / HOURS_A_MONTH };
}

function isSold(world: World, slug: string, region: string): boolean {
  return !world.soldOut.has(`${slug} ${region}`) && !world.soldOut.has(region);
}

export function sizeView(world: World, one: FakeSize) {
  const regions = REGIONS.filter((region) => isSold(world, one.slug, region));
  return { ...one, transfer: 4, regions, available: regions.length > 0, description: 'Basic' };
}

export function regionView(world: World, slug: string) {
  return {
    name: slug.toUpperCase(),
    slug,
    features: ['private_networking', 'backups', 'ipv6', 'metadata', 'install_agent', 'storage', 'image_transfer'],
    available: !world.soldOut.has(slug),
    sizes: SIZES.filter((one) => isSold(world, one.slug, slug)).map((one) => one.slug),
  };
}

export function publicImageView(slug: string) {
  return {
    id: 1_000 + PUBLIC_IMAGES.indexOf(slug),
    name: slug,
    type: 'base',
    distribution: 'Debian',
    slug,
    public: true,
    regions: REGIONS,
    created_at: '2025-01-01T00:00:00Z',
    min_disk_size: 7,
    size_gigabytes: 0.5,
    description: slug,
    tags: [],
    status: 'available',
  };
}
