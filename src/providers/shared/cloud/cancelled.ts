// A provider whose cancelled calls say so: whatever a call was waiting for when it was aborted, it rejects with the same error.
import { type CallContext, type Provider, ProviderError } from '../../provider.ts';

/** A call that is aborted before it begins does nothing. */
async function ended<T>(work: () => Promise<T>, { signal }: CallContext): Promise<T> {
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    if (error instanceof ProviderError || !signal.aborted) throw error;
    throw new ProviderError('timeout', 'It was cancelled.', { cause: error });
  }
}

export function tellingCancelled(provider: Provider): Provider {
  const { prices, answers } = provider;
  return {
    ...provider,
    prices: prices && ((context) => ended(() => prices(context), context)),
    answers: answers && ((context) => ended(() => answers(context), context)),
    prepare: (context) => ended(() => provider.prepare(context), context),
    admit: (context) => ended(() => provider.admit(context), context),
    protect: (context) => ended(() => provider.protect(context), context),
    ensureHome: (box, context) => ended(() => provider.ensureHome(box, context), context),
    create: (box, context) => ended(() => provider.create(box, context), context),
    start: (box, context) => ended(() => provider.start(box, context), context),
    reach: (box, instance, context) => ended(() => provider.reach(box, instance, context), context),
    followSetup: (box, endpoint, context) => ended(() => provider.followSetup(box, endpoint, context), context),
    stop: (box, context) => ended(() => provider.stop(box, context), context),
    destroy: (box, context) => ended(() => provider.destroy(box, context), context),
    destroyHome: (box, context) => ended(() => provider.destroyHome(box, context), context),
    snapshotHome: (box, id, context) => ended(() => provider.snapshotHome(box, id, context), context),
    snapshots: (installId, context) => ended(() => provider.snapshots(installId, context), context),
    destroySnapshot: (snapshot, context) => ended(() => provider.destroySnapshot(snapshot, context), context),
    inspect: (box, context) => ended(() => provider.inspect(box, context), context),
    list: (installId, context) => ended(() => provider.list(installId, context), context),
    configure: (box, context) => ended(() => provider.configure(box, context), context),
    measure: (box, context) => ended(() => provider.measure(box, context), context),
    observe: (boxes, context) => ended(() => provider.observe(boxes, context), context),
    exec: (box, line, context) => ended(() => provider.exec(box, line, context), context),
  };
}
