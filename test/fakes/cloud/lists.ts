// Lists of a fake cloud: what was just made may be missing from them, as it is with real ones.

export interface Lag {
  /** From now on new things are missing from lists for so long, or until `release`. */
  set(ms: number): void;
  release(): void;
  /** What was made early enough to be in a list now. */
  shown<T extends { madeAtMs: number }>(things: Iterable<T>): T[];
}

export function createLag(nowMs: () => number): Lag {
  let lagMs = 0;
  return {
    set: (ms) => {
      lagMs = ms;
    },
    release: () => {
      lagMs = 0;
    },
    shown: (things) => [...things].filter(({ madeAtMs }) => lagMs === 0 || nowMs() - madeAtMs >= lagMs),
  };
}
