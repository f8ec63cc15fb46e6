// Prepares each provider once in a process: network, host rules, image; a failure is forgotten, so that the next job tries again.
import type { Provider } from '../providers/provider.ts';

export function createPreparation(): (provider: Provider, signal: AbortSignal) => Promise<void> {
  const done = new Map<Provider, Promise<void>>();
  return (provider, signal) => {
    const known = done.get(provider);
    if (known !== undefined) return known;
    const attempt = provider.prepare({ signal });
    done.set(provider, attempt);
    attempt.catch(() => done.delete(provider));
    return attempt;
  };
}
