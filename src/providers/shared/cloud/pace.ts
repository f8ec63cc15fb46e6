// How fast one account's requests go out: spread when few are left, all at rest when the vendor asks for it.
import type { Clock } from './clock.ts';
import type { Told } from './rate-headers.ts';

/** One for each account and process; everybody who asks that vendor goes by it. */
export interface Pace {
  /** Counts a request and yields 0, or yields the milliseconds after which to ask again. */
  take(): number;
  /** What an answer said of the limit. */
  heard(told: Told): void;
  /** The vendor refused a request because there were too many: nobody asks before this many milliseconds have passed, `LONGEST_REST_MS` at most. */
  rest(ms: number): void;
  /** How the vendor's limit holds requests back now; undefined at full speed. */
  slowed(): Slowed | undefined;
}

export interface Slowed {
  /** `resting`: nobody asks before `untilMs`; `spread`: everybody asks more rarely until then. */
  how: 'resting' | 'spread';
  /** Milliseconds since the epoch. */
  untilMs: number;
}

/** Whoever asks for more may have a wrong clock, or we have one: then the vendor is asked again, and says again how it is. */
export const LONGEST_REST_MS = 5 * 60_000;
/** Windows are of an hour at the most. */
const LONGEST_WINDOW_MS = 2 * 3600_000;
/** The part of the window's requests below which those that are left are spread over its time. */
const LOW_PART = 0.1;
const LOW_WITHOUT_LIMIT = 50;
/** A request waits no longer than this because others come after it. */
const LONGEST_GAP_MS = 5_000;
/** After a rest they do not all come at once. */
const AFTER_REST_GAP_MS = 200;
const AFTER_REST_MS = 10_000;

export function createPace(clock: Pick<Clock, 'nowMs'>): Pace {
  let window: { remaining: number; low: number; endsAtMs: number } | undefined;
  let restUntilMs = 0;
  let gentleUntilMs = 0;
  let lastMs = Number.NEGATIVE_INFINITY;

  function windowAt(now: number) {
    if (window !== undefined && window.endsAtMs <= now) window = undefined;
    return window;
  }
  function gapMs(now: number): number {
    const left = windowAt(now);
    const spread =
      left === undefined || left.remaining > left.low
        ? 0
        : Math.min(LONGEST_GAP_MS, (left.endsAtMs - now) / (left.remaining + 1));
    return Math.max(spread, now < gentleUntilMs ? AFTER_REST_GAP_MS : 0);
  }

  /** The clock was: by what was noted before, nobody would ask for as long as it was set back. */
  function setBack(): void {
    restUntilMs = 0;
    gentleUntilMs = 0;
    lastMs = Number.NEGATIVE_INFINITY;
  }

  return {
    take() {
      const now = clock.nowMs();
      if (restUntilMs - now > LONGEST_REST_MS || lastMs > now) setBack();
      const waitMs = Math.ceil(Math.max(restUntilMs, lastMs + gapMs(now)) - now);
      if (waitMs > 0) return waitMs;
      lastMs = now;
      if (window !== undefined) window.remaining = Math.max(0, window.remaining - 1);
      return 0;
    },
    heard({ limit, remaining, resetAtMs }) {
      if (remaining === undefined || resetAtMs === undefined) return;
      const low = limit === undefined ? LOW_WITHOUT_LIMIT : limit * LOW_PART;
      window = { remaining, low, endsAtMs: Math.min(resetAtMs, clock.nowMs() + LONGEST_WINDOW_MS) };
    },
    rest(ms) {
      restUntilMs = Math.max(restUntilMs, clock.nowMs() + Math.min(ms, LONGEST_REST_MS));
      gentleUntilMs = restUntilMs + AFTER_REST_MS;
    },
    slowed() {
      const now = clock.nowMs();
      if (restUntilMs > now) return { how: 'resting', untilMs: restUntilMs };
      const left = windowAt(now);
      return left !== undefined && gapMs(now) > AFTER_REST_GAP_MS
        ? { how: 'spread', untilMs: left.endsAtMs }
        : undefined;
    },
  };
}
