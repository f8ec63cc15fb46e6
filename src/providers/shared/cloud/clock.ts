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
