// Calendar months as people mean them: by the clock on their own wall.
import { momentOf, wallTime } from './zone.ts';

export interface Month {
  /** `2026-11` */
  name: string;
  /** The first moment of the month in the zone, and the first of the next. */
  from: Date;
  to: Date;
}

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** The month that `name` names (`2026-11`), or the one of `now` without a name; undefined for anything else. `timeZone` is IANA. */
export function monthOf(name: string | undefined, now: Date, timeZone: string): Month | undefined {
  const here = wallTime(now, timeZone);
  const [, year = here.year, month = here.month] = name === undefined ? [] : (MONTH.exec(name) ?? [name, '0', '0']);
  const [inYear, number] = [Number(year), Number(month)];
  if (inYear === 0 || number === 0) return undefined;
  const first = (at: number): Date => momentOf({ year: inYear, month: at, day: 1, hour: 0, minute: 0 }, timeZone);
  return { name: `${inYear}-${String(number).padStart(2, '0')}`, from: first(number), to: first(number + 1) };
}
