// The providers there are, by name; the only place that knows them all.
import { createDockerProvider } from './docker/docker.ts';
import type { DockerOptions } from './docker/options.ts';
import type { Provider } from './provider.ts';

/** What each provider is told by configuration. */
export interface ProviderOptions {
  docker: DockerOptions;
}

const MAKERS = {
  docker: (options: ProviderOptions) => createDockerProvider(options.docker),
} as const satisfies Record<string, (options: ProviderOptions) => Provider>;

export type ProviderName = keyof typeof MAKERS;
export const PROVIDER_NAMES = Object.keys(MAKERS) as ProviderName[];

export function createProvider(name: ProviderName, options: ProviderOptions): Provider {
  return MAKERS[name](options);
}
