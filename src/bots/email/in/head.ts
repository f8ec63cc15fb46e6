// The head of a mail as a list of fields, each with its line as it was and its value in one line.

export interface HeaderField {
  /** In lower case. */
  name: string;
  /** With name and folds, as it came; bytes that are no UTF-8 are U+FFFD. */
  line: string;
  /** Without name, folds and spaces around it; encoded words are left alone. */
  value: string;
}

/** The fields of a head, each with its name and folds. May be called with anything. */
export function headLines(head: string): string[] {
  return head.split(/\r?\n(?![ \t])/).filter((line) => line !== '');
}

/** A field of one line of a head. May be called with anything. */
export function fieldOf(line: string): HeaderField {
  const colon = line.indexOf(':');
  const name = colon < 0 ? line : line.slice(0, colon);
  return {
    name: name.trim().toLowerCase(),
    line,
    value: colon < 0 ? '' : inOneLine(line.slice(colon + 1).replace(/\r?\n(?=[ \t])/g, '')),
  };
}

/** The values of all fields of that name, in the order of the mail. */
export function valuesOf(head: readonly HeaderField[], name: string): string[] {
  return head.filter((field) => field.name === name).map(({ value }) => value);
}

/** Message ids in a value, brackets included; what is not in brackets is none (RFC 5322 3.6.4). */
export function messageIdsIn(value: string): string[] {
  return value.match(/<[^<>\s]{1,900}>/g) ?? [];
}

/** Whatever breaks, ends or hides in a line is a space. */
export function inOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
