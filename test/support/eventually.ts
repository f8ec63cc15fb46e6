// Waiting for another process: looks again and again until the deadline, then fails with what was seen last.
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

/** Resolves with the first value that is not undefined or false; rejects after `deadlineMs` with `what`. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 10_000,
  everyMs = LOOK_EVERY_MS,
): Promise<T> {
  const until = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > until) throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: last });
    await delay(everyMs);
  }
}
