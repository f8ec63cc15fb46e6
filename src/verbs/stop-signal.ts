// SIGTERM and SIGINT: the first asks for the end, a later one does not ask.
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** What does not end within this time after the first signal is cut off. */
const LONGEST_DRAIN_MS = 30_000;
/**
 * One Ctrl-C arrives more than once: from the terminal, and again from npm, which passes on what it gets itself. A parent's
 * death is told once for each of its threads (prctl(2), PR_SET_PDEATHSIG).
 */
const SAME_WISH_MS = 1000;

export interface StopSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(status: number): void;
}

/** From now on the first signal aborts what is returned; 30 s later, or at a signal a second after it, the process ends at once. */
export function stopSignal(
  source: StopSource,
  tell: (line: string) => void,
  nowMs = () => performance.now(),
): AbortSignal {
  const stopping = new AbortController();
  let firstMs = 0;
  for (const signal of SIGNALS) {
    source.on(signal, () => {
      if (stopping.signal.aborted) {
        if (nowMs() - firstMs >= SAME_WISH_MS) source.exit(128 + constants.signals[signal]);
        return;
      }
      firstMs = nowMs();
      tell('Stopping; running work gets up to 30 s. Once more ends at once.');
      stopping.abort(new Error(`stopped by ${signal}`));
      setTimeout(() => {
        tell('It did not end within 30 s and is cut off.');
        source.exit(1);
      }, LONGEST_DRAIN_MS).unref();
    });
  }
  return stopping.signal;
}
