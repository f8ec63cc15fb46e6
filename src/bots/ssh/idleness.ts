// Connections on which nothing is under way: each ends after a while, and the one that rests longest makes room when the door is full.
export interface Idleness<C> {
  /** Nothing is under way on it any more, or not yet. */
  rests(connection: C): void;
  /** Something is under way on it, or it has closed. */
  works(connection: C): void;
  /** Ends the one that has rested longest; false when none rests. */
  makeRoom(): boolean;
}

export function createIdleness<C>(idleMs: number, end: (connection: C) => void): Idleness<C> {
  /** In the order in which they began to rest. */
  const resting = new Map<C, NodeJS.Timeout>();

  function works(connection: C): void {
    clearTimeout(resting.get(connection));
    resting.delete(connection);
  }
  function endOne(connection: C): void {
    works(connection);
    end(connection);
  }

  return {
    rests(connection) {
      works(connection);
      resting.set(
        connection,
        setTimeout(() => endOne(connection), idleMs),
      );
    },
    works,
    makeRoom() {
      const [longest] = resting.keys();
      if (longest === undefined) return false;
      endOne(longest);
      return true;
    },
  };
}
