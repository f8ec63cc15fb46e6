// Whether a provider is ready, for /readyz: that it answers us. What it has room for is doctor's to say.
import { ShellboxError } from '../errors.ts';
import type { Check } from '../http/checks.ts';
import type { Provider } from '../providers/provider.ts';

/** The engine is asked about much more than whether it answers. */
const PROVIDER_MS = 10_000;
const PROVIDER_KEEP_MS = 30_000;

export function providerCheck(provider: Pick<Provider, 'name' | 'answers' | 'check'>): Check {
  return {
    name: provider.name,
    async run(signal) {
      if (provider.answers !== undefined) return provider.answers({ signal });
      const health = await provider.check({ signal });
      const bad = health.findings.find(({ ok }) => !ok);
      if (!health.ok)
        throw new ShellboxError('provider', bad?.what ?? 'No boxes can be made.', { remedy: bad?.remedy });
    },
    deadlineMs: PROVIDER_MS,
    keepMs: PROVIDER_KEEP_MS,
  };
}
