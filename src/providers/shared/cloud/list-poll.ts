// One list call for all who wait for something in it: begun after they asked, repeated while somebody waits.
import { type CallContext, ProviderError, type ProviderErrorCode } from '../../provider.ts';
import { type Clock, systemClock } from './clock.ts';
import { LONGEST_REST_MS } from './pace.ts';

export interface ListPoll<T> {
  /**
   * Looks again and again until `pick` yields something: at once, then with growing pauses. What `pick` throws is the answer of this waiter
   * alone. Rejects when the list failed several times in a row, or with the reason of `signal`.
   */
  until<R>(pick: Pick<T, R>, signal: AbortSignal): Promise<R>;
  /** A list that was begun after this call. */
  look(signal: AbortSignal): Promise<readonly T[]>;
}

export type Pick<T, R> = (items: readonly T[]) => R | undefined | Promise<R | undefined>;

export interface ListPollOptions {
  /** The longest pause between two lists. */
  intervalMs?: number;
  /** So many failures in a row are given to those who wait. */
  failures?: number;
  clock?: Clock;
}

const INTERVAL_MS = 1_500;
/** What is done in a moment is seen in a moment. */
const FIRST_PAUSE_MS = 100;
const PAUSE_GROWTH = 1.5;
const FAILURES = 4;
/** These do not pass by themselves, so nobody waits for a second one. */
const FINAL: readonly ProviderErrorCode[] = ['credentials', 'invalid'];

interface Waiter<T> {
  see(items: readonly T[]): Promise<void>;
  fail(error: unknown): void;
}

export function createListPoll<T>(
  load: (context: CallContext) => Promise<readonly T[]>,
  { intervalMs = INTERVAL_MS, failures = FAILURES, clock = systemClock }: ListPollOptions = {},
): ListPoll<T> {
  const waiters = new Set<Waiter<T>>();
  /** Of the lists for those who wait now. */
  let running: AbortController | undefined;
  /** Of the pause before the next list. */
  let pause: AbortController | undefined;
  let pauseMs = 0;
  let failed = 0;
  let restUntilMs = 0;

  /** Ends when nobody waits any more; whoever comes then begins it anew. */
  async function run(own: AbortController): Promise<void> {
    while (!own.signal.aborted) {
      await rest(own.signal);
      if (own.signal.aborted) return;
      // Who comes while the list is under way may have changed something that it does not show.
      const those = [...waiters];
      await serve(those, own.signal);
    }
  }

  /** Somebody new ends it, but for the rest that the vendor asked for. */
  async function rest(signal: AbortSignal): Promise<void> {
    const askedMs = Math.min(restUntilMs - clock.nowMs(), LONGEST_REST_MS);
    if (askedMs > 0) return clock.wait(askedMs, signal);
    const cut = new AbortController();
    pause = cut;
    await clock.wait(pauseMs, AbortSignal.any([signal, cut.signal])).catch(() => undefined);
    pause = undefined;
    pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, pauseMs * PAUSE_GROWTH), intervalMs);
  }

  async function serve(those: readonly Waiter<T>[], signal: AbortSignal): Promise<void> {
    try {
      const items = await load({ signal });
      failed = 0;
      await Promise.all(those.map((waiter) => (waiters.has(waiter) ? waiter.see(items) : undefined)));
    } catch (error) {
      if (signal.aborted) return;
      failed++;
      if (error instanceof ProviderError) restUntilMs = clock.nowMs() + (error.retryAfterMs ?? 0);
      if (failed < failures && !isFinal(error)) return;
      failed = 0;
      for (const waiter of those) if (waiters.has(waiter)) waiter.fail(error);
    }
  }

  function enter(waiter: Waiter<T>): void {
    waiters.add(waiter);
    pauseMs = 0;
    pause?.abort();
    if (running !== undefined) return;
    const own = new AbortController();
    running = own;
    // What it rejects with is its own end: failures of the list went to those who waited.
    run(own).catch(() => undefined);
  }

  function leave(waiter: Waiter<T>): void {
    waiters.delete(waiter);
    if (waiters.size > 0) return;
    running?.abort();
    running = undefined;
  }

  function until<R>(pick: Pick<T, R>, signal: AbortSignal): Promise<R> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const end = () => {
        leave(waiter);
        reject(signal.reason);
      };
      const settle = () => {
        signal.removeEventListener('abort', end);
        leave(waiter);
      };
      const waiter: Waiter<T> = {
        async see(items) {
          try {
            const picked = await pick(items);
            if (picked === undefined) return;
            settle();
            resolve(picked);
          } catch (error) {
            settle();
            reject(error);
          }
        },
        fail(error) {
          settle();
          reject(error);
        },
      };
      signal.addEventListener('abort', end, { once: true });
      enter(waiter);
    });
  }

  return { until, look: (signal) => until((items) => items, signal) };
}

function isFinal(error: unknown): boolean {
  return error instanceof ProviderError && FINAL.includes(error.code);
}

/** One list for each installation: in practice there is one. */
export function byInstall<T>(make: (installId: string) => ListPoll<T>): (installId: string) => ListPoll<T> {
  const made = new Map<string, ListPoll<T>>();
  return (installId) => {
    const poll = made.get(installId) ?? make(installId);
    made.set(installId, poll);
    return poll;
  };
}
