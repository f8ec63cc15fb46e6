// When something is to end, as people say it: for a while, or until a time of their own clock.

import { shown } from '../threads/shown.ts';
import { clockAtEnd } from './clock.ts';
import { parseMinutes } from './duration.ts';
import { momentOf, type WallTime, wallTime } from './zone.ts';

/** A length of time to be added to what is planned, or a moment. */
export type When = { kind: 'for'; ms: number } | { kind: 'until'; at: Date };

/** What was understood, or a sentence that says what was not. */
export type ReadWhen = { ok: true; when: When } | { ok: false; problem: string };

/** Farther ahead nobody means it. */
export const FARTHEST_DAYS = 366;

const FORMS = 'Write 4h, 90m, 2d, today, tomorrow, until 18:00, until fri or until 2026-12-01.';
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const END_OF_DAY = { hour: 23, minute: 59 } as const;
const DAY_MS = 86_400_000;
const PREPOSITIONS = ['for', 'until', 'till', 'til'];
const SOME_DAY: WallTime = { year: 2000, month: 1, day: 1, hour: 0, minute: 0 };

/**
 * Reads `4h`, `1h30m`, `today`, `tomorrow 9:00`, `until 18:00`, `6pm`, `fri`, `until 2026-12-01 18:00`, in any case. Times are those of
 * `timeZone` (IANA), to the minute; a day without a time ends at 23:59. A moment is always after `now`: a time of day is the next one.
 * See `momentOf` for times that a change of the clocks repeats or leaves out.
 */
export function parseWhen(text: string, now: Date, timeZone: string): ReadWhen {
  const said = text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const minutes = parseMinutes(said.replace(/^for /, ''));
  if (minutes !== undefined) return forMinutes(minutes, said);
  const words = said.replace(/^(?:until|till|til) /, '');
  const clock = clockAtEnd(words);
  if (clock === 'wrong') return { ok: false, problem: `"${shown(words)}" is not a time. ${FORMS}` };
  const dayWords = (clock?.before ?? words).replace(/,$|(?:^| )at$/, '');
  const today = wallTime(now, timeZone);
  const time = clock ?? END_OF_DAY;
  const days =
    dayWords === '' && clock !== undefined
      ? [0, 1, 2].map((ahead) => ({ ...today, day: today.day + ahead }))
      : daysOf(dayWords, today);
  if (days === undefined) return { ok: false, problem: `"${shown(said)}" is not a time. ${FORMS}` };
  for (const day of days) {
    const at = momentOf({ ...day, hour: time.hour, minute: time.minute }, timeZone);
    if (at > now) return until(at, now);
  }
  return { ok: false, problem: `${shown(words)} is over.` };
}

/** Whether a time may begin with this word: `4h`, `until`, `today`, `18:00`, `fri`. */
export function isTimeWord(word: string): boolean {
  const said = word.toLowerCase();
  if (PREPOSITIONS.includes(said) || parseMinutes(said) !== undefined) return true;
  return typeof clockAtEnd(said) === 'object' || daysOf(said, SOME_DAY) !== undefined;
}

function forMinutes(minutes: number, said: string): ReadWhen {
  if (minutes === 0) return { ok: false, problem: `"${shown(said)}" is no time at all. ${FORMS}` };
  if (minutes > FARTHEST_DAYS * 24 * 60) return tooFar();
  return { ok: true, when: { kind: 'for', ms: minutes * 60_000 } };
}

function until(at: Date, now: Date): ReadWhen {
  return at.getTime() - now.getTime() > FARTHEST_DAYS * DAY_MS ? tooFar() : { ok: true, when: { kind: 'until', at } };
}

function tooFar(): ReadWhen {
  return { ok: false, problem: `That is more than ${FARTHEST_DAYS} days ahead.` };
}

/** The days that the words may mean, the nearest first; undefined when they name none. */
function daysOf(words: string, today: WallTime): readonly WallTime[] | undefined {
  const ahead = (...days: number[]): WallTime[] => days.map((count) => ({ ...today, day: today.day + count }));
  if (words === 'today') return ahead(0);
  if (words === 'tomorrow') return ahead(1);
  const weekday = words.length < 3 ? -1 : WEEKDAYS.findIndex((name) => name.startsWith(words));
  if (weekday >= 0) {
    const first = (weekday - weekdayOf(today) + 7) % 7;
    return ahead(first, first + 7);
  }
  const date = dateOf(words);
  return date === undefined ? undefined : [{ ...today, ...date }];
}

function weekdayOf({ year, month, day }: WallTime): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

function dateOf(words: string): { year: number; month: number; day: number } | undefined {
  const found = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(words);
  if (found === null) return undefined;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const real = new Date(Date.UTC(year, month - 1, day));
  const exists = real.getUTCMonth() === month - 1 && real.getUTCDate() === day;
  return exists ? { year, month, day } : undefined;
}
