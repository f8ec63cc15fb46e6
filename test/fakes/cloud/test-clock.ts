// A clock that stands until a test turns it, or that jumps over every wait.
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../src/providers/shared/cloud/clock.ts';

export interface TestClock extends Clock {
  /** Ends the waits whose time has come. */
  advance(ms: number): void;
  /** What somebody waits for now, milliseconds from now. */
  waits(): readonly number[];
  /** Goes on by itself until the work is over, and yields what became of it. */
  pass<T>(work: Promise<T>): Promise<T>;
}

const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 100;

export function createTestClock(): TestClock {
  let now = START_MS;
  const waiting = new Set<{ untilMs: number; end: () => void }>();
  const clock: TestClock = {
    nowMs: () => now,
    wait(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (ms <= 0) return resolve();
        const stop = () => {
          waiting.delete(one);
          reject(signal.reason);
        };
        const one = {
          untilMs: now + ms,
          end: () => {
            signal.removeEventListener('abort', stop);
            resolve();
          },
        };
        signal.addEventListener('abort', stop, { once: true });
        waiting.add(one);
      });
    },
    advance(ms) {
      now += ms;
      for (const one of [...waiting].filter(({ untilMs }) => untilMs <= now)) {
        waiting.delete(one);
        one.end();
      }
    },
    waits: () => [...waiting].map(({ untilMs }) => untilMs - now),
    async pass(work) {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      for (await turn(); !isOver; await turn()) clock.advance(STEP_MS);
      return work;
    },
  };
  return clock;
}

/** Each wait is over at once, and it is as late as if it had taken its time. */
export function createHastyClock(): Clock & { waited: readonly number[]; advance(ms: number): void } {
  let now = START_MS;
  const waited: number[] = [];
  return {
    waited,
    nowMs: () => now,
    async wait(ms, signal) {
      signal.throwIfAborted();
      waited.push(ms);
      now += ms;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}
