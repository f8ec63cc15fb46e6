// Work that comes round: reconciler, audit sealer, disk watch; each done by one process at a time, under a lease.
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, logAs } from '../log.ts';
import type { Database } from '../store/database.ts';
import { dropLease, takeLease } from '../store/leases.ts';

export interface Round {
  /** The lease's name. */
  name: string;
  everyMs: number;
  /** The signal is aborted when the lease is lost or this process ends; what is left is for the next round. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Rounds {
  /** Begins no round any more, aborts those that run and waits a moment for them. */
  stop(): Promise<void>;
}

/** How long an aborted round may take to end before nobody waits for it. */
const STOP_MS = 2000;
/** What comes round more seldom than half of this is not kept from one turn to the next: of one that died it would be held for hours. */
const KEPT_MS = 10 * 60_000;

/** Runs each round at once and then every `everyMs`, if this process holds its lease; a round that fails is logged and comes again. */
export function startRounds(options: {
  db: Database;
  holder: string;
  rounds: readonly Round[];
  /** How much longer than two turns (or ten minutes) a round is one process's; how long others wait for one that died. */
  marginMs: number;
  logger: Logger;
}): Rounds {
  const { db, holder, marginMs, logger } = options;
  const shutdown = new AbortController();
  const timers = new Map<string, NodeJS.Timeout>();
  const active = new Map<string, Promise<void>>();

  async function once(round: Round): Promise<void> {
    const tenure = await holdRound({ db, holder, marginMs, logger, round });
    if (tenure === undefined) return;
    const signal = AbortSignal.any([tenure.signal, shutdown.signal]);
    try {
      if (!signal.aborted) await round.run(signal);
    } catch (error) {
      // After an abort, whatever the interrupted call threw, the abort is what happened; it was logged where it came from.
      if (!signal.aborted) throw error;
    } finally {
      tenure.end();
    }
  }
  function turn(round: Round): void {
    if (shutdown.signal.aborted) return;
    const began = performance.now();
    const run = logAs({ round: round.name }, () => once(round))
      .catch((error: unknown) => logger.warn({ round: round.name, error }, 'A round failed; it comes again'))
      .finally(() => {
        active.delete(round.name);
        if (shutdown.signal.aborted) return;
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
      shutdown.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      const waited = new AbortController();
      await Promise.race([
        Promise.allSettled(active.values()),
        delay(STOP_MS, undefined, { signal: waited.signal }).catch(() => {}),
      ]);
      waited.abort();
      // A round that has not ended keeps its lease, so that no other process runs it beside this one.
      const ended = options.rounds.filter((round) => !active.has(round.name));
      await Promise.allSettled(ended.map((round) => dropLease(db.tx, leaseOf(round), holder)));
    },
  };
}

const leaseOf = (round: Round): string => `round:${round.name}`;

interface RoundTenure {
  signal: AbortSignal;
  end(): void;
}

/** Takes the round's lease and renews it three times in its length; undefined while another process has it. */
async function holdRound(options: {
  db: Database;
  holder: string;
  marginMs: number;
  logger: Logger;
  round: Round;
}): Promise<RoundTenure | undefined> {
  const { db, holder, logger, round } = options;
  // Longer than the interval, so that the holder keeps it while it lives.
  const leaseMs = Math.min(round.everyMs * 2, KEPT_MS) + options.marginMs;
  const take = () => takeLease(db.tx, leaseOf(round), holder, leaseMs);
  const lost = new AbortController();
  const lose = (): void => {
    if (lost.signal.aborted) return;
    logger.warn({ round: round.name }, 'A round ends early: its lease is lost');
    lost.abort();
  };

  let takenAt = performance.now();
  const epoch = await take();
  if (epoch === undefined) return undefined;
  async function renew(): Promise<void> {
    const askedAt = performance.now();
    // Also when the process was paused for longer than the lease: somebody may have had it meanwhile.
    if (askedAt - takenAt >= leaseMs) return lose();
    if ((await take()) === epoch) takenAt = askedAt;
    else lose();
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) => logger.warn({ round: round.name, error }, 'A lease could not be renewed'));
  }, leaseMs / 3);
  return { signal: lost.signal, end: () => clearInterval(timer) };
}
