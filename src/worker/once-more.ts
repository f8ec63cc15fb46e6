// What is asked for again while it goes on: it is done once more after that, however often it was asked for.

export interface OnceMore<Key> {
  /** Resolves when what was asked for up to now is done, and what is asked for until then. */
  run(key: Key): Promise<void>;
  /** Resolves when nothing goes on of what was asked for before. */
  over(): Promise<void>;
}

/** `work` is never called twice at a time for one key. */
export function onceMore<Key>(work: (key: Key) => Promise<void>): OnceMore<Key> {
  const wanted = new Set<Key>();
  const underWay = new Map<Key, Promise<void>>();

  async function go(key: Key): Promise<void> {
    try {
      while (wanted.delete(key)) await work(key);
    } finally {
      // In the same moment in which nothing more was wanted: whoever asks after that begins anew.
      underWay.delete(key);
    }
  }

  return {
    run(key) {
      wanted.add(key);
      const going = underWay.get(key);
      if (going !== undefined) return going;
      const begun = go(key);
      underWay.set(key, begun);
      return begun;
    },
    async over() {
      await Promise.all(underWay.values());
    },
  };
}
