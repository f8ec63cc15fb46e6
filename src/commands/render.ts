// The line that stands for a command with its arguments: what `parse` reads back as the same.
import type { Command, Params } from './command.ts';
import { withoutBackticks } from './normalise.ts';
import { inQuotes, quoted, tokenize } from './tokenize.ts';
import { isOption } from './usage-line.ts';
import { type WordParam, writeValue } from './values.ts';
import { namedParam, sizeWord } from './word-form.ts';
import { asksForHelp } from './words.ts';

export type Args = Readonly<Record<string, string | number | boolean | undefined>>;

/** Words first, then options, then the text that goes to the end of the line. Without `shellbox`. */
export function renderCommand(command: Command, args: Args): string {
  const words: string[] = [];
  const options: string[] = [];
  const texts: string[] = [];
  for (const [name, param] of Object.entries(command.params)) {
    const value = args[name];
    if (value === undefined || value === false) continue;
    if (param.kind === 'switch') options.push(`--${name}`);
    else if (param.kind === 'text') texts.push(writeText(command.params, String(value)));
    else if (isOption(param)) options.push(`--${name}`, quoted(writeOption(param, value)));
    else words.push(writeWord(command.params, String(value)));
  }
  return [command.name, ...words, ...options, ...texts].join(' ');
}

function writeOption(param: WordParam, value: string | number | true): string {
  return writeValue(param.kind, value === true ? 'true' : value);
}

/** A word behind the command's name, so that it is read back as just that. */
export function writeWord(params: Params, word: string): string {
  return meansMore(params, word) ? inQuotes(word) : quoted(word);
}

/** What goes to the end of the line. */
export function writeText(params: Params, value: string): string {
  const [first, second] = tokenize(value);
  if (first === undefined || second === undefined) return writeWord(params, value);
  const asTyped =
    !first.literal &&
    !first.value.startsWith('-') &&
    !meansMore(params, first.value) &&
    withoutBackticks(value) === value;
  return asTyped && value.trim() === value ? value : inQuotes(value);
}

/** Typed bare it would be taken for something else than a word. */
function meansMore(params: Params, word: string): boolean {
  return (
    asksForHelp(word) || sizeWord(params, word, () => false) !== undefined || namedParam(params, word) !== undefined
  );
}
