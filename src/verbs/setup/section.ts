// What setup asks about one part of the configuration, as data: questions, where each answer is found, and how all are tried.
import type { VariableName } from '../../config/variables.ts';
import type { Config, Environment } from '../../config.ts';
import type { Finding } from '../finding.ts';

export interface Question {
  variable: VariableName;
  /** What is asked for, in a few words. */
  what: string;
  /** Where it is found, or what it is for; a line each. */
  where?: readonly string[];
  /** Neither shown while it is typed, nor when it is set. */
  isSecret?: boolean;
  /** Taken when nothing is set and nothing is typed. */
  suggestion?: string;
  /** May stay unset. What that means stands in brackets. */
  without?: string;
  /** Asked only where this holds of what is set by then. */
  when?(set: Environment): boolean;
  /** Made instead of asked, where it is not set. */
  make?(): string;
}

export interface Section {
  title: string;
  /** Asked for only when somebody wants it; on where this variable is set. Undefined: always asked. */
  key?: VariableName;
  /** Taken away by a word it would be lost, with what it holds. */
  isForGood?: boolean;
  about: readonly string[];
  questions: readonly Question[];
  /** Tries the answers live. */
  look(config: Config, signal: AbortSignal): Promise<readonly Finding[]>;
  /** What to do when everything is written. */
  next(config: Config): readonly string[];
}
