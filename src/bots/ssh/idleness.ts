// Connections on which nothing is open: each ends after a while, and the one that rests longest makes room when the door is full.
interface Ends {
  end(): void;
}

export interface Idleness<C extends Ends> {
  /** Nothing is open on it any more, or not yet. */
  rests(connection: C): void;
  /** Something is open on it, or it has closed. */
  works(connection: C): void;
  /** Ends the one that has rested longest; false when none rests. */
  makeRoom(): boolean;
}

export function createIdleness<C extends Ends>(idleMs: number): Idleness<C> {
  /** In the order in which they began to rest. */
  const resting = new Map<C, NodeJS.Timeout>();

  function works(connection: C): void {
    clearTimeout(resting.get(connection));
    resting.delete(connection);
  }
  function end(connection: C): void {
    works(connection);
    connection.end();
  }

  return {
    rests(connection) {
      works(connection);
      resting.set(
        connection,
        setTimeout(() => end(connection), idleMs),
      );
    },
    works,
    makeRoom() {
      const [longest] = resting.keys();
      if (longest === undefined) return false;
      end(longest);
      return true;
    },
  };
}
