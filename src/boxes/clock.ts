// Times of day as people write them: `18:00`, `6pm`, `6:30 pm`, and spans such as `22:00-07:00`.

export interface TimeOfDay {
  /** 0–23 */
  hour: number;
  minute: number;
}

const CLOCK = /(?:^|(?<=[\s-]))(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?$/i;

/**
 * The time of day at the end of `text`, and what stands before it. `wrong`: what stands there looks like one and is none, such as
 * 25:00. A lone number is not taken for one.
 */
export function clockAtEnd(text: string): (TimeOfDay & { before: string }) | 'wrong' | undefined {
  const found = CLOCK.exec(text);
  if (found === null || (found[2] === undefined && found[3] === undefined)) return undefined;
  const hour = hourOf(Number(found[1]), found[3]?.toLowerCase());
  const minute = Number(found[2] ?? 0);
  return hour === undefined || minute > 59 ? 'wrong' : { hour, minute, before: text.slice(0, found.index).trim() };
}

function hourOf(shown: number, half: string | undefined): number | undefined {
  if (half === undefined) return shown > 23 ? undefined : shown;
  if (shown < 1 || shown > 12) return undefined;
  return (shown % 12) + (half === 'pm' ? 12 : 0);
}

/** Minutes of the day, from which until which; `to` may be smaller, on the next day. */
export interface DaySpan {
  from: number;
  to: number;
}

/** `22:00-07:00`, `10pm to 7am`, `22:00 – 7:00`; undefined for anything else, and for a span without length. */
export function readDaySpan(text: string): DaySpan | undefined {
  const plain = text
    .trim()
    .replaceAll(/[–—]/g, '-')
    .replace(/^from /i, '');
  const end = clockAtEnd(plain);
  if (end === undefined || end === 'wrong') return undefined;
  const link = /\s*(?:-|\bto|\buntil)$/i;
  if (!link.test(end.before)) return undefined;
  const start = clockAtEnd(end.before.replace(link, ''));
  if (start === undefined || start === 'wrong' || start.before !== '') return undefined;
  const [from, to] = [start.hour * 60 + start.minute, end.hour * 60 + end.minute];
  return from === to ? undefined : { from, to };
}

/** `22:00–07:00` */
export function daySpanText({ from, to }: DaySpan): string {
  return `${clockText(from)}–${clockText(to)}`;
}

/** `07:00` of 420 */
export function clockText(minuteOfDay: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`;
}
