// Brings changed keys into running boxes: at once when told, and again by the reconciler when that was missed.
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { type Box, boxById, noteConfigured } from '../store/boxes.ts';
import { silentProviders } from '../store/circuits.ts';
import type { Database } from '../store/database.ts';
import { wantConfigAgain } from '../store/instances.ts';
import { dropLease, takeLease } from '../store/leases.ts';
import { unconfiguredBoxes } from '../store/reconcile.ts';
import { type SpecSource, specOf } from './box-spec.ts';

export interface Configurer {
  /** Never rejects; what fails is done by `catchUp`. */
  configure(boxId: string, signal?: AbortSignal): Promise<void>;
  catchUp(signal?: AbortSignal): Promise<void>;
}

export interface ConfigurerOptions {
  db: Database;
  providers: ReadonlyMap<string, Provider>;
  source: SpecSource;
  holder: string;
  logger: Logger;
}

/** Covers one call, and is renewed before each. */
const LEASE_MS = 30_000;
/** Counted from before the renewal, so that a call ends while half of the lease is left. */
const DEADLINE_MS = 15_000;
const ROUNDS = 5;
const AT_ONCE = 200;
const NEVER = new AbortController().signal;

export function createConfigurer(options: ConfigurerOptions): Configurer {
  const { db, logger } = options;

  /**
   * One process at a time works on a box, by a lease. It asks the provider only after it has renewed the lease and seen that what
   * it read is still what is wanted, so older keys go out only if the process is paused in the call itself, for longer than the lease
   * lasts. No provider can refuse such a call; whoever made it finds out when it ends and has the newest keys brought in again.
   * Until then the box may have the older ones.
   */
  async function attempt(boxId: string, signal: AbortSignal): Promise<void> {
    const name = `configure:${boxId}`;
    const holder = `${options.holder}:${performance.now()}`;
    const hold = async () => (await takeLease(db.tx, name, holder, LEASE_MS)) !== undefined;
    if (!(await hold())) return;
    try {
      for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
        const box = await boxById(db.tx, boxId);
        if (box === undefined || box.state !== 'running' || box.configApplied >= box.configWanted) return;
        if (!(await bringIn(box, hold, signal))) return;
      }
    } finally {
      await dropLease(db.tx, name, holder);
    }
  }

  /** False when somebody else is at it. */
  async function bringIn(box: Box, hold: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
    const provider = options.providers.get(box.provider);
    if (provider === undefined || (await silentProviders(db.tx)).has(box.provider)) return false;
    const spec = await specOf(db.tx, box, options.source);
    const renewedAt = performance.now();
    if (!(await hold())) return false;
    const wanted = (await boxById(db.tx, box.id))?.configWanted;
    const leftMs = Math.floor(DEADLINE_MS - (performance.now() - renewedAt));
    if (wanted !== box.configWanted || leftMs <= 0) return true;
    try {
      await provider.configure(spec, { signal: AbortSignal.any([signal, AbortSignal.timeout(leftMs)]) });
    } finally {
      if (!(await hold()) || ((await boxById(db.tx, box.id))?.configApplied ?? 0) > box.configWanted) {
        // Newer keys went in beside this call; nobody knows which came last.
        await wantConfigAgain(db.tx, box.id);
      }
    }
    await noteConfigured(db.tx, box.id, box.configWanted);
    return true;
  }

  async function configure(boxId: string, signal = NEVER): Promise<void> {
    await attempt(boxId, signal).catch((error: unknown) =>
      logger.warn({ box: boxId, error }, 'Keys did not reach a box; they are sent again'),
    );
  }
  return {
    configure,
    async catchUp(signal = NEVER) {
      for (const boxId of await unconfiguredBoxes(db.tx, AT_ONCE)) {
        if (signal.aborted) return;
        await configure(boxId, signal);
      }
    },
  };
}
