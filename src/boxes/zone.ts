// Wall clocks: what a clock in a time zone shows at a moment, and the moment at which it shows a given time.

/** What a calendar and a clock on the wall show; month 1–12, hour 0–23. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const MINUTE_MS = 60_000;
/** No zone is farther from UTC (+14:00 Kiritimati, −12:00 Baker Island), so a moment lies within this of its wall time read as UTC. */
const FARTHEST_MS = 15 * 60 * MINUTE_MS;

/** What the wall shows in `timeZone` (IANA) at `at`; the running minute. */
export function wallTime(at: Date, timeZone: string): WallTime {
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const part of formatOf(timeZone).formatToParts(at)) shown[part.type] = part.value;
  const { year, month, day, hour, minute } = shown;
  return { year: Number(year), month: Number(month), day: Number(day), hour: Number(hour), minute: Number(minute) };
}

/**
 * The moment at which the wall shows `wall`. One that is shown twice (clocks go back) is the later of the two; one that is never
 * shown (clocks go forward) is the moment after the gap. Days over the end of a month roll over, as in `Date.UTC`.
 */
export function momentOf(wall: WallTime, timeZone: string): Date {
  const asUtc = utcOf(wall);
  const before = offsetMs(asUtc - FARTHEST_MS, timeZone);
  const after = offsetMs(asUtc + FARTHEST_MS, timeZone);
  const right = [asUtc - before, asUtc - after].filter((at) => at + offsetMs(at, timeZone) === asUtc);
  if (right.length > 0) return new Date(Math.max(...right));
  return endOfGap(asUtc - after, asUtc - before, timeZone);
}

/** The first minute after the change of the clocks between two moments. */
function endOfGap(fromMs: number, toMs: number, timeZone: string): Date {
  const old = offsetMs(fromMs, timeZone);
  let before = fromMs / MINUTE_MS;
  let after = toMs / MINUTE_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetMs(middle * MINUTE_MS, timeZone) === old) before = middle;
    else after = middle;
  }
  return new Date(after * MINUTE_MS);
}

/** How far the wall is ahead of UTC at a moment, in whole minutes. */
function offsetMs(atMs: number, timeZone: string): number {
  const minute = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  return utcOf(wallTime(new Date(minute), timeZone)) - minute;
}

function utcOf({ year, month, day, hour, minute }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** Making one costs a hundred times what using it does; there are only some hundred zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
    calendar: 'gregory',
    numberingSystem: 'latn',
  });
  formats.set(timeZone, made);
  return made;
}
