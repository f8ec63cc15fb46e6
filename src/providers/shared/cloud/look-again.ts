// Looking at a list again for what an order was given for: until it is another thing, or until that is certain.
import { type Clock, timeLimit } from './clock.ts';
import type { ListPoll, Pick } from './list-poll.ts';

/** What was asked for and did not begin by then is asked for again. */
const AGAIN_MS = 5_000;

export interface Looking<T> {
  poll: ListPoll<T>;
  clock: Clock;
  signal: AbortSignal;
}

/** As it is once it looks other than `before`, or it is time to ask again. `look` finds it in a list, and may ask for it elsewhere. */
export async function lookAgain<T, R>(
  before: R,
  { look, looksOf }: { look: (listed: readonly T[]) => R | Promise<R>; looksOf: (one: R) => string },
  { poll, clock, signal }: Looking<T>,
): Promise<R> {
  const againAtMs = clock.nowMs() + AGAIN_MS;
  const looked = looksOf(before);
  const seen = await poll.until(async (listed) => {
    const now = await look(listed);
    return looksOf(now) === looked && clock.nowMs() < againAtMs ? undefined : { now };
  }, signal);
  return seen.now;
}

/** Looks until `pick` yields something, or until lists show for certain what was made by `since`: the last one is begun after that. */
export async function untilCertain<T, R>(
  pick: Pick<T, R>,
  { since, lagMs }: { since: Date; lagMs: number },
  { poll, clock, signal }: Looking<T>,
): Promise<R | undefined> {
  using certain = timeLimit(clock, since.getTime() + lagMs - clock.nowMs());
  try {
    return await poll.until(pick, AbortSignal.any([signal, certain.signal]));
  } catch (error) {
    if (!certain.signal.aborted || signal.aborted) throw error;
  }
  const last = await poll.until(async (listed) => ({ found: await pick(listed) }), signal);
  return last.found;
}
