// How a command is written, for people: its usage line and its help.
import { type Block, text, command as type } from '../threads/reply.ts';
import type { Command, Param } from './command.ts';
import { alternatives } from './values.ts';

/** Longer usage lines say `[options]`; what follows tells them one by one. */
const LONGEST_USAGE = 60;

/** Written `--name`, with or without a value. */
export function isOption(param: Param): boolean {
  return param.kind === 'switch' || ('flag' in param && param.flag === true);
}

/** `spinup [name] [options]`, `stop [box]`, `confirm <code>`. */
export function usageLine(command: Command): string {
  const all = Object.entries(command.params);
  const words = all
    .filter(([, param]) => !isOption(param))
    .map(([name, param]) => inBrackets(param, wordForm(name, param)));
  const options = all
    .filter(([, param]) => isOption(param))
    .map(([name, param]) => inBrackets(param, optionForm(name, param)));
  const line = [command.name, ...words, ...options].join(' ');
  return line.length > LONGEST_USAGE && options.length > 1 ? [command.name, ...words, '[options]'].join(' ') : line;
}

/** How a parameter is called in a sentence: `--size`, `<code>`. */
export function labelOf(name: string, param: Param): string {
  return isOption(param) ? `--${name}` : `<${name}>`;
}

/** What `help <command>` says. */
export function helpBlocks(command: Command): Block[] {
  const rows = Object.entries(command.params).map(([name, param]) => [
    isOption(param) ? optionForm(name, param) : wordForm(name, param),
    param.about,
  ]);
  return [
    text(`${command.name}: ${command.summary}`),
    text(`Usage: ${usageLine(command)}`),
    ...(rows.length === 0 ? [] : [{ kind: 'table', head: ['parameter', 'meaning'], rows } as const]),
    ...(command.details === undefined ? [] : [text(command.details)]),
    ...(command.aliases.length === 0 ? [] : [text(`Also: ${command.aliases.join(', ')}`)]),
    ...(command.examples.length === 0 ? [] : [text(command.examples.length === 1 ? 'Example:' : 'Examples:')]),
    ...command.examples.map((example) => type(example)),
  ];
}

/** What stands behind `--name` in a sentence about a value that is missing. */
export function valueHint(param: Param): string {
  switch (param.kind) {
    case 'choice':
      return alternatives(param.choices);
    case 'count':
      return `a whole number from ${param.minimum} to ${param.maximum}`;
    case 'memory':
      return 'such as 4g or 512m';
    case 'disk':
      return 'such as 10g';
    default:
      return param.about;
  }
}

function wordForm(name: string, param: Param): string {
  return param.kind === 'choice' ? param.choices.join('|') : name;
}

function optionForm(name: string, param: Param): string {
  switch (param.kind) {
    case 'switch':
      return `--${name}`;
    case 'choice':
      return `--${name} ${param.choices.join('|')}`;
    case 'count':
      return `--${name} n`;
    case 'memory':
      return `--${name} 4g`;
    case 'disk':
      return `--${name} 10g`;
    default:
      return `--${name} ${name.charAt(0)}`;
  }
}

function inBrackets(param: Param, form: string): string {
  return param.required === true ? (isOption(param) ? form : `<${form}>`) : `[${form}]`;
}
