// What a verb of the program is, and what it is given; everything of the process it needs comes in here.
import type { Config } from '../config.ts';
import type { Terminal } from './terminal.ts';

export interface Surroundings {
  version: string;
  /** Where it was started, and where .env is. */
  cwd: string;
  /** One line on standard output, or on standard error. */
  out(line: string): void;
  err(line: string): void;
  /** Reads and checks the configuration. @throws ShellboxError `config` */
  config(): Promise<Config>;
  /** What the configuration read so far wants in no log. */
  secrets(): readonly string[];
  /** Aborted by the first SIGTERM or SIGINT; whoever wants more than the end of the process asks for it. */
  stopSignal(): AbortSignal;
  /** Somebody who can be asked; undefined where standard input or output is no terminal. */
  terminal(): Terminal | undefined;
}

export interface Verb {
  name: string;
  /** For the list of verbs. */
  summary: string;
  /** What follows the name, e.g. `<who> <tier>`; one line for each form. */
  forms: readonly string[];
  /** Options with a value: the name without its dashes, and what the value looks like, e.g. `email:<address>`. None by default. */
  options?: Options;
  /** Options without a value, by name. None by default. */
  flags?: readonly string[];
  /** Further lines of its help. */
  details: readonly string[];
  /** Loads what the verb needs, which for help and wrong usage is nothing. */
  load(): Promise<Run>;
}

/** Texts by the name of an option; of a flag an empty one. */
export type Options = Readonly<Record<string, string>>;

/** Resolves with the exit status; rejects with a ShellboxError that says what to do. `options` holds those that were given, flags too. */
export type Run = (words: readonly string[], around: Surroundings, options: Options) => Promise<number>;
