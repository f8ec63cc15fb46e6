// What a verb of the program is, and what it is given; everything of the process it needs comes in here.
import type { Config } from '../config.ts';

export interface Surroundings {
  version: string;
  /** One line on standard output, or on standard error. */
  out(line: string): void;
  err(line: string): void;
  /** Reads and checks the configuration. @throws ShellboxError `config` */
  config(): Promise<Config>;
  /** What the configuration read so far wants in no log. */
  secrets(): readonly string[];
  /** Aborted by the first SIGTERM or SIGINT; whoever wants more than the end of the process asks for it. */
  stopSignal(): AbortSignal;
}

export interface Verb {
  name: string;
  /** For the list of verbs. */
  summary: string;
  /** What follows the name, e.g. `<who> <tier>`; one line for each form. */
  forms: readonly string[];
  /** Options that take a value, without their dashes; the verb is given `--name` and the value as its first words. */
  options?: readonly string[];
  /** Further lines of its help. */
  details: readonly string[];
  /** Loads what the verb needs, which for help and wrong usage is nothing. */
  load(): Promise<Run>;
}

/** Resolves with the exit status; rejects with a ShellboxError that says what to do. */
export type Run = (words: readonly string[], around: Surroundings) => Promise<number>;
