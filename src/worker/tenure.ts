// The time during which a worker holds a job: its lease is renewed, and every write is fenced by it.
import type { Logger } from '../log.ts';
import type { Database, Tx } from '../store/database.ts';
import { type ClaimedJob, holdJob, renewLease } from '../store/jobs.ts';

/** Thrown when the job is not ours any more; whoever catches it writes nothing. */
export class TenureLost extends Error {
  readonly why: 'cancelled' | 'lost';

  constructor(why: 'cancelled' | 'lost') {
    super(why);
    this.name = 'TenureLost';
    this.why = why;
  }
}

export interface Tenure {
  /** Aborted when the job is cancelled or lost. */
  readonly signal: AbortSignal;
  /** A transaction in which the job cannot change hands; rejects with TenureLost when it has. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Looks at once whether the job was cancelled. */
  look(): Promise<void>;
  end(): void;
}

/** Holds `job` by renewing its lease three times in `leaseMs`. */
export function holdTenure(db: Database, job: ClaimedJob, leaseMs: number, logger: Logger): Tenure {
  const abort = new AbortController();
  const lose = (why: 'cancelled' | 'lost'): void => abort.abort(new TenureLost(why));

  async function look(): Promise<void> {
    const held = await renewLease(db.tx, job, leaseMs);
    if (held === 'cancelling') lose('cancelled');
    if (held === 'lost') lose('lost');
  }
  const timer = setInterval(() => {
    look().catch((error: unknown) => logger.warn({ error }, 'A lease could not be renewed'));
  }, leaseMs / 3);

  return {
    signal: abort.signal,
    look,
    async write(work) {
      return db.transaction(async (tx) => {
        if (await holdJob(tx, job)) return work(tx);
        const held = await renewLease(tx, job, leaseMs);
        throw new TenureLost(held === 'cancelling' ? 'cancelled' : 'lost');
      });
    },
    end: () => clearInterval(timer),
  };
}
