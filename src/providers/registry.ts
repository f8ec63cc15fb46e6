// The providers there are, by name; the only place that knows them all.
import { createDockerProvider } from './docker/docker.ts';
import { createDockerHoldings } from './docker/holdings.ts';
import type { DockerOptions } from './docker/options.ts';
import type { Holdings } from './holdings.ts';
import type { Provider } from './provider.ts';

/** What each provider is told by configuration. */
export interface ProviderOptions {
  docker: DockerOptions;
}

const MAKERS = {
  docker: (options: ProviderOptions) => createDockerProvider(options.docker),
} as const satisfies Record<string, (options: ProviderOptions) => Provider>;

const HOLDINGS = {
  docker: (options: ProviderOptions) => createDockerHoldings(options.docker),
} as const satisfies Record<keyof typeof MAKERS, (options: ProviderOptions) => Holdings>;

export type ProviderName = keyof typeof MAKERS;
export const PROVIDER_NAMES = Object.keys(MAKERS) as ProviderName[];

export function createProvider(name: ProviderName, options: ProviderOptions): Provider {
  return MAKERS[name](options);
}

/** What the installation of these options has at that provider. */
export function createHoldings(name: ProviderName, options: ProviderOptions): Holdings {
  return HOLDINGS[name](options);
}
