// A provider that answers, refuses every connection, or hangs until it answers again: as a test wants it.
import { type CallContext, type Provider, ProviderError } from '../../src/providers/provider.ts';

export type Mood = 'answers' | 'refuses' | 'hangs';

export interface Fickle {
  provider: Provider;
  become(mood: Mood): void;
  /** Calls that hang now. */
  hanging(): number;
}

export function createFickle(steady: Provider): Fickle {
  let mood: Mood = 'answers';
  const waiting = new Set<() => void>();

  async function meet({ signal }: CallContext): Promise<void> {
    if (mood === 'refuses') throw new ProviderError('unavailable', `${steady.title} does not answer.`);
    if (mood === 'answers') return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const given = (): void => reject(new ProviderError('timeout', `${steady.title} did not answer in time.`));
    signal.addEventListener('abort', given, { once: true });
    waiting.add(resolve);
    await promise.finally(() => {
      waiting.delete(resolve);
      signal.removeEventListener('abort', given);
    });
  }
  const through = async <T>(context: CallContext, call: () => Promise<T>): Promise<T> => {
    await meet(context);
    return call();
  };

  return {
    provider: {
      ...steady,
      admit: (context) => through(context, () => steady.admit(context)),
      protect: (context) => through(context, () => steady.protect(context)),
      ensureHome: (box, context) => through(context, () => steady.ensureHome(box, context)),
      create: (box, context) => through(context, () => steady.create(box, context)),
      start: (box, context) => through(context, () => steady.start(box, context)),
      stop: (box, context) => through(context, () => steady.stop(box, context)),
      destroy: (box, context) => through(context, () => steady.destroy(box, context)),
      destroyHome: (box, context) => through(context, () => steady.destroyHome(box, context)),
      snapshotHome: (box, id, context) => through(context, () => steady.snapshotHome(box, id, context)),
      snapshots: (installId, context) => through(context, () => steady.snapshots(installId, context)),
      destroySnapshot: (snapshot, context) => through(context, () => steady.destroySnapshot(snapshot, context)),
      list: (installId, context) => through(context, () => steady.list(installId, context)),
      configure: (box, context) => through(context, () => steady.configure(box, context)),
      measure: (box, context) => through(context, () => steady.measure(box, context)),
      observe: (boxes, context) => through(context, () => steady.observe(boxes, context)),
    },
    become(next) {
      mood = next;
      if (next !== 'hangs') for (const go of [...waiting]) go();
    },
    hanging: () => waiting.size,
  };
}
