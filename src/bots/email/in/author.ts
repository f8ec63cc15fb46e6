// Who a mail says it is from: a strict grammar for exactly one plain address in exactly one From.
//
// Mail parsers are made to get an address out of anything, and two of them get two different ones out of the same line. What is read
// here decides whose boxes a mail commands, so the grammar is our own and small: what it does not know is a fault, never a guess.
import { decodeWords } from './encoded-word.ts';

export type AuthorFault =
  | 'no_from'
  | 'several_from'
  | 'malformed'
  | 'several_addresses'
  | 'comment'
  | 'group'
  | 'display_is_address'
  | 'not_ascii';

export type ReadAuthor =
  | { kind: 'author'; address: string; domain: string; display: string }
  | { kind: 'fault'; reason: AuthorFault };

const LONGEST_LINE = 2_000;
const LONGEST_LOCAL = 64;
const LONGEST_ADDRESS = 254;
const LONGEST_DISPLAY = 100;

/** RFC 5322 3.2.3, without the quoted local parts and address literals of 3.4.1: nobody has those. */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const ADDRESS = new RegExp(`^(${ATOM}(?:\\.${ATOM})*)@((?:${LABEL}\\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9]))$`);
/** Dots are allowed between words, as everybody writes them (`Ana M. Lima`), and UTF-8 (RFC 6532). */
const PHRASE_WORD = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]|\P{ASCII})+/u;
/** Not `trim`, which takes away what only looks like a space. */
const ENDS = /^[ \t]+|[ \t]+$/g;
const QUOTED = /^"((?:[^"\\\p{Cc}]|\\[^\p{Cc}]|\t)*)"/u;
const AT_SIGNS = /[@\uff20\ufe6b]/;

/**
 * Reads the From header lines of one mail, each with its name and folds. The address and its domain come in lower case, the display
 * name in one line and without invisible characters. May be called with anything.
 *
 * Source: RFC 5322 3.4 and 3.6.2, RFC 2047 5 (no encoded words in an address).
 */
export function authorOf(fromHeaderLines: readonly string[]): ReadAuthor {
  const [line, ...more] = fromHeaderLines;
  if (line === undefined) return fault('no_from');
  if (more.length > 0) return fault('several_from');
  if (line.length > LONGEST_LINE || !/^from:/i.test(line)) return fault('malformed');
  const value = line
    .slice('from:'.length)
    .replace(/\r?\n(?=[ \t])/g, '')
    .replace(ENDS, '');
  return /[^\t\P{Cc}]/u.test(value) ? fault('malformed') : authorIn(value);
}

/** An address alone in lower case, or undefined when it is not plain. */
export function plainAddress(text: string): { address: string; domain: string } | undefined {
  const [, local = '', domain = ''] = ADDRESS.exec(text) ?? [];
  if (domain === '' || local.includes('=?') || local.length > LONGEST_LOCAL || text.length > LONGEST_ADDRESS) {
    return undefined;
  }
  return { address: text.toLowerCase(), domain: domain.toLowerCase() };
}

/** One mailbox of a list, up to its comma; `"(),:;\\` stand in quotes only, so that a list has one meaning. */
const LISTED = /((?:"(?:[^"\\]|\\.)*"|[^",()\\:;])*)(?:,|$)/suy;
/** Some three hundred mailboxes. */
const LONGEST_LIST = 20_000;

/**
 * The addresses of a To or Cc, in lower case, without those that are not plain. None at all of a list with comments, groups or anything else
 * by which two programs may read two lists: an address in somebody's display name is nobody's.
 *
 * Source: RFC 5322 3.4.
 */
export function mailboxesIn(value: string): string[] {
  const listed: string[] = [];
  for (LISTED.lastIndex = 0; LISTED.lastIndex < value.length && value.length <= LONGEST_LIST; ) {
    const found = LISTED.exec(value);
    if (found === null) return [];
    listed.push((found[1] ?? '').replace(ENDS, ''));
  }
  return listed.map(mailboxOf).flatMap((read) => (read.kind === 'author' ? [read.address] : []));
}

/** The same whose display name may not look like an address: of several, people see that one. */
function authorIn(value: string): ReadAuthor {
  const read = mailboxOf(value);
  if (read.kind === 'fault') return read;
  const isMisleading = AT_SIGNS.test(read.display) && read.display.toLowerCase() !== read.address;
  return isMisleading ? fault('display_is_address') : read;
}

function mailboxOf(value: string): ReadAuthor {
  if (!value.includes('<')) {
    const bare = plainAddress(value);
    return bare === undefined ? fault(whyNoAddress(value)) : { kind: 'author', ...bare, display: bare.address };
  }
  const phrase = phraseOf(value);
  if (typeof phrase === 'string') return fault(phrase);
  const [, inside = '', after = ''] = /^<([^<>]*)>(.*)$/s.exec(phrase.rest) ?? [];
  if (after !== '') return fault(whyNoAddress(after));
  const found = plainAddress(inside);
  if (found === undefined) return fault(whyNoAddress(inside));
  const display = shown(phrase.words);
  return { kind: 'author', ...found, display: display === '' ? found.address : display };
}

/** The words before `<`, and what follows them; or why they are not a phrase. */
function phraseOf(value: string): { words: string[]; rest: string } | AuthorFault {
  const words: string[] = [];
  let rest = value;
  while (!rest.startsWith('<')) {
    const quoted = QUOTED.exec(rest);
    const taken = quoted ?? PHRASE_WORD.exec(rest);
    if (taken === null) return rest.startsWith('@') ? 'display_is_address' : whyNoAddress(rest);
    words.push(quoted === null ? taken[0] : (quoted[1] ?? '').replace(/\\(.)/gsu, '$1'));
    rest = rest.slice(taken[0].length).replace(ENDS, '');
  }
  return { words, rest };
}

function whyNoAddress(text: string): AuthorFault {
  const plain = text.replace(/"(?:[^"\\]|\\.)*"/gs, '');
  if (/[()]/.test(plain)) return 'comment';
  if (/[:;]/.test(plain)) return 'group';
  if (plain.includes(',')) return 'several_addresses';
  return /[^\p{ASCII}]/u.test(plain) ? 'not_ascii' : 'malformed';
}

function shown(words: readonly string[]): string {
  const plain = decodeWords(words.join(' ')).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return [...plain.trim()].slice(0, LONGEST_DISPLAY).join('');
}

function fault(reason: AuthorFault): ReadAuthor {
  return { kind: 'fault', reason };
}
