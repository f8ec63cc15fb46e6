// When a provider is taken for silent, and when it is asked again: a circuit breaker as values, without clocks or effects.

/** Calls that failed in a row, none answered in between. */
export interface Counted {
  failures: number;
  /** When the first of them had failed, on any clock that is never set; undefined when none has. Milliseconds. */
  sinceMs: number | undefined;
}

export const NONE_FAILED: Counted = { failures: 0, sinceMs: undefined };

/** How a call of a provider ended: it said something, whatever that was, or nothing. */
export type Heard = 'answered' | 'silent';

/** One failure may be chance, and many in one moment one chance: both are wanted. */
const LEAST_FAILURES = 3;
const LEAST_MS = 2000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** What one more call says. Begins anew with every answer. */
export function count(before: Counted, heard: Heard, atMs: number): Counted {
  if (heard === 'answered') return NONE_FAILED;
  return { failures: before.failures + 1, sinceMs: before.sinceMs ?? atMs };
}

/** Enough has failed, for long enough, that nobody should be kept waiting for more of it. */
export function opens({ failures, sinceMs }: Counted, atMs: number): boolean {
  return sinceMs !== undefined && failures >= LEAST_FAILURES && atMs - sinceMs >= LEAST_MS;
}

/** The pause before the next probe; `before` is the one before the probe that failed, undefined when the circuit has just opened. */
export function pauseMs(before: number | undefined): number {
  return before === undefined ? FIRST_PAUSE_MS : Math.min(2 * before, LONGEST_PAUSE_MS);
}
