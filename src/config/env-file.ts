// Lines of a .env file that mean nothing: Node's parser leaves them out, or takes them for part of a name, without a word.

const ASSIGNMENT = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_.-]*\s*=\s*(.*)$/;
const QUOTES = ['"', "'", '`'];

/** Each malformed line as `.env line 3: …`; what stands in it is never repeated, because it may be a secret. */
export function envFileFaults(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  const faults: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const value = ASSIGNMENT.exec(line)?.[1];
    if (value === undefined) {
      faults.push(`.env line ${at + 1}: give NAME=value, or # before a comment`);
      continue;
    }
    // Node's parser then takes the next line for the value.
    if (/=\s+$/.test(line)) {
      faults.push(`.env line ${at + 1}: nothing but spaces stands behind the =; give a value, or take the spaces away`);
      continue;
    }
    const quote = value.charAt(0);
    if (!QUOTES.includes(quote) || value.includes(quote, 1)) continue;
    const end = lines.findIndex((later, place) => place > at && later.includes(quote));
    if (end === -1) faults.push(`.env line ${at + 1}: the quote ${quote} is opened and not closed`);
    else at = end;
  }
  return faults;
}
