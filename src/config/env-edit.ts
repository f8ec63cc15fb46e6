// Changes single variables in the text of a .env file; every other line stays as it was, comments too.

/** What a .env line may begin with, as Node's parser reads it; `#` before it makes it an example. */
const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/;
const EXAMPLE = /^#\s?([A-Za-z_][A-Za-z0-9_]*)=/;
const QUOTES = ["'", '"', '`'];
/** Needs no quotes: no blank, no #, no quote, nothing that is expanded. */
const PLAIN = /^[A-Za-z0-9_./:@,+=-]+$/;

/**
 * The text with these variables set, or without those that are undefined. A new one takes the place of its commented example, or is
 * appended. `parseEnv` of the result yields the values as they are. @throws RangeError for a value that cannot stand in such a file
 */
export function editEnv(text: string, changes: Readonly<Record<string, string | undefined>>): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  let entries = entriesOf(text.split(/\r?\n/));
  for (const [name, value] of Object.entries(changes))
    entries = value === undefined ? entries.filter((entry) => entry.name !== name) : withValue(entries, name, value);
  return entries.flatMap(({ lines }) => lines).join(eol);
}

interface Entry {
  /** Of the variable that it sets. */
  name: string | undefined;
  /** One, or more where a value in quotes goes on. */
  lines: readonly string[];
}

function entriesOf(lines: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const [, name, value = ''] = /^\s*#/.test(line) ? [] : (ASSIGNMENT.exec(line) ?? []);
    const quote = value.charAt(0);
    const isOpen = QUOTES.includes(quote) && !value.includes(quote, 1);
    const end = isOpen ? lines.findIndex((later, place) => place > at && later.includes(quote)) : at;
    const next = Math.max(end, at) + 1;
    entries.push({ name, lines: lines.slice(at, next) });
    at = next;
  }
  return entries;
}

/** In place of the last line that sets it, which is the one that counts; the others would only keep what is old. */
function withValue(entries: readonly Entry[], name: string, value: string): Entry[] {
  const entry = { name, lines: [`${name}=${quoted(value)}`] };
  const last = entries.findLastIndex((each) => each.name === name);
  const place =
    last >= 0
      ? last
      : entries.findIndex((each) => each.name === undefined && EXAMPLE.exec(each.lines[0] ?? '')?.[1] === name);
  if (place >= 0) return [...entries.slice(0, place), entry, ...entries.slice(place + 1)].filter(isFirst(name, entry));
  const isEmpty = entries.at(-1)?.lines.join('') === '';
  return [...(isEmpty ? entries.slice(0, -1) : entries), entry, { name: undefined, lines: [''] }];
}

const isFirst = (name: string, kept: Entry) => (entry: Entry) => entry.name !== name || entry === kept;

function quoted(value: string): string {
  if (PLAIN.test(value)) return value;
  const quote = quoteFor(value);
  if (quote === undefined)
    throw new RangeError('A value with line ends, or with all kinds of quotes, cannot stand in a .env file.');
  return `${quote}${value}${quote}`;
}

/** Whether a .env file can hold this value: Node's parser knows no escapes. */
export function fitsEnv(value: string): boolean {
  return PLAIN.test(value) || quoteFor(value) !== undefined;
}

function quoteFor(value: string): string | undefined {
  if (/[\r\n]/.test(value)) return undefined;
  // Node expands \n in double quotes.
  return QUOTES.find((quote) => !value.includes(quote) && !(quote === '"' && value.includes('\\')));
}
