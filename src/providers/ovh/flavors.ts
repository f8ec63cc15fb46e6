// Which of OVH's flavors a box gets: the smallest of the first family that has one for it.
import { z } from 'zod';
import type { Resources } from '../../boxes/sizes.ts';
import { type CallContext, ProviderError } from '../provider.ts';
import type { OvhApi } from './api.ts';
import { flavorSchema, type OvhFlavor } from './replies.ts';

const flavorsSchema = z.array(flavorSchema);

/** OVH sells what it calls 4 GB as 4000 MiB: who asks for 4096 MiB means that. */
const VENDORS_GIB_MIB = 1000;
const GIB_MIB = 1024;

/** Those of the families that run Linux, smallest first, families in their order. */
export async function flavorsIn(
  api: OvhApi,
  region: string,
  families: readonly string[],
  context: CallContext,
): Promise<readonly OvhFlavor[]> {
  const all = await api.project.get('/flavor', flavorsSchema, context, { region });
  const linux = all.filter((flavor) => flavor.region === region && isLinux(flavor));
  return families.flatMap((family) => linux.filter(({ name }) => isOf(family, name)).sort(bySize));
}

/** A flavor that can be had. Rejects with `invalid` where none is large enough, else with `sold_out` or `quota`. */
export function flavorFor(flavors: readonly OvhFlavor[], wanted: Resources, region: string): OvhFlavor {
  const fitting = flavors.filter((flavor) => fits(flavor, wanted));
  const found = fitting.find(canBeHad);
  if (found !== undefined) return found;
  const size = `${wanted.cpus} vCPU and ${wanted.memoryMiB} MiB of memory`;
  if (fitting.length === 0) {
    throw new ProviderError('invalid', `OVH has no machine with ${size} in ${region}.`, {
      remedy: 'Allow more families with OVH_FAMILIES, or make the size smaller (SIZES).',
    });
  }
  if (fitting.some(isInStock)) {
    throw new ProviderError('quota', `The quota at OVH has no room for another machine in ${region}.`, {
      remedy: 'Destroy boxes, or ask OVH for more: control panel, Public Cloud, "Quota and Regions".',
    });
  }
  throw new ProviderError('sold_out', `OVH has no machines with ${size} left in ${region}.`, {
    remedy: 'Wait, or add a region with OVH_REGIONS.',
  });
}

export function fits(flavor: OvhFlavor, { cpus, memoryMiB }: Pick<Resources, 'cpus' | 'memoryMiB'>): boolean {
  return flavor.vcpus >= cpus && soldAsMiB(flavor) >= memoryMiB;
}

/** What boxes, regions and prices go by, so that all of them mean the same machine. */
export function soldAsMiB({ ram }: Pick<OvhFlavor, 'ram'>): number {
  return Math.round((ram * GIB_MIB) / VENDORS_GIB_MIB);
}

export function canBeHad(flavor: OvhFlavor): boolean {
  return isInStock(flavor) && (flavor.quota ?? 1) > 0;
}

/** Older servers do not say. */
function isInStock({ available }: OvhFlavor): boolean {
  return available ?? true;
}

function isLinux({ osType }: OvhFlavor): boolean {
  return (osType ?? 'linux').toLowerCase() === 'linux';
}

/** `d2-4`; neither `win-d2-4` nor `b2-7-flex`, whose disk is smaller than its price says. */
function isOf(family: string, name: string): boolean {
  return name.startsWith(`${family}-`) && /^\d+$/.test(name.slice(family.length + 1));
}

function bySize(one: OvhFlavor, other: OvhFlavor): number {
  return one.ram - other.ram || one.vcpus - other.vcpus || (one.name < other.name ? -1 : 1);
}
