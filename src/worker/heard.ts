// A provider whose calls are listened to: each tells whether it was answered, and one that takes too long tells so before its end.
import { type CallContext, type Provider, ProviderError } from '../providers/provider.ts';
import type { Heard } from './circuit.ts';

/** What only looks is answered in a moment; by then nobody answers. What makes or changes something may take its time. */
const LOOK_MS = 10_000;
const CHANGE_MS = 120_000;
/** Where a whole home is copied. */
const SNAPSHOT_MS = 30 * 60_000;
/** How often it is asked whether the provider has us wait. */
const STEP_MS = 1_000;

/** The same provider. `tell` is called once for each call that says something about whether the provider answers. */
export function heard(provider: Provider, tell: (heard: Heard) => void): Provider {
  async function listen<T>(work: () => Promise<T>, { signal }: CallContext, afterMs: number): Promise<T> {
    let isLate = false;
    let leftMs = afterMs;
    let step: NodeJS.Timeout | undefined;
    /** What waits for its turn by the provider's own limit does not wait for an answer: its time begins when that is over. */
    function listenOn(): void {
      const ms = Math.min(STEP_MS, leftMs);
      step = setTimeout(() => {
        leftMs = provider.slowed?.() ? afterMs : leftMs - ms;
        if (leftMs > 0) return listenOn();
        isLate = true;
        tell('silent');
      }, ms);
    }
    listenOn();
    try {
      const result = await work();
      tell('answered');
      return result;
    } catch (error) {
      const said = heardIn(error);
      // Whoever gave up learned nothing.
      if (said !== undefined && !signal.aborted && !(isLate && said === 'silent')) tell(said);
      throw error;
    } finally {
      clearTimeout(step);
    }
  }
  const look = <T>(work: () => Promise<T>, context: CallContext): Promise<T> => listen(work, context, LOOK_MS);
  const change = <T>(work: () => Promise<T>, context: CallContext): Promise<T> => listen(work, context, CHANGE_MS);
  // Where a create may take minutes, so may whatever else waits for a machine.
  const longestMs = Math.max(CHANGE_MS, provider.longestCreateMs, provider.patienceMs);
  // Not `check`, which never fails, not `prepare`, which may take half an hour, not `reach` and `followSetup`, where the box answers and not its provider.
  return {
    ...provider,
    admit: (context) => look(() => provider.admit(context), context),
    protect: (context) => look(() => provider.protect(context), context),
    ensureHome: (box, context) =>
      listen(() => provider.ensureHome(box, context), context, box.from === undefined ? CHANGE_MS : SNAPSHOT_MS),
    create: (box, context) => listen(() => provider.create(box, context), context, provider.longestCreateMs),
    start: (box, context) => listen(() => provider.start(box, context), context, longestMs),
    stop: (box, context) => listen(() => provider.stop(box, context), context, longestMs),
    destroy: (box, context) => listen(() => provider.destroy(box, context), context, longestMs),
    destroyHome: (box, context) => change(() => provider.destroyHome(box, context), context),
    snapshotHome: (box, snapshotId, context) =>
      listen(() => provider.snapshotHome(box, snapshotId, context), context, SNAPSHOT_MS),
    snapshots: (installId, context) => look(() => provider.snapshots(installId, context), context),
    destroySnapshot: (snapshot, context) => change(() => provider.destroySnapshot(snapshot, context), context),
    inspect: (box, context) => look(() => provider.inspect(box, context), context),
    list: (installId, context) => look(() => provider.list(installId, context), context),
    configure: (box, context) => look(() => provider.configure(box, context), context),
    measure: (box, context) => look(() => provider.measure(box, context), context),
    // Where machines are asked one by one, some of them may be silent.
    observe: (boxes, context) => listen(() => provider.observe(boxes, context), context, LOOK_MS + provider.patienceMs),
  };
}

/** What a failure says of its provider; nothing when it is not the provider's. */
export function heardIn(error: unknown): Heard | undefined {
  if (!(error instanceof ProviderError)) return undefined;
  return error.code === 'unavailable' || error.code === 'timeout' ? 'silent' : 'answered';
}
