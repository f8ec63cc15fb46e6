// Waiting for news of a job or box: woken by Redis, and by the caller's own deadline when Redis is silent.
export interface Changes {
  /** Feeds a change in. */
  tell(id: string): void;
  /** Resolves when one of `ids` changes or the signal is aborted; never rejects. */
  next(ids: readonly string[], signal: AbortSignal): Promise<void>;
}

export function createChanges(): Changes {
  const waiting = new Map<string, Set<() => void>>();
  return {
    tell(id) {
      for (const wake of waiting.get(id) ?? []) wake();
    },
    next(ids, signal) {
      return new Promise((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          for (const id of ids) {
            waiting.get(id)?.delete(done);
            if (waiting.get(id)?.size === 0) waiting.delete(id);
          }
          resolve();
        };
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', done);
        for (const id of ids) waiting.set(id, (waiting.get(id) ?? new Set()).add(done));
      });
    },
  };
}
