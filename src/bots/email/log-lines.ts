// The log of a job in a mail: one line of text, or a file where that would be too much.
import { duration, type LogLine, STEP_SIGN } from '../../threads/reply.ts';
import { plainLine } from './text.ts';

/** More lines than this are attached. */
export const LOG_LINES_SHOWN = 30;

const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const DATE = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;

/** `14:02:07 home volume 0.1 s · box started 0.3 s`; what did not go well has its sign. */
export function logSentence(log: readonly LogLine[], timeZone: string): string {
  const said = log.map((line) => (line.state === 'done' ? '' : `${STEP_SIGN[line.state]} `) + timed(line));
  return `${clock(log[0]?.at ?? '', timeZone, {})}${said.join(' · ')}`;
}

/** A line for each, with day and time, and above them whose time that is. */
export function logFile(log: readonly LogLine[], timeZone: string): string {
  const lines = log.map((line) => `${clock(line.at, timeZone, DATE)}${STEP_SIGN[line.state]} ${timed(line)}`);
  return [`Times in ${timeZone}`, ...lines, ''].join('\n');
}

function timed({ label, tookMs }: LogLine): string {
  return `${plainLine(label)}${tookMs === undefined ? '' : ` ${duration(tookMs)}`}`;
}

/** With a space after it; nothing for a time that is none. */
function clock(at: string, timeZone: string, day: Intl.DateTimeFormatOptions): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return '';
  // Swedish is written as ISO 8601 is.
  return `${new Intl.DateTimeFormat('sv-SE', { ...day, ...TIME, timeZone }).format(time)} `;
}
