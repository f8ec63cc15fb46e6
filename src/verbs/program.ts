// The program's line: finds the verb, shows help, and turns every end into an exit status and a text for people.
import { parseArgs } from 'node:util';
import { nearest } from '../commands/suggest.ts';
import { ShellboxError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { shown } from '../threads/shown.ts';
import { LATER, VERBS } from './registry.ts';
import type { Surroundings, Verb } from './verb.ts';

export const EXIT = { good: 0, failed: 1, wrongUse: 2 } as const;

/** Errors of the program itself, or of what it works with; every other one of ours is something the operator has to set right. */
const FAILURES: readonly string[] = [
  'account_ambiguous',
  'account_unknown',
  'database_failed',
  'leftover_running',
  'no_row',
  'postgres_failed',
  'redis_failed',
];

/** Runs one line of the program and resolves with its exit status; never rejects. */
export async function runProgram(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    return await dispatch(args, around);
  } catch (error) {
    return tell(error, around);
  }
}

async function dispatch(args: readonly string[], around: Surroundings): Promise<number> {
  const { asksHelp, asksVersion, words: all, options } = parse(args);
  const [word, ...words] = all;
  const verb = VERBS.find(({ name }) => name === word);
  checkOptions(options, verb);
  if (word === undefined && asksVersion) return run('version', [], around);
  if (word === undefined || word === 'help') return showHelp(words[0], asksHelp || word === 'help', around);
  if (verb === undefined) throw unknown(word);
  if (asksHelp) {
    for (const line of help(verb)) around.out(line);
    return EXIT.good;
  }
  if (words.length > 0 && verb.forms.every((form) => form === ''))
    throw new ShellboxError('usage', `"shellbox ${word}" takes no further words.`, {
      remedy: `shellbox ${word} --help`,
    });
  const given = options.flatMap(({ rawName, value }) => [rawName, value ?? '']);
  return run(word, [...given, ...words], around);
}

async function run(word: string, words: readonly string[], around: Surroundings): Promise<number> {
  const start = await VERBS.find(({ name }) => name === word)?.load();
  return start === undefined ? EXIT.wrongUse : start(words, around);
}

/** Help about a verb, or about all of them; when nobody asked for it, the line was wrong. */
function showHelp(about: string | undefined, asked: boolean, { out, err }: Surroundings): number {
  const verb = VERBS.find(({ name }) => name === about);
  if (about !== undefined && about !== 'help' && verb === undefined) throw unknown(about, 'help ');
  for (const line of verb === undefined ? overview() : help(verb)) (asked ? out : err)(line);
  return asked ? EXIT.good : EXIT.wrongUse;
}

const OPTIONS = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const;

interface GivenOption {
  name: string;
  /** As it was typed, with its dashes. */
  rawName: string;
  value: string | undefined;
}

interface Line {
  words: readonly string[];
  asksHelp: boolean;
  asksVersion: boolean;
  /** All but the two that every verb has. */
  options: readonly GivenOption[];
}

function parse(args: readonly string[]): Line {
  const ofVerbs = VERBS.flatMap(({ options = [] }) => options.map((name) => [name, { type: 'string' }] as const));
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options: { ...OPTIONS, ...Object.fromEntries(ofVerbs) },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token] : []));
  const asks = (wanted: string) => given.some(({ name }) => name === wanted);
  const options = given
    .filter(({ name, value }) => !Object.hasOwn(OPTIONS, name) || value !== undefined)
    .map(({ name, rawName, value }) => ({ name, rawName, value }));
  return { words: positionals, asksHelp: asks('help'), asksVersion: asks('version'), options };
}

/** @throws ShellboxError `usage` for the first that the verb does not have, or that lacks its value */
function checkOptions(options: readonly GivenOption[], verb: Verb | undefined): void {
  const line = verb === undefined ? 'shellbox' : `shellbox ${verb.name}`;
  for (const { name, rawName, value } of options) {
    if (verb?.options?.includes(name) && value !== undefined) continue;
    const fault = Object.hasOwn(OPTIONS, name)
      ? 'takes no value'
      : verb?.options?.includes(name)
        ? 'needs a value'
        : 'is not known';
    throw new ShellboxError('usage', `"${line}": the option ${shown(rawName)} ${fault}.`, {
      remedy: `${line} --help`,
    });
  }
}

/** `before` stands before the verb in the line that was probably meant. */
function unknown(word: string, before = ''): ShellboxError {
  if (LATER.includes(word))
    return new ShellboxError('usage', `"${shown(word)}" is not in this version.`, { remedy: 'shellbox --help' });
  const meant = nearest(
    word,
    VERBS.map(({ name }) => name),
  );
  return new ShellboxError('usage', `No verb "${shown(word)}".`, {
    remedy: meant === undefined ? 'shellbox --help' : `Did you mean:  shellbox ${before}${meant}`,
  });
}

function overview(): string[] {
  const width = Math.max(...VERBS.map(({ name }) => name.length));
  return [
    'Usage: shellbox <verb>',
    '',
    ...VERBS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'shellbox <verb> --help says more. Configuration comes from the environment and the file .env;',
    '.env.example explains it. Exit status: 0 good, 1 failed, 2 wrong usage or configuration.',
  ];
}

function help({ name, summary, forms, details }: Verb): string[] {
  const usage = forms.map(
    (form, place) => `${place === 0 ? 'Usage:' : '      '} shellbox ${`${name} ${form}`.trimEnd()}`,
  );
  const more = details.length === 0 ? [] : ['', ...details];
  return [...usage, '', `${summary[0]?.toUpperCase()}${summary.slice(1)}.`, ...more];
}

/** Our own errors carry their text; what is underneath goes through the log, which removes secrets, when the text is not enough. */
function tell(error: unknown, { err, secrets }: Surroundings): number {
  const isOurs = error instanceof ShellboxError;
  const isFailure = !isOurs || FAILURES.includes(error.code);
  if (!isOurs || (isFailure && error.cause !== undefined)) {
    const destination = { write: (line: string) => err(line.trimEnd()) };
    createLogger({ level: 'error', secrets: secrets(), destination }).error({ error }, 'failed');
  }
  if (!isOurs) {
    err('Something went wrong that nobody foresaw; the line above is for the people who make Shellbox.');
    return EXIT.failed;
  }
  err(error.message);
  if (error.remedy !== undefined) err(error.remedy);
  return isFailure ? EXIT.failed : EXIT.wrongUse;
}
