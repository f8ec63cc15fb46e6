// How fast one process sends into its lanes: a bucket of sends for each, and a shortest time between edits of what only changes.
import type { Pace } from './door.ts';

export interface LanePace {
  /** Counts a send in the lane and yields 0, or yields the milliseconds after which there is room for it. */
  take(lane: string): number;
  /** The milliseconds until something in the lane may be edited again, from the last `edited`. */
  editWaitMs(lane: string): number;
  edited(lane: string): void;
}

interface Bucket {
  /** When it was, or will be, full again. */
  fullAt: number;
}

/** Lanes that have rested long enough to be full again are forgotten. */
const MOST_KNOWN = 10_000;

export function createLanePace({ burst, everyMs }: Pace, nowMs: () => number): LanePace {
  const buckets = new Map<string, Bucket>();
  const edits = new Map<string, number>();

  function forget(now: number): void {
    if (buckets.size + edits.size < MOST_KNOWN) return;
    for (const [lane, { fullAt }] of buckets) if (fullAt <= now) buckets.delete(lane);
    for (const [lane, at] of edits) if (at + everyMs <= now) edits.delete(lane);
  }

  return {
    take(lane) {
      const now = nowMs();
      forget(now);
      const fullAt = Math.max(now, buckets.get(lane)?.fullAt ?? 0) + everyMs;
      const waitMs = Math.ceil(fullAt - now - burst * everyMs);
      if (waitMs > 0) return waitMs;
      buckets.set(lane, { fullAt });
      return 0;
    },
    editWaitMs: (lane) => Math.max(0, Math.ceil((edits.get(lane) ?? Number.NEGATIVE_INFINITY) + everyMs - nowMs())),
    edited: (lane) => void edits.set(lane, nowMs()),
  };
}
