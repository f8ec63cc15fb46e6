// SIGTERM and SIGINT: the first asks for the end, the second does not ask.
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** What does not end within this time after the first signal is cut off. */
const LONGEST_DRAIN_MS = 30_000;

export interface StopSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(status: number): void;
}

/** From now on the first signal aborts what is returned; 30 s later, or at a second signal, the process ends at once. */
export function stopSignal(source: StopSource, tell: (line: string) => void): AbortSignal {
  const stopping = new AbortController();
  for (const signal of SIGNALS) {
    source.on(signal, () => {
      if (stopping.signal.aborted) return source.exit(128 + constants.signals[signal]);
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
