// Text for Discord: Markdown that shows what was said and neither formats, links nor mentions; and code to copy.
import { cut, plain } from '../../threads/shown.ts';

/** What begins formatting, a link, a mention, a timestamp or an emoji anywhere in a line. */
const ACTS = /[\\*_~`|<>[\]()@]/g;
/** Headings, lists and small print at the beginning of a line. */
const BEGINS = /^(\s*)(#|-|\+)/;
const NUMBERED = /^(\s*\d+)\./;
const FENCE = '```';
/** A fence within code must not end it, so none of its signs is followed by two more. */
const WITHIN = /``(?=`)/g;
const BROKEN = '``\u200B';

/** Shown as `text` is, and does nothing. Source: https://discord.com/developers/docs/reference#message-formatting */
export function escaped(text: string): string {
  return plain(text)
    .split('\n')
    .map((line) => line.replace(ACTS, '\\$&').replace(BEGINS, '$1\\$2').replace(NUMBERED, '$1\\.'))
    .join('\n');
}

/** What is copied out of it is exactly `text`. */
export function codeBlock(text: string): string {
  return `${FENCE}\n${plain(text).replace(WITHIN, BROKEN)}\n${FENCE}`;
}

/** Lines from the beginning that fit into `most`; a code block that does not fit is shortened by lines, and closed. */
export function fittingLines(pieces: readonly string[], most: number): { text: string; whole: boolean } {
  const lines: string[] = [];
  let open = false;
  let size = 0;
  for (const line of pieces.join('\n').split('\n')) {
    const toggles = line === FENCE;
    const closing = open !== toggles ? FENCE.length + 1 : 0;
    if (size + line.length + 1 + closing > most) {
      const room = most - size - (open ? FENCE.length + 2 : 1);
      // A line without any line before it would leave nothing.
      if (lines.length === 0 && room > 0) lines.push(cut(line, room));
      if (open) lines.push(FENCE);
      return { text: lines.join('\n'), whole: false };
    }
    if (toggles) open = !open;
    lines.push(line);
    size += line.length + 1;
  }
  return { text: lines.join('\n'), whole: true };
}
