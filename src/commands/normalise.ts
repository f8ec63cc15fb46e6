// Undoes what phones, chats and mail programs do to a line before anybody reads it as a command.
import { codePoint } from '../threads/shown.ts';

/** Characters of a line; a public key of 16,384 bits has about 2,800. */
export const LONGEST_LINE = 4_000;

export type Unfit = { fault: 'too_long' } | { fault: 'bad_character'; character: string };

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/;
const LONE_SURROGATE = /\p{Cs}/u;
/** All that separates words on paper; not U+FEFF and U+200B, which are invisible and belong to no name. */
const SPACE = /[\t-\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;
const DOUBLE_QUOTE = /[“”„‟«»″]/g;
const SINGLE_QUOTE = /[‘’‚‛′]/g;
/** Slack's and mail programs' links: `<mailto:a@b|a@b>`, `<http://mybox.dev|mybox.dev>`, `<https://…>`. */
const LINK = /<(?:mailto:|(?=https?:\/\/))([^<>|]*)(?:\|([^<>|]*))?>/gi;
/** What only calls us: a mention, and `shellbox` once more. */
const CALLS = /^(?:(?:<@[A-Z0-9]+(?:\|[^<>|]*)?>|[/@]?shellbox(?=[ :,`]|$)[:,]?) *)+/i;
/** How deep back-ticks, links and mentions are unwrapped out of each other. */
const MOST_WRAPPINGS = 8;

/** Why a line is not even looked at; undefined when it may be. */
export function unfit(line: string): Unfit | undefined {
  if (line.length > LONGEST_LINE) return { fault: 'too_long' };
  const character = (CONTROL.exec(line) ?? LONE_SURROGATE.exec(line))?.[0];
  return character === undefined ? undefined : { fault: 'bad_character', character: codePoint(character) };
}

/** The text with no line longer than what is refused for its length in any case: nobody keeps the rest. */
export function shortened(text: string): string {
  if (text.length <= LONGEST_LINE) return text;
  return text
    .split('\n')
    .map((line) => line.slice(0, LONGEST_LINE + 1))
    .join('\n');
}

/** The line as it was meant. Names are left alone: what is invisible in them is shown in the refusal instead. */
export function normalise(line: string): string {
  let plain = line
    .replace(/^\ufeff/, '')
    .replace(SPACE, ' ')
    .replace(DOUBLE_QUOTE, '"')
    .replace(SINGLE_QUOTE, "'")
    .trim();
  for (let pass = 0, before = ''; before !== plain && pass < MOST_WRAPPINGS; pass++) {
    before = plain;
    plain = withoutBackticks(plain)
      .replace(LINK, (_, target: string, label: string | undefined) => label ?? target)
      .replace(CALLS, '')
      .trim();
  }
  return plain;
}

/** Takes away back-ticks around the whole, one to three of them. */
export function withoutBackticks(value: string): string {
  const inner = /^(`{1,3})([^`]+)\1$/.exec(value)?.[2];
  return inner === undefined ? value : inner.trim();
}

/** `—yes` and `–yes` are `--yes`, `–h` is `-h`, a lone `—` is `--`; other words stay. */
export function withPlainDashes(word: string): string {
  const [, dashes = '', rest = ''] = /^([-‐‑‒–—―−]{0,3})(.*)$/s.exec(word) ?? [];
  if (!/[^-]/.test(dashes)) return word;
  return rest.length === 1 ? `-${rest}` : `--${rest}`;
}

/** A sentence's end that phones and people put behind the last word. */
export function withoutFullStop(word: string): string {
  let end = word.length;
  while (end > 0 && '.!?…'.includes(word.charAt(end - 1))) end -= 1;
  return word.slice(0, end);
}
