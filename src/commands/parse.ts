// The one grammar of every door: a line of text becomes a command with its arguments, or an answer that says what to type.
import { lowerCase } from '../boxes/names.ts';
import { LATER_WORDS } from '../boxes/reserved.ts';
import { shown } from '../threads/shown.ts';
import { bind } from './bind.ts';
import type { Command } from './command.ts';
import { type Fault, type UsageError, usageError } from './faults.ts';
import { LONGEST_LINE, normalise, type Unfit, unfit } from './normalise.ts';
import { type Args, renderCommand } from './render.ts';
import { commandNamed, commandsIn, nearest, nearestCommand } from './suggest.ts';
import { type Token, tokenize } from './tokenize.ts';
import { usageLine } from './usage-line.ts';
import { alternatives } from './values.ts';
import { asksForHelp, wordOf } from './words.ts';

/**
 * - `command`: to be run. `args` holds every declared parameter and nothing else; with `boxMissing` the name of the box was left out.
 * - `usage`: not understood; `reply` says why and what to type, `fault` is for tests and counters.
 * - `empty`: nothing was typed.
 */
export type Parsed =
  | { kind: 'command'; command: Command; args: Args; boxMissing: boolean }
  | UsageError
  | { kind: 'empty' };

/** Pure, linear in the length of the line, never throws. Names in `args` are within the rule for names. */
export function parse(line: string, commands: readonly Command[]): Parsed {
  const refused = unfit(line);
  if (refused !== undefined) return usageError(explainUnfit(refused));
  const { plain, tokens } = read(normalise(line));
  const [first] = tokens;
  if (first === undefined) return { kind: 'empty' };
  const word = wordOf(first, tokens.length === 1);
  if (word === undefined || word === '') return { kind: 'empty' };
  if (asksForHelp(word) && !first.literal) return parseFor('help', plain, tokens.slice(1), commands);
  const second = tokens[1] && wordOf(tokens[1], tokens.length === 2);
  if (commandNamed(commands, word)) return parseFor(word, plain, tokens.slice(1), commands);
  const group = commandsIn(commands, word);
  if (group.length > 0) return parseInGroup({ word, second, group }, plain, tokens, commands);
  const joined = word.length < 2 ? '' : word + (second ?? '');
  if (commandNamed(commands, joined)) return parseFor(joined, plain, tokens.slice(2), commands);
  return unknown(word, second, plain, tokens, commands);
}

/** A command of two words, of which the first was right. */
function parseInGroup(
  { word, second, group }: { word: string; second: string | undefined; group: readonly Command[] },
  line: string,
  tokens: readonly Token[],
  commands: readonly Command[],
): Parsed {
  const first = lowerCase(word);
  if (second === undefined) {
    const words = group.map(({ name }) => name.slice(first.length + 1));
    return usageError({
      code: 'missing_argument',
      message: `${first} needs a word behind it: ${alternatives(words)}.`,
      fix: `help ${first}`,
    });
  }
  if (asksForHelp(second)) return parseFor('help', first, tokenize(first), commands);
  const name = `${first} ${lowerCase(second)}`;
  if (commandNamed(group, name)) return parseFor(name, line, tokens.slice(2), commands);
  const meant = nearest(
    lowerCase(second),
    group.map((one) => one.name.slice(first.length + 1)),
  );
  const rest = tokens[2];
  const message = `No command "${first} ${shown(second)}".`;
  if (meant === undefined)
    return usageError({ code: 'unknown_command', message: `${message} All of them:`, fix: `help ${first}` });
  const mended = rest === undefined ? `${first} ${meant}` : `${first} ${meant} ${line.slice(rest.start)}`;
  return usageError({
    code: 'unknown_command',
    message: `${message} Did you mean:`,
    fix: understood(mended, `${first} ${meant}`, commands),
  });
}

/** A line that stands in quotes as a whole is read without them. */
function read(line: string): { plain: string; tokens: Token[] } {
  const tokens = tokenize(line);
  const [only] = tokens;
  if (
    only === undefined ||
    tokens.length > 1 ||
    !only.literal ||
    only.unclosed !== undefined ||
    !only.value.includes(' ')
  )
    return { plain: line, tokens };
  const plain = normalise(only.value);
  return { plain, tokens: tokenize(plain) };
}

function parseFor(name: string, line: string, tokens: readonly Token[], commands: readonly Command[]): Parsed {
  const command = commandNamed(commands, name);
  if (command === undefined) return usageError(unknownFault(name));
  const bound = bind(command, line, tokens);
  switch (bound.kind) {
    case 'args':
      return { kind: 'command', command, args: bound.args, boxMissing: bound.boxMissing };
    case 'help':
      return command.name === 'help' ? helpFor(undefined, commands) : helpFor(command, commands);
    case 'fault': {
      return usageError({
        code: bound.code,
        message: bound.message,
        ...(NEEDS_USAGE.has(bound.code) ? { usage: usageLine(command) } : {}),
        fix: bound.fix ?? (bound.code === 'bad_name' ? 'list' : `help ${command.name}`),
        button: bound.code === 'bad_name' && bound.newName,
      });
    }
  }
}

const NEEDS_USAGE: ReadonlySet<string> = new Set(['extra_words', 'missing_argument']);

function helpFor(command: Command | undefined, commands: readonly Command[]): Parsed {
  const help = commandNamed(commands, 'help');
  if (help === undefined) return usageError(unknownFault('help'));
  return { kind: 'command', command: help, args: { command: command?.name }, boxMissing: false };
}

/** Nobody's name: the nearest one with the rest of the line kept, or mended where the rest is wrong too. */
function unknown(
  word: string,
  second: string | undefined,
  line: string,
  tokens: readonly Token[],
  commands: readonly Command[],
): Parsed {
  const near = nearestCommand(commands, word, second);
  // A word that another version knows is not a slip: `undestroy` must never become `destroy`.
  if (near === undefined || LATER_WORDS.has(lowerCase(word))) return usageError(unknownFault(word));
  const rest = tokens[near.words];
  const meant = rest === undefined ? near.name : `${near.name} ${line.slice(rest.start)}`;
  return usageError({
    code: 'unknown_command',
    message: `No command "${shown(word)}". Did you mean:`,
    fix: understood(meant, near.name, commands),
  });
}

/** `line` if it can be typed as it stands, else the nearest line that can. */
function understood(line: string, name: string, commands: readonly Command[]): string {
  const parsed = parse(line, commands);
  if (parsed.kind === 'command')
    return shown(line, LONGEST_LINE) === line ? line : renderCommand(parsed.command, parsed.args);
  const fix = parsed.kind === 'usage' ? parsed.reply.blocks.find((block) => block.kind === 'command') : undefined;
  return fix?.command ?? name;
}

function unknownFault(word: string): Fault {
  if (LATER_WORDS.has(lowerCase(word)))
    return { code: 'unknown_command', message: `"${shown(word)}" is not in this version. All commands:`, fix: 'help' };
  return { code: 'unknown_command', message: `No command "${shown(word)}". All of them:`, fix: 'help' };
}

function explainUnfit(refused: Unfit): Fault {
  if (refused.fault === 'bad_character') {
    return {
      code: 'bad_character',
      message: `${refused.character} cannot be in a command. What can be typed:`,
      fix: 'help',
    };
  }
  return {
    code: 'too_long',
    message: `This line is longer than a command can be, which is ${LONGEST_LINE.toLocaleString('en')} characters.`,
    fix: 'help',
  };
}
