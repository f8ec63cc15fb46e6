// The program's line: finds the verb, shows help, and turns every end into an exit status and a text for people.
import { nearest } from '../commands/suggest.ts';
import { ShellboxError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { shown } from '../threads/shown.ts';
import { readLine } from './line.ts';
import { VERBS } from './registry.ts';
import type { Options, Surroundings, Verb } from './verb.ts';

export const EXIT = { good: 0, failed: 1, wrongUse: 2 } as const;

/** Errors of the program itself, or of what it works with; every other one of ours is something the operator has to set right. */
const FAILURES: readonly string[] = [
  'account_ambiguous',
  'account_unknown',
  'backup_exists',
  'backup_missing',
  'backup_newer',
  'backup_unreadable',
  'backup_unwritable',
  'database_empty',
  'database_failed',
  'interrupted',
  'left_over',
  'leftover_running',
  'no_row',
  'postgres_failed',
  'redis_failed',
  'service_running',
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
  const { word, verb, words, asksHelp, asksVersion, options } = readLine(args);
  if (word === undefined && asksVersion) return run('version', [], around, {});
  if (word === undefined || word === 'help') return showHelp(words[0], asksHelp || word === 'help', around);
  if (verb === undefined) throw unknown(word);
  if (asksHelp) {
    for (const line of help(verb)) around.out(line);
    return EXIT.good;
  }
  if (words.length > 0 && !takesWords(verb))
    throw new ShellboxError('usage', `"shellbox ${word}" takes no further words.`, {
      remedy: `shellbox ${word} --help`,
    });
  return run(word, words, around, options);
}

function takesWords({ forms }: Verb): boolean {
  return forms.some((form) => form !== '' && !form.startsWith('--'));
}

async function run(word: string, words: readonly string[], around: Surroundings, options: Options): Promise<number> {
  const start = await VERBS.find(({ name }) => name === word)?.load();
  return start === undefined ? EXIT.wrongUse : start(words, around, options);
}

/** Help about a verb, or about all of them; when nobody asked for it, the line was wrong. */
function showHelp(about: string | undefined, asked: boolean, { out, err }: Surroundings): number {
  const verb = VERBS.find(({ name }) => name === about);
  if (about !== undefined && about !== 'help' && verb === undefined) throw unknown(about, 'help ');
  for (const line of verb === undefined ? overview() : help(verb)) (asked ? out : err)(line);
  return asked ? EXIT.good : EXIT.wrongUse;
}

/** `before` stands before the verb in the line that was probably meant. */
function unknown(word: string, before = ''): ShellboxError {
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
