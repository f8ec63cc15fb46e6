// The clock that waits for clouds go by; tests pass one that they turn themselves.
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Rejects with the signal's reason once it is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async wait(ms, signal) {
    signal.throwIfAborted();
    // Node's own rejection hides the reason in its cause.
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};

/** A signal that is aborted so long from now on that clock, soon where that is past; the wait for it ends with the scope. */
export function timeLimit(clock: Clock, ms: number): Disposable & { signal: AbortSignal } {
  const limit = new AbortController();
  const over = new AbortController();
  clock.wait(Math.max(0, ms), over.signal).then(
    () => limit.abort(new DOMException('It took too long.', 'TimeoutError')),
    () => undefined,
  );
  return { signal: limit.signal, [Symbol.dispose]: () => over.abort() };
}
