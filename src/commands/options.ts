// Reads what begins with a dash: `--name value`, `--name=value`, switches, and options that nobody knows.
import { lowerCase } from '../boxes/names.ts';
import { shown } from '../threads/shown.ts';
import type { Params } from './command.ts';
import { blame, type Draft, paramNamed, setValue } from './draft.ts';
import { nearest } from './suggest.ts';
import type { Token } from './tokenize.ts';
import { isOption } from './usage-line.ts';
import { joinedAmount } from './word-form.ts';
import { asksForHelp, wordOf } from './words.ts';

/** Takes the option at `tokens[at]`, typed as `word`; returns where to go on. */
export function takeOption(draft: Draft, tokens: readonly Token[], at: number, word: string): number {
  const [, typed = '', inline] = /^(-*[^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const name = resolve(draft, typed, inline !== undefined || at === tokens.length - 1 || isOptionLike(tokens[at + 1]));
  const param = name === undefined ? undefined : paramNamed(draft, name);
  if (name === undefined || param === undefined) return at + 1;
  if (param.kind === 'switch') {
    takeSwitch(draft, name, inline);
    return at + 1;
  }
  if (param.kind === 'text') return at + 1;
  if (inline !== undefined) {
    setValue(draft, name, param, inline);
    return at + 1;
  }
  const next = tokens[at + 1];
  if (next === undefined || isOptionLike(next)) {
    setValue(draft, name, param, undefined);
    return at + 1;
  }
  if (next.unclosed !== undefined) return at + 1;
  const value = wordOf(next, at + 2 === tokens.length);
  const joined = param.kind === 'word' || value === undefined ? undefined : joinedAmount(value, tokens[at + 2]?.value);
  setValue(draft, name, param, joined ?? value);
  return joined === undefined ? at + 2 : at + 3;
}

function takeSwitch(draft: Draft, name: string, inline: string | undefined): void {
  if (inline !== undefined) blame(draft, 'bad_value', `--${name} takes no value; leave it out to say no.`, true);
  else if (draft.values.has(name)) blame(draft, 'repeated_option', `--${name} is given twice; once is enough.`, true);
  else draft.values.set(name, true);
}

/** The parameter that an option names (`--name mybox` is as good as `mybox`); when there is none, the nearest one, and the fault is noted. `standsAlone`: nothing behind it can be its value. */
function resolve(draft: Draft, typed: string, standsAlone: boolean): string | undefined {
  const { command } = draft;
  const key = lowerCase(typed.replace(/^-{1,2}/, ''));
  const names = optionNames(command.params);
  const exact = paramNamed(draft, key);
  if (typed.startsWith('--') && exact !== undefined && exact.kind !== 'text') return key;
  const near = names.includes(key)
    ? key
    : key.length === 1
      ? names.find((name) => name.startsWith(key))
      : nearest(key, names);
  const unused = near !== undefined && !draft.values.has(near) ? near : undefined;
  if (unused === undefined) {
    const others = names.length === 0 ? 'It has none.' : `It has ${names.map((name) => `--${name}`).join(', ')}.`;
    blame(draft, 'unknown_option', `${command.name} has no option "${shown(typed)}". ${others}`, standsAlone);
    return undefined;
  }
  blame(draft, 'unknown_option', `${command.name} has no option "${shown(typed)}". Did you mean --${unused}?`, true);
  return unused;
}

function optionNames(params: Params): string[] {
  return Object.entries(params).flatMap(([name, param]) => (isOption(param) ? [name] : []));
}

/** A word that begins with a dash and is not a negative number. */
function isOptionLike(token: Token | undefined): boolean {
  if (token === undefined || token.literal) return false;
  const word = wordOf(token, false) ?? '';
  return asksForHelp(word) || /^-(?!\d)/.test(word);
}
