// Gives the words behind a command's name to its parameters, or says what is wrong and which line was probably meant.
import { lowerCase } from '../boxes/names.ts';
import { shown } from '../threads/shown.ts';
import type { Command, Param } from './command.ts';
import { blame, type Draft, isHopeless, newDraft, paramNamed, setValue } from './draft.ts';
import type { UsageFault } from './faults.ts';
import { takeOption } from './options.ts';
import { type Args, renderCommand } from './render.ts';
import type { Token } from './tokenize.ts';
import { isOption, labelOf } from './usage-line.ts';
import { joinedAmount, namedParam, sizeWord } from './word-form.ts';
import { asksForHelp, textOf, wordOf } from './words.ts';

/** `fix`: the line that was probably meant; undefined where it cannot be guessed. `newName`: it names a box to be made. */
export type Bound =
  | { kind: 'args'; args: Args; boxMissing: boolean }
  | { kind: 'help' }
  | { kind: 'fault'; code: UsageFault; message: string; fix: string | undefined; newName: boolean };

/** `tokens` are those behind the command's name in `line`. */
export function bind(command: Command, line: string, tokens: readonly Token[]): Bound {
  const draft = newDraft(command);
  if (sortWords(draft, line, tokens) === 'help') return { kind: 'help' };
  assignWords(draft);
  draft.at = line.length;
  for (const [name, param] of Object.entries(command.params)) {
    if (param.required !== true || param.kind === 'box' || draft.values.has(name)) continue;
    blame(draft, 'missing_argument', `${command.name} needs ${labelOf(name, param)}: ${param.about}.`, false);
  }
  if (draft.fault !== undefined) return { kind: 'fault', ...draft.fault, ...mend(draft, draft.fault.param) };
  const boxMissing = Object.entries(command.params).some(
    ([name, param]) => param.kind === 'box' && !draft.values.has(name),
  );
  return { kind: 'args', args: argsOf(draft), boxMissing };
}

/** The whole line mended; where another fault forbids that, the command with the mended name alone. */
function mend(draft: Draft, wrong: string | undefined): { fix: string | undefined; newName: boolean } {
  const { command, values } = draft;
  const params = Object.entries(command.params);
  const newName = params.some(([name, param]) => param.kind === 'newName' && values.has(name));
  if (draft.mendable) return { fix: renderCommand(command, argsOf(draft)), newName };
  const kind = wrong === undefined ? undefined : paramNamed(draft, wrong)?.kind;
  const suffices = params.every(([name, param]) => param.required !== true || name === wrong);
  const isName = kind === 'box' || kind === 'newName';
  if (wrong === undefined || !isName || !values.has(wrong) || !suffices) return { fix: undefined, newName: false };
  return { fix: renderCommand(command, { [wrong]: values.get(wrong) }), newName };
}

/** Reads options as they come and puts the other words in a row; ends at the text that takes the rest of the line. */
function sortWords(draft: Draft, line: string, tokens: readonly Token[]): 'help' | undefined {
  let optionsAllowed = true;
  for (let at = 0; at < tokens.length && !isHopeless(draft); ) {
    const token = tokens[at];
    if (token === undefined) return undefined;
    draft.at = token.start;
    const isText: boolean =
      openSlots(draft)[draft.words.length]?.[1].kind === 'text' || opensText(draft, token.value, !optionsAllowed);
    if (token.unclosed !== undefined && (token.literal || !isText)) {
      blameQuote(draft, token.unclosed);
      return undefined;
    }
    const word = wordOf(token, at === tokens.length - 1);
    const isWord: boolean = optionsAllowed && !token.literal && !(isText && isArmour(token.value));
    const taken: Taken = isWord && word !== undefined ? takeSpecial(draft, tokens, at, word) : undefined;
    if (taken === 'help') return 'help';
    if (taken !== undefined) {
      at = taken.next;
      optionsAllowed = taken.kind !== 'end';
      continue;
    }
    if (isText) {
      draft.text = textOf(line, tokens, at);
      return undefined;
    }
    if (word !== undefined) draft.words.push({ word, at: token.start });
    at += 1;
  }
  return undefined;
}

/** `-----BEGIN`, of a key that was pasted: what is wrong with that is said by whoever reads the text. */
function isArmour(word: string): boolean {
  return word.startsWith('----');
}

type Taken = { kind: 'taken' | 'end'; next: number } | 'help' | undefined;

