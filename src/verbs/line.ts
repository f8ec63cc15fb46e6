// Reads the program's line: the verb, the words behind it, and the options that the verb has.
import { parseArgs } from 'node:util';
import { ShellboxError } from '../errors.ts';
import { shown } from '../threads/shown.ts';
import { VERBS } from './registry.ts';
import type { Options, Verb } from './verb.ts';

export interface Line {
  /** The first word, which may be no verb. */
  word: string | undefined;
  verb: Verb | undefined;
  /** Those behind the first. */
  words: readonly string[];
  asksHelp: boolean;
  asksVersion: boolean;
  /** Those of the verb, by name. */
  options: Options;
}

const OWN = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const;

/** Of all verbs, so that the value of one that stands before its verb is not taken for the verb. */
const WITH_VALUE = Object.fromEntries(
  VERBS.flatMap(({ options = {} }) => Object.keys(options)).map((name) => [name, { type: 'string' } as const]),
);

/** @throws ShellboxError `usage` for an option that the verb has not, or not so */
export function readLine(args: readonly string[]): Line {
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options: { ...WITH_VALUE, ...OWN },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const [word, ...words] = positionals;
  const verb = VERBS.find(({ name }) => name === word);
  const known = verb?.options ?? {};
  const options: Record<string, string> = {};
  const own = new Set<string>();
  for (const token of tokens.filter((each) => each.kind === 'option')) {
    const { name, value } = token;
    const fault = Object.hasOwn(known, name) ? faultOfValue(token, options, known) : faultOfOwn(token);
    if (fault !== undefined) throw optionFault(token.rawName, fault, verb);
    if (Object.hasOwn(known, name)) options[name] = value ?? '';
    else own.add(name);
  }
  return { word, verb, words, asksHelp: own.has('help'), asksVersion: own.has('version'), options };
}

interface Given {
  name: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function faultOfOwn({ name, value }: Given): string | undefined {
  if (!Object.hasOwn(OWN, name)) return 'is not known';
  return value === undefined ? undefined : 'takes no value';
}

function faultOfValue({ name, value = '', inlineValue }: Given, before: Options, known: Options): string | undefined {
  // Another option in its place is never meant as the value, unless it stands behind a "=".
  if (value === '' || (inlineValue !== true && value.startsWith('-')))
    return `needs a value, as in --${name} ${known[name]}`;
  return Object.hasOwn(before, name) ? 'stands there twice' : undefined;
}

function optionFault(option: string, fault: string, verb: Verb | undefined): ShellboxError {
  const line = verb === undefined ? 'shellbox' : `shellbox ${verb.name}`;
  return new ShellboxError('usage', `"${line}": the option ${shown(option)} ${fault}.`, { remedy: `${line} --help` });
}
