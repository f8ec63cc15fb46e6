// The commands in a mail: its subject, or the lines its author wrote above everything quoted.
import { KEY_TYPES, parsePublicKey } from '../../../accounts/keys.ts';
import { standsForPrivateKey, withoutPrivateKeys } from '../../../accounts/private-key.ts';
import { ownLines } from './own-text.ts';

/** Commands of one mail; what is below is not read. */
export const MOST_COMMANDS = 20;
/** Characters of a body that are looked at: far more than people write, and less than what takes time. */
const LONGEST_TEXT = 100_000;

/** Whether a line begins a command; `nearly`: or is answered with the one that was probably meant. */
export type Understands = (line: string, how?: 'well' | 'nearly') => boolean;

/** What is to be done, and what of the mail is not read. */
export interface Reading {
  /** Each to be parsed as if typed. */
  commands: string[];
  /** How many lines of the author's below a subject that was a command. */
  belowSubject: number;
  /** How many lines beyond the most that are read. */
  beyond: number;
  /** A public key came along, and nothing said what to do with it. */
  keyLeft: boolean;
}

export interface WrittenMail {
  /** Decoded, in one line. */
  subject: string;
  /** Decoded; lines end with LF or CR LF. */
  text: string;
  isReply: boolean;
  isForward: boolean;
  /** Lines of public key files that came along, for a `keys add` that names none. */
  keys?: readonly string[];
  /** One came along as a file, and is told of. */
  hasPrivateKey?: boolean;
}

const KEYS_ADD = /^(?:[/@]?shellbox[\s:,]*)?keys?\s+add\b/i;
const KEYS_ADD_ALONE = /^(?:[/@]?shellbox[\s:,]*)?keys?\s+add[.:!]?$/i;
const KEY_TYPE = KEY_TYPES.map((type) => type.replaceAll('.', '\\.')).join('|');
const KEY_BEGINS = new RegExp(`(?:^|\\s)((?:${KEY_TYPE})(?:\\s+[A-Za-z0-9+/]+={0,2})?)$`);
const KEY_GOES_ON = /^[A-Za-z0-9+/]+={0,2}(?:\s.*)?$/;
const KEY_COMMENT = /^\S+@\S+$/;
const PRIVATE_KEY = 'keys add -----BEGIN PRIVATE KEY-----';
const MOST_KEY_LINES = 64;

/**
 * The lines to run, at most 20. A subject that is understood, and that of a new mail, is the whole of it, save that a `keys add` without a
 * key takes the keys of the body or those that came along; one that is nearly understood counts where the body says nothing. Quoted and
 * forwarded text never runs. One line stands for all private keys, wherever they were. Pure; never throws; takes time in proportion to
 * the text.
 */
export function commandLines(mail: WrittenMail, understands: Understands): Reading {
  const subject = mail.subject.trim();
  const text = withoutPrivateKeys(mail.text.slice(0, LONGEST_TEXT));
  const own = withWholeKeys(ownLines(text, understands)).filter((line) => line !== '' && !line.startsWith('#'));
  const secret = own.find(standsForPrivateKey) ?? (mail.hasPrivateKey ? PRIVATE_KEY : undefined);
  const lines = own.filter((line) => !standsForPrivateKey(line)).map(mail.isReply ? confirmed : (line) => line);
  const found = { keys: mail.keys ?? [], secret };
  const isNew = !mail.isReply && !mail.isForward && subject !== '';
  const isCommand = isNew && (understands(subject) || (own.length === 0 && understands(subject, 'nearly')));
  if (isCommand && KEYS_ADD_ALONE.test(subject)) return reading(keysAdded(subject, lines, found), found);
  if (isCommand) return { ...reading([subject], found), belowSubject: lines.length };
  return reading(inBody(lines, found), found);
}

/** People answer a question for a code with the code alone, or with a yes before it. */
function confirmed(line: string): string {
  const [, code] = /^(?:yes[,.!]?\s+)?(?:confirm\s+)?(\d{6})[.!]?$/i.exec(line) ?? [];
  return code === undefined ? line : `confirm ${code}`;
}

function reading(commands: readonly string[], { keys, secret }: Found): Reading {
  const added = secret === undefined || commands.some(standsForPrivateKey) ? [] : [secret];
  const read = commands.slice(0, MOST_COMMANDS - added.length);
  return {
    commands: [...read, ...added],
    belowSubject: 0,
    beyond: commands.length - read.length,
    keyLeft: keys.length > 0 && !commands.some((line) => KEYS_ADD.test(line)),
  };
}

/** What a `keys add` without a key takes one from. */
interface Found {
  /** That came along. */
  keys: readonly string[];
  /** The line that stands for a private key. */
  secret: string | undefined;
}

function inBody(own: readonly string[], found: Found): string[] {
  const commands: string[] = [];
  for (let at = 0; at < own.length; at++) {
    const line = own[at] ?? '';
    if (!KEYS_ADD_ALONE.test(line)) {
      commands.push(line);
      continue;
    }
    const pasted: string[] = [];
    while (isKey(own[at + 1])) pasted.push(own[++at] ?? '');
    commands.push(...keysAdded(line, pasted, found));
  }
  return commands;
}

/** One `keys add` for each key found: in the author's lines, else in files that came along, else what was written instead. */
function keysAdded(command: string, own: readonly string[], { keys, secret }: Found): string[] {
  const begun = command.replace(/[.:!]$/, '');
  const written = own.filter(isKey);
  const found = written.length > 0 ? written : keys;
  if (found.length > 0) return found.slice(0, MOST_COMMANDS).map((key) => `${begun} ${key}`);
  if (secret !== undefined) return [secret];
  return [own[0] === undefined ? begun : `${begun} ${own[0]}`];
}

function isKey(line: string | undefined): boolean {
  return line !== undefined && parsePublicKey(line).ok;
}

/** Mail programs break long lines: the pieces of a public key are one line again. */
function withWholeKeys(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    let line = lines[at] ?? '';
    const last = Math.min(lines.length, at + MOST_KEY_LINES);
    while (at + 1 < last && continuesKey(line, lines[at + 1] ?? '')) {
      const next = lines[++at] ?? '';
      line = KEY_COMMENT.test(next) || endsWithType(line) ? `${line} ${next}` : line + next;
    }
    whole.push(line);
  }
  return whole;
}

function continuesKey(line: string, next: string): boolean {
  const begun = KEY_BEGINS.exec(line)?.[1];
  if (begun === undefined || next === '') return false;
  return isKey(begun) ? KEY_COMMENT.test(next) : KEY_GOES_ON.test(next);
}

function endsWithType(line: string): boolean {
  return new RegExp(`(?:^|\\s)(?:${KEY_TYPE})$`).test(line);
}
