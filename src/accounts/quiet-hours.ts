// Hours of a person's day in which only warnings reach them.
import type { DaySpan } from '../boxes/clock.ts';
import { momentOf, wallTime } from '../boxes/zone.ts';

const DAY_MINUTES = 24 * 60;

export function isQuiet({ from, to }: DaySpan, at: Date, timeZone: string): boolean {
  const { hour, minute } = wallTime(at, timeZone);
  const minutes = hour * 60 + minute;
  return from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
}

/** When the quiet hours that `at` lies in are over. */
export function quietEnd({ to }: DaySpan, at: Date, timeZone: string): Date {
  const today = wallTime(at, timeZone);
  const end = { hour: Math.floor((to % DAY_MINUTES) / 60), minute: to % 60 };
  const here = momentOf({ ...today, ...end }, timeZone);
  return here > at ? here : momentOf({ ...today, ...end, day: today.day + 1 }, timeZone);
}
