// Private keys that people send by mistake: found in what they typed, and taken out before anybody keeps, logs or repeats it.

/** Their armour, also as phones write dashes, and as other programs name it (RFC 7468, RFC 9580, RFC 4716). */
const BEGIN =
  /[-–—]{1,5} ?BEGIN ((?:OPENSSH|RSA|DSA|EC|ENCRYPTED|PGP|SSH2|ANY| ){0,6})PRIVATE KEY(?: BLOCK)?(?: ?[-–—]{1,5})?/i;
const END = /[-–—]{1,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY/i;
/** What is left without armour: `openssh-key-v1` and the beginning of PKCS#1 and PKCS#8 in base64, and PuTTY's files. */
const BARE =
  /(?:^|[\s"'`:>])(?:b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/]*|MII[A-Za-z0-9+/]{45,}={0,2}|PuTTY-User-Key-File-\d+:.*)/;
const QUOTE_MARKS = /^[\s>|＞›»❯│┃｜]+/;
const BASE64_LINE = /^[A-Za-z0-9+/]+={0,2}$/;
/** Of a key's body, or of the fields before and in it: `Proc-Type: 4,ENCRYPTED`. */
const MATERIAL =
  /^[A-Za-z0-9+/]{16,}={0,2}$|^(?:Proc-Type|DEK-Info|Version|Comment|Encryption|Key-Derivation|Argon2-\w+|(?:Public|Private)-(?:Lines|MAC)): /;
/** The last, short line of a key, and no word. */
const SHORT_MATERIAL = /[\d+/=]|[a-z][A-Z]/;
const LINE_END = /\r\n|[\n\r\u0085\u2028\u2029]/;
const SUFFIX = 'PRIVATE KEY-----';

/** The first line of a private key, which is all of it that is ever kept. */
export const PRIVATE_KEY_HEAD = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const STANDS_FOR_ONE = /^keys add -----BEGIN [A-Z ]*PRIVATE KEY-----$/;

/** Whether the line is what `withoutPrivateKeys` left of a key. */
export function standsForPrivateKey(line: string): boolean {
  return STANDS_FOR_ONE.test(line);
}

/**
 * The text with one line `keys add -----BEGIN … PRIVATE KEY-----` for each private key in it, which is answered with what to do. Lines end
 * with LF where there was a key; without one the text is as it was. Doing it again changes nothing. Takes time in proportion to the text.
 */
export function withoutPrivateKeys(text: string): string {
  if (!BEGIN.test(text) && !END.test(text) && !BARE.test(text)) return text;
  const lines = text.split(LINE_END);
  const lastEnd = lines.findLastIndex((line) => END.test(line));
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const head = headIn(line);
    if (head === undefined) {
      if (END.test(line)) {
        // Its head was left out.
        while (isBody(bodyOf(kept.at(-1) ?? ''))) kept.pop();
        kept.push(`keys add -----BEGIN ${SUFFIX}`);
      } else kept.push(line);
      continue;
    }
    const quote = QUOTE_MARKS.exec(line)?.[0] ?? '';
    kept.push(`${/\S/.test(quote) ? quote : ''}keys add ${head.first}`);
    if (!END.test(line.slice(head.at + 1))) at = head.bare ? bodyEnd(lines, at) : keyEnd(lines, at, lastEnd);
  }
  return kept.join('\n');
}

/** One line, such as a subject, cut off where a private key begins: what is before it stays. */
export function cutAtPrivateKey(line: string): string {
  const head = headIn(line);
  return head === undefined ? line : `${line.slice(0, head.at)}${head.first}`;
}

function headIn(line: string): { at: number; first: string; bare: boolean } | undefined {
  const begin = BEGIN.exec(line);
  if (begin !== null) {
    const type = (begin[1] ?? '')
      .toUpperCase()
      .replace(/[^A-Z ]/g, '')
      .trim();
    return { at: begin.index, first: `-----BEGIN ${type === '' ? '' : `${type} `}${SUFFIX}`, bare: false };
  }
  const bare = BARE.exec(line);
  if (bare === null) return undefined;
  const isSpaced = /[\s"'`:>]/.test(bare[0].charAt(0));
  return { at: bare.index + (isSpaced ? 1 : 0), first: `-----BEGIN ${SUFFIX}`, bare: true };
}

/** The last line of a key whose head is in line `at`; a head that is only spoken of has no body. */
function keyEnd(lines: readonly string[], at: number, lastEnd: number): number {
  if (lastEnd > at) {
    for (let end = at + 1; ; end++) if (END.test(lines[end] ?? '') || end === lastEnd) return end;
  }
  const next = lines.slice(at + 1, at + 4).find((line) => bodyOf(line) !== '');
  return next !== undefined && MATERIAL.test(bodyOf(next)) ? lines.length : at;
}

/** The same for one without armour: as far as there is nothing but base64, or PuTTY's fields. */
function bodyEnd(lines: readonly string[], at: number): number {
  let end = at;
  while (isBody(bodyOf(lines[end + 1] ?? ''))) end += 1;
  return END.test(lines[end + 1] ?? '') ? end + 1 : end;
}

function isBody(line: string): boolean {
  return MATERIAL.test(line) || (BASE64_LINE.test(line) && SHORT_MATERIAL.test(line));
}

function bodyOf(line: string): string {
  return line.replace(QUOTE_MARKS, '').trim();
}
