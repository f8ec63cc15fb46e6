// A time of day as mails name it: with its zone, because a mail is read anywhere.

const MINUTE_MS = 60_000;

/** `15:02 CET`: the first whole minute that is not before it. `timeZone` is an IANA name. */
export function wholeMinuteAfter(time: Date, timeZone: string): string {
  const minute = new Date(Math.ceil(time.getTime() / MINUTE_MS) * MINUTE_MS);
  // British English has the short names of European zones, and a number for the others.
  const format = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short', timeZone } as const;
  return new Intl.DateTimeFormat('en-GB', format).format(minute);
}
