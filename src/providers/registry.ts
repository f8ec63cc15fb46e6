// The providers there are, by name; the only place that knows them all.
import { createDigitalOcean } from './digitalocean/digitalocean.ts';
import type { DigitalOceanOptions } from './digitalocean/options.ts';
import { createDockerProvider } from './docker/docker.ts';
import { createDockerHoldings } from './docker/holdings.ts';
import type { DockerOptions } from './docker/options.ts';
import type { Holdings } from './holdings.ts';
import type { OvhOptions } from './ovh/options.ts';
import { createOvh } from './ovh/ovh.ts';
import type { Provider } from './provider.ts';
import type { Cloud } from './shared/cloud/cloud.ts';
import { createCloudHoldings } from './shared/cloud/cloud-holdings.ts';
import { type CloudProviderOptions, createCloudProvider } from './shared/cloud/cloud-provider.ts';

/** What each vendor's part is told by configuration; undefined of one that is not to be used. */
export interface VendorOptions {
  installId: string;
  docker: DockerOptions;
  digitalocean: DigitalOceanOptions | undefined;
  ovh: OvhOptions | undefined;
}

export interface ProviderOptions extends Omit<VendorOptions, 'installId'> {
  /** What all clouds are told. */
  clouds: Omit<CloudProviderOptions, 'cloud'>;
}

const CLOUDS = {
  digitalocean: ({ digitalocean }: Pick<VendorOptions, 'digitalocean'>) => createDigitalOcean(told(digitalocean)),
  ovh: ({ ovh }: Pick<VendorOptions, 'ovh'>) => createOvh(told(ovh)),
} as const satisfies Record<string, (options: VendorOptions) => Cloud>;

export type ProviderName = 'docker' | keyof typeof CLOUDS;
export const PROVIDER_NAMES: readonly ProviderName[] = ['docker', ...(Object.keys(CLOUDS) as (keyof typeof CLOUDS)[])];

export function createProvider(name: ProviderName, options: ProviderOptions): Provider {
  if (name === 'docker') return createDockerProvider(options.docker);
  return createCloudProvider({ ...options.clouds, cloud: CLOUDS[name](options) });
}

export const isCloud = (name: string): name is keyof typeof CLOUDS => Object.hasOwn(CLOUDS, name);

/** One whose log-in is tried before there is an installation. */
export function checkedCloud(
  name: keyof typeof CLOUDS,
  options: Pick<VendorOptions, keyof typeof CLOUDS>,
): Pick<Cloud, 'title' | 'check'> {
  return CLOUDS[name](options);
}

/** What the installation of these options has at that provider. */
export function createHoldings(name: ProviderName, options: VendorOptions): Holdings {
  if (name === 'docker') return createDockerHoldings(options.docker);
  return createCloudHoldings(CLOUDS[name](options), options.installId);
}

function told<T>(options: T | undefined): T {
  // Configuration names a provider only where it has what that needs.
  if (options === undefined) throw new Error('A provider was named that nothing is known of.');
  return options;
}
