// One typed word as it was meant: dashes, back-ticks and the end of a sentence undone.
import { lowerCase } from '../boxes/names.ts';
import { withoutBackticks, withoutFullStop, withPlainDashes } from './normalise.ts';
import type { Token } from './tokenize.ts';

const HELP_WORDS: ReadonlySet<string> = new Set(['--help', '-h', '?']);

/** The word, or undefined when nothing of it is left: a full stop that stands alone behind the last word. */
export function wordOf(token: Token, isLast: boolean): string | undefined {
  if (token.literal || token.unclosed !== undefined) return token.value;
  const word = withPlainDashes(withoutBackticks(token.value));
  if (!isLast || token.closed || word === '?') return word;
  const bare = withoutBackticks(withoutFullStop(word));
  if (bare !== '') return bare;
  return word.length === 1 ? undefined : word;
}

/** The rest of the line from `tokens[at]` on, as it was typed; one word alone is read like any other. */
export function textOf(line: string, tokens: readonly Token[], at: number): string {
  const first = tokens[at];
  if (first === undefined) return '';
  const raw = line.slice(first.start).trim();
  if (at < tokens.length - 1 || first.unclosed !== undefined) return withoutBackticks(raw);
  return first.literal ? first.value : withoutBackticks(withoutFullStop(raw)) || raw;
}

/** True for what asks for help wherever it stands. */
export function asksForHelp(word: string): boolean {
  return HELP_WORDS.has(lowerCase(word));
}
