// When lanes are to be looked at again, and which of them rest until then.

export interface LaneTimers {
  /** Looks at the lane in so many milliseconds; a later wish takes the place of an earlier one. */
  wakeIn(lane: string, ms: number): void;
  /** The same, and the lane is left alone until then. */
  rest(lane: string, ms: number): void;
  isResting(lane: string): boolean;
  /** How many lanes rest. */
  resting(): number;
  /** Nothing is woken after this. */
  end(): void;
}

export function createLaneTimers(wake: (lane: string) => void): LaneTimers {
  const timers = new Map<string, NodeJS.Timeout>();
  /** By performance.now(). */
  const restUntil = new Map<string, number>();
  let ended = false;

  function wakeIn(lane: string, ms: number): void {
    clearTimeout(timers.get(lane));
    if (ended) return;
    const timer = setTimeout(() => {
      timers.delete(lane);
      wake(lane);
    }, ms);
    timers.set(lane, timer);
  }

  function isResting(lane: string): boolean {
    const until = restUntil.get(lane);
    if (until !== undefined && until <= performance.now()) restUntil.delete(lane);
    return restUntil.has(lane);
  }

  return {
    wakeIn,
    isResting,
    resting: () => [...restUntil.keys()].filter(isResting).length,
    rest(lane, ms) {
      restUntil.set(lane, performance.now() + ms);
      wakeIn(lane, ms + 1);
    },
    end() {
      ended = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
