// How a box is named in a line: its sign, name, state and since when; and how moments are told.
import { type BoxState, STATE_SIGN } from './states.ts';
import { type WallTime, wallTime } from './zone.ts';

/** `● mybox · running`, `✗ mybox · error` */
export function boxLine(box: { name: string; state: BoxState }): string {
  return `${STATE_SIGN[box.state]} ${box.name} · ${box.state}`;
}

/** `1.2 GiB`, `340 MiB`; at least one MiB. */
export function bytesText(bytes: number): string {
  const mib = bytes / 1_048_576;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${Math.max(1, Math.round(mib))} MiB`;
}

/** `Tue 18:55` within six days, `2026-11-03 18:55` farther away, in the reader's zone. */
export function timeText(at: Date, now: Date, timeZone: string): string {
  const { time, weekday, date } = formatsOf(timeZone);
  const days = Math.abs(now.getTime() - at.getTime()) / 86_400_000;
  return `${(days < 6 ? weekday : date).format(at)} ${time.format(at)}`;
}

/** The same with seconds, for operators: `Tue 18:55:03`. */
export function exactTime(at: Date, now: Date, timeZone: string): string {
  return `${timeText(at, now, timeZone)}:${String(at.getUTCSeconds()).padStart(2, '0')}`;
}

/** An absolute time, as short as it can be: `19:02` today, `tomorrow 09:00`, else as `timeText` has it. */
export function describeWhen(at: Date, now: Date, timeZone: string): string {
  const days = dayNumber(wallTime(at, timeZone)) - dayNumber(wallTime(now, timeZone));
  const time = formatsOf(timeZone).time.format(at);
  if (days === 0) return time;
  return days === 1 ? `tomorrow ${time}` : timeText(at, now, timeZone);
}

/** The same in a sentence: `at 19:02`, `tomorrow 09:00`. */
export function atWhen(at: Date, now: Date, timeZone: string): string {
  const when = describeWhen(at, now, timeZone);
  return /^\d\d:/.test(when) ? `at ${when}` : when;
}

function dayNumber({ year, month, day }: WallTime): number {
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

interface Formats {
  time: Intl.DateTimeFormat;
  weekday: Intl.DateTimeFormat;
  date: Intl.DateTimeFormat;
}

/** Making one costs a hundred times what using it does; there are only some hundred zones. */
const formats = new Map<string, Formats>();

function formatsOf(timeZone: string): Formats {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = {
    time: new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    weekday: new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short' }),
    date: new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }),
  };
  formats.set(timeZone, made);
  return made;
}