/** A word that says itself what it is: an option, `--`, a size, `name:value`. */
function takeSpecial(draft: Draft, tokens: readonly Token[], at: number, word: string): Taken {
  if (asksForHelp(word)) return 'help';
  if (word === '--') return { kind: 'end', next: at + 1 };
  if (word.startsWith('-') && word !== '-') return { kind: 'taken', next: takeOption(draft, tokens, at, word) };
  const next = tokens[at + 1];
  const joined = next === undefined ? undefined : joinedAmount(word, wordOf(next, at + 2 === tokens.length));
  const { params } = draft.command;
  const named = sizeWord(params, joined ?? word, (name) => draft.values.has(name));
  if (named !== undefined) {
    setNamed(draft, named);
    return { kind: 'taken', next: at + (joined === undefined ? 1 : 2) };
  }
  const pair = namedParam(params, word);
  if (pair === undefined) return undefined;
  setNamed(draft, pair);
  return { kind: 'taken', next: at + 1 };
}

function setNamed(draft: Draft, { name, value }: { name: string; value: string }): void {
  const param = paramNamed(draft, name);
  if (param !== undefined && param.kind !== 'switch' && param.kind !== 'text') setValue(draft, name, param, value);
}

/** The positional parameters that are still to be filled, in their order. */
function slotsOf(draft: Draft): (readonly [string, Param])[] {
  return Object.entries(draft.command.params).filter(([name, param]) => !isOption(param) && !draft.values.has(name));
}

/** The same, without the box where the first word is a choice of what comes after it: `set idle 4h` in a box's thread. */
function openSlots(draft: Draft): (readonly [string, Param])[] {
  const slots = slotsOf(draft);
  const [first, second] = slots;
  const word = draft.words[0]?.word;
  if (word === undefined || first?.[1].kind !== 'box' || second?.[1].kind !== 'choice') return slots;
  return second[1].choices.includes(lowerCase(word)) ? slots.slice(1) : slots;
}

/** Whether the text begins where the box's name would stand: `extend 4h`, `exec -- make` in a box's thread. */
function opensText(draft: Draft, word: string, isBehindDashes: boolean): boolean {
  const [first, second] = slotsOf(draft);
  const isLeftOut = draft.words.length === 0 && first?.[1].kind === 'box' && second?.[1].kind === 'text';
  if (!isLeftOut || second[1].kind !== 'text') return false;
  return second[1].opens?.(word) === true || (isBehindDashes && second[1].afterDashes === true);
}

function assignWords(draft: Draft): void {
  const slots = openSlots(draft);
  const needed = slots.filter(
    ([, param], index) => index > 0 && param.required === true && param.kind !== 'text',
  ).length;
  const boxLeftOut = slots[0]?.[1].kind === 'box' && draft.words.length > 0 && draft.words.length <= needed;
  const open = boxLeftOut ? slots.slice(1) : slots;
  for (const { word, at } of draft.words.slice(open.length)) {
    draft.at = at;
    tooMany(draft, word);
  }
  for (const [index, [name, param]] of open.entries()) {
    const word = draft.words[index];
    if (param.kind === 'text') {
      if (draft.text !== undefined && draft.text !== '') draft.values.set(name, draft.text);
    } else if (word !== undefined && param.kind !== 'switch') {
      draft.at = word.at;
      setValue(draft, name, param, word.word);
    }
  }
}

/** A word with no place. If it is a choice of an option that was not used, that was probably meant. */
function tooMany(draft: Draft, word: string): void {
  blame(draft, 'extra_words', `"${shown(word)}" is one word too many.`, true);
  draft.keepSwitches = false;
  for (const [name, param] of Object.entries(draft.command.params)) {
    if (param.kind === 'choice' && isOption(param) && param.choices.includes(word) && !draft.values.has(name))
      draft.values.set(name, word);
  }
}

function blameQuote(draft: Draft, quote: string): void {
  blame(
    draft,
    'unclosed_quote',
    `A quote ${quote} is opened and not closed. Close it, or type \\${quote} for the character itself.`,
    false,
  );
}

/** Every declared parameter, and nothing else. */
function argsOf(draft: Draft): Args {
  const args: Record<string, string | number | boolean | undefined> = {};
  for (const [name, param] of Object.entries(draft.command.params)) {
    const value = draft.values.get(name);
    args[name] = param.kind === 'switch' ? value === true && (draft.fault === undefined || draft.keepSwitches) : value;
  }
  return args;
}
