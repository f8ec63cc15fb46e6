// Cuts a line into words, as a shell would: '…' and "…" hold words together, a backslash takes the next character as it is.

export interface Token {
  value: string;
  /** Where it stands in the line: from `start` up to, not including, `end`. */
  start: number;
  end: number;
  /** It begins with a quote or a backslash: exactly this was meant, so it is never an option or a size. */
  literal: boolean;
  /** It ends with a quote, so that a full stop in it belongs to it. */
  closed: boolean;
  /** The quote that was opened and never closed; the token then takes the rest of the line. */
  unclosed?: '"' | "'";
}

/** Every word of a normalised line. Linear; never throws. */
export function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < line.length; ) {
    if (line[at] === ' ') at += 1;
    else {
      const token = tokenAt(line, at);
      tokens.push(token);
      at = token.end;
    }
  }
  return tokens;
}

function tokenAt(line: string, start: number): Token {
  let value = '';
  let quote: '"' | "'" | undefined;
  let at = start;
  for (; at < line.length; at++) {
    const character = line.charAt(at);
    const next = line[at + 1];
    if (quote === undefined && character === ' ') break;
    if (quote === undefined && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = undefined;
    else if (character === '\\' && escapes(quote, next)) {
      value += next;
      at += 1;
    } else value += character;
  }
  const first = line.charAt(start);
  return {
    value,
    start,
    end: at,
    literal: first === '"' || first === "'" || first === '\\',
    closed: /["']/.test(line.charAt(at - 1)),
    ...(quote === undefined ? {} : { unclosed: quote }),
  };
}

function escapes(quote: '"' | "'" | undefined, next: string | undefined): next is string {
  if (next === undefined || quote === "'") return false;
  return quote === undefined || next === '"' || next === '\\';
}

const PLAIN = /^[\p{L}\p{N}_@%+:,./#~^*=-]+$/u;

/** The word as it is typed so that it is read back exactly; quoted only where it must be. */
export function quoted(word: string): string {
  if (PLAIN.test(word) && !/^-|[.!?…]$/.test(word)) return word;
  return inQuotes(word);
}

/** The word in double quotes: it is then never an option, a size or the end of a sentence. */
export function inQuotes(word: string): string {
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}
