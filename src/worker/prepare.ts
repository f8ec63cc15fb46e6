// Prepares each provider once in a process: network, host rules, image; a failure is forgotten, so that the next job tries again.
import type { Provider } from '../providers/provider.ts';

/** The first time the box image may have to be built. */
const DEADLINE_MS = 30 * 60_000;

export interface Preparation {
  /** Resolves once the provider is prepared; at once the second time. The attempt is shared: who waits stops at its own signal. */
  ready(provider: Provider, signal: AbortSignal): Promise<void>;
  /** What was prepared is gone; the next `ready` makes it again. */
  forget(provider: Provider): void;
  /** Aborts what is under way and waits until it has tidied up after itself. */
  close(): Promise<void>;
}

export function createPreparation(): Preparation {
  const attempts = new Map<Provider, Promise<void>>();
  const closing = new AbortController();

  function attempt(provider: Provider): Promise<void> {
    const known = attempts.get(provider);
    if (known !== undefined) return known;
    const made = provider.prepare({ signal: AbortSignal.any([closing.signal, AbortSignal.timeout(DEADLINE_MS)]) });
    attempts.set(provider, made);
    made.catch(() => attempts.delete(provider));
    return made;
  }

  async function ready(provider: Provider, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let aborted = (): void => {};
    const gone = new Promise<never>((_, reject) => {
      aborted = () => reject(signal.reason);
      signal.addEventListener('abort', aborted, { once: true });
    });
    try {
      await Promise.race([attempt(provider), gone]);
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }

  return {
    ready,
    forget: (provider) => void attempts.delete(provider),
    async close() {
      closing.abort();
      await Promise.allSettled(attempts.values());
    },
  };
}
