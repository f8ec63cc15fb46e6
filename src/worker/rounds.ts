// Work that comes round: reconciler, audit sealer, disk watch; each done by one process at a time, under a lease.
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import { dropLease, takeLease } from '../store/leases.ts';

export interface Round {
  /** The lease's name. */
  name: string;
  everyMs: number;
  run(): Promise<void>;
}

export interface Rounds {
  stop(): Promise<void>;
}

/** Runs each round at once and then every `everyMs`, if this process holds its lease; a round that fails is logged and comes again. */
export function startRounds(options: {
  db: Database;
  holder: string;
  rounds: readonly Round[];
  logger: Logger;
}): Rounds {
  const { db, holder, logger } = options;
  let closing = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const active = new Map<string, Promise<void>>();

  async function once(round: Round): Promise<void> {
    // Longer than the interval, so that the holder keeps it while it lives.
    const lease = await takeLease(db.tx, `round:${round.name}`, holder, round.everyMs * 2 + 5000);
    if (lease !== undefined) await round.run();
  }
  function turn(round: Round): void {
    if (closing) return;
    const began = performance.now();
    const run = once(round)
      .catch((error: unknown) => logger.warn({ round: round.name, error }, 'A round failed; it comes again'))
      .finally(() => {
        active.delete(round.name);
        if (closing) return;
        const wait = Math.max(round.everyMs / 10, round.everyMs - (performance.now() - began));
        timers.set(
          round.name,
          setTimeout(() => turn(round), wait),
        );
      });
    active.set(round.name, run);
  }
  for (const round of options.rounds) turn(round);

  return {
    async stop() {
      closing = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.allSettled(active.values());
      await Promise.allSettled(options.rounds.map((round) => dropLease(db.tx, `round:${round.name}`, holder)));
    },
  };
}
