// Whether what arrives is taken in: not faster than anybody types, and not more than can be answered in a bearable time.
import { busyText } from '../threads/waiting.ts';
import { isOfStrangers } from './askers.ts';

/** In one process: so many at one moment, and so many a second after that. */
interface Speed {
  burst: number;
  mostASecond: number;
  told: string;
}
/** What a script types one after the other stays below. */
const OF_ONE: Speed = { burst: 1200, mostASecond: 60, told: 'are the most for one person' };
/** A first command, and what is asked before there is an account; each leaves its rows behind, and keys can be made in any number. */
const OF_STRANGERS: Speed = { burst: 600, mostASecond: 10, told: 'are the most for all who have no account yet' };
/** Whoever would wait longer is told so instead, and can send it again. */
const BEARABLE_MS = 5 * 60_000;
/** Who has rested long enough to have the whole burst again is forgotten. */
const MOST_KNOWN = 10_000;
/** How much the newest command weighs in what a command takes. */
const WEIGHT = 0.05;

const speedOf = (asker: string): Speed => (isOfStrangers(asker) ? OF_STRANGERS : OF_ONE);

export interface Entry {
  /** What is said instead of doing it, a sentence; undefined when it comes in. Counts the arrival. */
  refusalFor(asker: string): string | undefined;
  /** Somebody's command waits, until the function is called. */
  waits(asker: string): () => void;
  /** Works on a command, and remembers how long that takes; `isDone` says of what came of it whether anything was done. */
  timed<T>(command: () => Promise<T>, isDone?: (came: T) => boolean): Promise<T>;
}

/** `atOnce`: commands that are worked on at the same time, `mostEach` of one person. `nowMs`: a clock that is never set. */
export function createEntry(options: { atOnce: number; mostEach: number; nowMs: () => number }): Entry {
  const { atOnce, mostEach, nowMs } = options;
  /** When each person's bucket was, or will be, full again. */
  const buckets = new Map<string, number>();
  const waiting = new Map<string, number>();
  let usualMs = 0;

  function isTooFast(asker: string): boolean {
    const now = nowMs();
    if (buckets.size >= MOST_KNOWN) for (const [one, fullAt] of buckets) if (fullAt <= now) buckets.delete(one);
    const { burst, mostASecond } = speedOf(asker);
    const everyMs = 1000 / mostASecond;
    const fullAt = Math.max(now, buckets.get(asker) ?? 0) + everyMs;
    if (fullAt - now > burst * everyMs) return true;
    buckets.set(asker, fullAt);
    return false;
  }

  /** People take turns, so it is one's own that are ahead, and each of them waits for one of everybody else's. */
  function busyFor(asker: string): string | undefined {
    const ahead = waiting.get(asker) ?? 0;
    const others = waiting.size - (ahead === 0 ? 0 : 1);
    const places = Math.min(mostEach, atOnce / (others + 1));
    const waitMs = (ahead / places) * usualMs;
    if (waitMs <= BEARABLE_MS) return undefined;
    const whose = isOfStrangers(asker) ? 'commands of people without an account' : 'commands of yours';
    return `${busyText(`${ahead} ${whose}`, waitMs)}. Nothing was done for this one; send it again then.`;
  }

  return {
    refusalFor(asker) {
      const { mostASecond, told } = speedOf(asker);
      if (isTooFast(asker))
        return `Too fast: ${mostASecond} commands a second ${told}. Nothing was done for this one; send it again.`;
      return busyFor(asker);
    },
    waits(asker) {
      waiting.set(asker, (waiting.get(asker) ?? 0) + 1);
      return () => {
        const left = (waiting.get(asker) ?? 1) - 1;
        if (left === 0) waiting.delete(asker);
        else waiting.set(asker, left);
      };
    },
    async timed(command, isDone = () => true) {
      const began = nowMs();
      const came = await command();
      if (isDone(came)) usualMs += (nowMs() - began - usualMs) * WEIGHT;
      return came;
    },
  };
}
