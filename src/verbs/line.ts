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
  /** Those of the verb, by name; a flag's text is empty. */
  options: Options;
}

const OWN = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const;

/** For the parser: those with a value and those without. */
const typesOf = ({ options = {}, flags = [] }: Pick<Verb, 'options' | 'flags'>) => ({
  ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' } as const])),
  ...Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' } as const])),
});

/** Of all verbs, so that the value of an option that stands before its verb is not taken for the verb. */
const ANY = Object.fromEntries(VERBS.flatMap((verb) => Object.entries(typesOf(verb))));

/** @throws ShellboxError `usage` for an option that the verb has not, or not so */
export function readLine(args: readonly string[]): Line {
  const verb = verbOf(parsed(args, ANY).positionals);
  const { positionals, tokens } = parsed(args, verb === undefined ? ANY : typesOf(verb));
  const [word, ...words] = positionals;
  const known = verb?.options ?? {};
  const flags = verb?.flags ?? [];
  const options: Record<string, string> = {};
  const own = new Set<string>();
  for (const token of tokens.filter((each) => each.kind === 'option')) {
    const { name, value } = token;
    const isKnown = Object.hasOwn(known, name);
    const fault = isKnown ? faultOfValue(token, options, known) : faultOfFlag(token, flags);
    if (fault !== undefined) throw optionFault(token.rawName, fault, verb);
    if (isKnown || flags.includes(name)) options[name] = value ?? '';
    else own.add(name);
  }
  return { word, verb, words, asksHelp: own.has('help'), asksVersion: own.has('version'), options };
}

function parsed(args: readonly string[], types: ReturnType<typeof typesOf>) {
  const options = { ...types, ...OWN };
  return parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
}

const verbOf = ([word]: readonly string[]): Verb | undefined => VERBS.find(({ name }) => name === word);

interface Given {
  name: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function faultOfFlag({ name, value }: Given, flags: readonly string[]): string | undefined {
  if (!Object.hasOwn(OWN, name) && !flags.includes(name)) return 'is not known';
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
