// The line of mails that wait to be read: their sources take turns, one mail each, and none fills the line or has all readers.

export interface Waiting {
  /** Whoever it came from. */
  source: string;
}

export interface Line<W extends Waiting> {
  /** False when so many of its source wait that it has to come again. */
  join(one: W): boolean;
  /** The next whose source has not its share of readers already; `done` is to be called for it. */
  next(): W | undefined;
  done(one: W): void;
  /** True when it still waited, and waits no more. */
  leave(one: W): boolean;
  /** Whether anybody but this source waits. */
  hasOthers(source: string): boolean;
  /** Empties the line. */
  all(): W[];
}

export function createLine<W extends Waiting>({
  shareOfOne,
  mostOfOne,
}: Record<'shareOfOne' | 'mostOfOne', number>): Line<W> {
  /** In the order in which they came. */
  const waiting: { one: W; turn: number }[] = [];
  /** How many of each source are being read. */
  const beingRead = new Map<string, number>();
  /** The turn of each source's latest mail: its next has a later one. */
  const latest = new Map<string, number>();
  /** The turn that is being read. Who comes now begins here, whatever was before. */
  let turn = 0;

  return {
    join(one) {
      const { source } = one;
      if (waiting.filter((other) => other.one.source === source).length >= mostOfOne) return false;
      const own = Math.max(turn, (latest.get(source) ?? -1) + 1);
      latest.set(source, own);
      waiting.push({ one, turn: own });
      return true;
    },
    next() {
      const free = waiting.filter(({ one }) => (beingRead.get(one.source) ?? 0) < shareOfOne);
      const [first] = free.sort((one, other) => one.turn - other.turn);
      if (first === undefined) return undefined;
      const { source } = first.one;
      waiting.splice(waiting.indexOf(first), 1);
      beingRead.set(source, (beingRead.get(source) ?? 0) + 1);
      turn = Math.max(turn, first.turn);
      for (const [known, last] of latest) if (last < turn) latest.delete(known);
      return first.one;
    },
    done({ source }) {
      const left = (beingRead.get(source) ?? 1) - 1;
      if (left === 0) beingRead.delete(source);
      else beingRead.set(source, left);
      // Who had turns before a pause is as good as new after it.
      if (beingRead.size + waiting.length === 0) latest.clear();
    },
    leave(one) {
      const at = waiting.findIndex((each) => each.one === one);
      if (at >= 0) waiting.splice(at, 1);
      return at >= 0;
    },
    hasOthers: (source) => waiting.some(({ one }) => one.source !== source),
    all: () => waiting.splice(0).map(({ one }) => one),
  };
}
