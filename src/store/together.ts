// Sharing the database: statements that are sent together, and work that waits for its turn.

/**
 * A function that hands its argument to `run` alone when nothing is under way, else together with what else came meanwhile, at most
 * `most` at once, and resolves with its own result once `run` has. When a `run` of several fails each is run again alone, so that
 * one does not spoil the others; `run` therefore leaves nothing behind when it fails.
 */
export function together<A, R>(
  run: (asked: readonly A[]) => Promise<readonly R[]>,
  most: number,
): (asked: A) => Promise<R> {
  let waiting: { asked: A; resolve: (result: R) => void; reject: (error: unknown) => void }[] = [];
  let running = 0;

  async function next(): Promise<void> {
    running += 1;
    while (waiting.length > 0) {
      const group = waiting.slice(0, most);
      waiting = waiting.slice(most);
      try {
        const results = await run(group.map((one) => one.asked));
        for (const [place, one] of group.entries()) one.resolve(results[place] as R);
      } catch (error) {
        if (group.length === 1) group[0]?.reject(error);
        else
          await Promise.all(
            group.map((one) => run([one.asked]).then(([result]) => one.resolve(result as R), one.reject)),
          );
      }
    }
    running -= 1;
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject });
      if (running === 0) void next();
    });
}

/** Works through `all` in its order, `width` at a time: each takes the next when it is done with its last. Ends early with the first failure. */
export async function sideBySide<T>(all: Iterable<T>, width: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = all[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let next = left.next(); next.done !== true; next = left.next()) await work(next.value);
    }),
  );
}

/**
 * Runs what it is handed, at most `most` at the same time and `mostEach` of one asker, so that whoever else comes may find a place
 * free. What has to wait comes in turns: one of each asker, then the next of each,
 * so that nobody waits for all that somebody else asked. What one asker asks stays in its order.
 */
export function atOnce(most: number, mostEach = most): <T>(asker: string, work: () => Promise<T>) => Promise<T> {
  /** By asker, in the order in which their turns come. */
  const waiting = new Map<string, (() => void)[]>();
  const own = new Map<string, number>();
  let running = 0;

  const hasPlace = (asker: string): boolean => running < most && (own.get(asker) ?? 0) < mostEach;
  function count(asker: string, change: 1 | -1): void {
    running += change;
    const now = (own.get(asker) ?? 0) + change;
    if (now === 0) own.delete(asker);
    else own.set(asker, now);
  }

  function nextInTurn(): (() => void) | undefined {
    for (const [asker, line] of waiting) {
      if (!hasPlace(asker)) continue;
      count(asker, 1);
      const next = line.shift();
      waiting.delete(asker);
      if (line.length > 0) waiting.set(asker, line);
      return next;
    }
    return undefined;
  }

  return async (asker, work) => {
    if (hasPlace(asker)) count(asker, 1);
    else
      await new Promise<void>((resolve) => {
        const line = waiting.get(asker);
        if (line === undefined) waiting.set(asker, [resolve]);
        else line.push(resolve);
      });
    try {
      return await work();
    } finally {
      count(asker, -1);
      nextInTurn()?.();
    }
  };
}

export interface Rush {
  /** Runs the work as part of the rush. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when none of that work is under way, at once when there is none, and after `longestMs` in any case. */
  over(longestMs: number): Promise<void>;
}

/** Lets what can wait stand back behind what cannot, for a while. */
export function rush(): Rush {
  let running = 0;
  let waiting: (() => void)[] = [];
  return {
    async during(work) {
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        if (running === 0) {
          for (const go of waiting) go();
          waiting = [];
        }
      }
    },
    over(longestMs) {
      if (running === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, longestMs);
        waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}
