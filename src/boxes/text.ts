// How a box is named in a line: its sign, name, state and since when.
import { type BoxState, STATE_SIGN } from './states.ts';

/** `● mybox · running`, `✗ mybox · error` */
export function boxLine(box: { name: string; state: BoxState }): string {
  return `${STATE_SIGN[box.state]} ${box.name} · ${box.state}`;
}

/** `1.2 GiB`, `340 MiB`; at least one MiB. */
export function bytesText(bytes: number): string {
  const mib = bytes / 1_048_576;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${Math.max(1, Math.round(mib))} MiB`;
}

/** `Tue 18:55` this week, `2026-11-03 18:55` before, in the reader's zone. */
export function timeText(at: Date, now: Date, timeZone: string): string {
  const options: Intl.DateTimeFormatOptions = { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const time = new Intl.DateTimeFormat('en-GB', options).format(at);
  const days = (now.getTime() - at.getTime()) / 86_400_000;
  const date =
    days < 6
      ? new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short' }).format(at)
      : new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);
  return `${date} ${time}`;
}
