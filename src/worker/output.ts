// What a command prints, as people are shown it: its beginning and its end, however much lies between, without anything that acts.
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { plain } from '../threads/shown.ts';

/** Characters that are kept of each end: no more than this is ever held. */
const HEAD = 1000;
const TAIL = 3000;
/** Of a line that goes on and on. */
const LONGEST_LINE = 500;

export interface Output {
  add(data: Buffer): void;
  /** The last lines up to now. */
  tail(): string;
  /** All of it, or both ends with a line between that says how much is left out. */
  text(): string;
  /** Something was left out. */
  readonly isCut: boolean;
}

export function createOutput(): Output {
  const decoder = new StringDecoder('utf8');
  let head = '';
  let tail = '';
  let characters = 0;

  return {
    add(data) {
      const more = decoder.write(data);
      characters += more.length;
      const room = HEAD - head.length;
      head += more.slice(0, Math.max(0, room));
      // Twice what is kept, so that a program that prints byte by byte does not copy the whole each time.
      tail += more.slice(Math.max(0, room));
      if (tail.length > 2 * TAIL) tail = tail.slice(-TAIL);
    },
    tail: () => lastLines(readable(tail.length < TAIL ? head + tail : tail)),
    text() {
      const end = tail.slice(-TAIL);
      if (head.length + end.length >= characters) return readable(head + end);
      const left = characters - head.length - end.length;
      return `${readable(wholeLines(head))}\n… ${left.toLocaleString('en')} characters left out …\n${readable(fromLine(end))}`;
    },
    get isCut() {
      return characters > HEAD + TAIL;
    },
  };
}

const SHOWN_LINES = 12;
const SHOWN_CHARACTERS = 1200;

function lastLines(text: string): string {
  const lines = text.split('\n').slice(-SHOWN_LINES);
  while (lines.length > 1 && lines.join('\n').length > SHOWN_CHARACTERS) lines.shift();
  return lines.join('\n').slice(-SHOWN_CHARACTERS);
}

/** Colours and cursor movements taken out; of a line that was written over only what stood there last. */
function readable(text: string): string {
  const lines = stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1).replace(/\r$/, ''))
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
  return plain(lines.join('\n')).trimEnd();
}

/** Without the line that is cut off at the end. */
function wholeLines(text: string): string {
  const end = text.lastIndexOf('\n');
  return end === -1 ? text : text.slice(0, end);
}

/** Without the rest of a line at the beginning. */
function fromLine(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}
