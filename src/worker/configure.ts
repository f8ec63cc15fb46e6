// Brings changed keys into running boxes: at once when told, and again by the reconciler when that was missed.
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { boxById, noteConfigured } from '../store/boxes.ts';
import type { Database } from '../store/database.ts';
import { dropLease, takeLease } from '../store/leases.ts';
import { unconfiguredBoxes } from '../store/reconcile.ts';
import { type SpecSource, specOf } from './box-spec.ts';

export interface Configurer {
  /** Never rejects; what fails is done by `catchUp`. */
  configure(boxId: string): Promise<void>;
  catchUp(): Promise<void>;
}

export interface ConfigurerOptions {
  db: Database;
  providers: ReadonlyMap<string, Provider>;
  source: SpecSource;
  holder: string;
  logger: Logger;
}

const DEADLINE_MS = 15_000;
const AT_ONCE = 200;

export function createConfigurer(options: ConfigurerOptions): Configurer {
  const { db, logger } = options;

  async function attempt(boxId: string): Promise<void> {
    const name = `configure:${boxId}`;
    // One at a time for a box, so that older keys never overwrite newer ones.
    const holder = `${options.holder}:${performance.now()}`;
    if ((await takeLease(db.tx, name, holder, DEADLINE_MS * 2)) === undefined) return;
    try {
      for (let round = 0; round < 5; round++) {
        const box = await boxById(db.tx, boxId);
        if (box === undefined || box.state !== 'running' || box.configApplied >= box.configWanted) return;
        const provider = options.providers.get(box.provider);
        if (provider === undefined) return;
        await provider.configure(await specOf(db.tx, box, options.source), {
          signal: AbortSignal.timeout(DEADLINE_MS),
        });
        await noteConfigured(db.tx, boxId, box.configWanted);
      }
    } finally {
      await dropLease(db.tx, name, holder);
    }
  }

  async function configure(boxId: string): Promise<void> {
    await attempt(boxId).catch((error: unknown) =>
      logger.warn({ box: boxId, error }, 'Keys did not reach a box; they are sent again'),
    );
  }
  return {
    configure,
    async catchUp() {
      for (const boxId of await unconfiguredBoxes(db.tx, AT_ONCE)) await configure(boxId);
    },
  };
}
