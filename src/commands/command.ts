// The declaration of a command: one object gives its parsing, help, visibility, rights and (in chats) its form.
import type { BoxState } from '../boxes/states.ts';
import type { Block, Reply } from '../threads/reply.ts';
import type { CommandContext } from './context.ts';

/**
 * One parameter. Without `flag` it is positional, in the order of declaration; with `flag` it is written `--name value`.
 * - `box`: one of the person's boxes, by name or id; `states` are those it is meant for, which are offered first. May be left out in a
 *   box's thread: the grammar marks it, the dispatcher fills it in. An `optional` one may be missing elsewhere too.
 * - `newName`: a name for a box to be made, checked against the rule.
 * - `choice`: one of `choices`. `word`: any single word; a `secret` one is not kept once it was read. `text`: all that is left, as
 *   typed; where a box stands before it, a first word that `opens` it says that the box was left out, and so does `--` with `afterDashes`.
 * - `count`: a whole number. `memory`: `4g`, `512m`, as MiB. `disk`: `10g`, as GiB.
 * - `switch`: `--yes`, without a value.
 */
export type Param = { about: string; required?: boolean } & (
  | { kind: 'box'; states?: readonly BoxState[]; optional?: true }
  | { kind: 'newName'; flag?: boolean }
  | { kind: 'choice'; choices: readonly string[]; flag?: boolean }
  | { kind: 'word'; flag?: boolean; secret?: boolean }
  | { kind: 'text'; opens?: (word: string) => boolean; afterDashes?: true }
  | { kind: 'count'; flag?: boolean; minimum: number; maximum: number }
  | { kind: 'memory'; flag?: boolean; minimumMiB: number; maximumMiB: number }
  | { kind: 'disk'; flag?: boolean; minimumGiB: number; maximumGiB: number }
  | { kind: 'switch' }
);
export type Params = { readonly [name: string]: Param };

type ValueOf<P> = P extends { kind: 'switch' }
  ? boolean
  : P extends { kind: 'choice'; choices: readonly (infer C)[] }
    ? C
    : P extends { kind: 'count' | 'memory' | 'disk' }
      ? number
      : string;
type Settled = { kind: 'switch' } | { kind: 'box'; optional?: never } | { required: true };

/** What `run` is given: switches and boxes (unless optional) always have a value, others only when required or typed. */
export type ArgsOf<P extends Params> = {
  [K in keyof P]: P[K] extends Settled ? ValueOf<P[K]> : ValueOf<P[K]> | undefined;
};

/** Who may run it. `key`: anybody who proved a key or address, even without an account. `admin`: operators. */
export type Audience = 'key' | 'account' | 'admin';

/** A command either answers at once, or its final reply comes from a job that it started or joined. */
export type CommandResult =
  | { kind: 'reply'; reply: Reply /** For the asker alone, whatever the command's own visibility. */; private?: true }
  | { kind: 'job'; jobId: string; boxId: string; notes?: readonly Block[] };

/** What a command may use before its transaction begins. */
export interface Outside {
  /** Aborts when it takes too long. */
  signal: AbortSignal;
  /** Where people's public keys are looked up: `<githubUrl>/<name>.keys`. */
  githubUrl: string;
}

export interface Command<P extends Params = Params, F = unknown> {
  name: string;
  aliases: readonly string[];
  /** One line for the list in `help`. */
  summary: string;
  /** What `help <command>` says beyond the parameters; whole sentences. */
  details?: string;
  /** As typed, without `shellbox`. */
  examples: readonly string[];
  params: P;
  /** `thread`: everybody in the thread may read the answer. Refusals are for the asker alone in any case. */
  visibility: 'thread' | 'private';
  audience: Audience;
  /**
   * Where a platform has dialogs, one asks for these parameters when none of them was given, as long as `when` (if there is one) has
   * the value named there. A value in `begun` is only the beginning of an answer, and the field is offered with it.
   */
  dialog?: {
    title: string;
    asks: readonly string[];
    when?: Readonly<Record<string, string>>;
    begun?: Readonly<Record<string, readonly string[]>>;
  };
  /** True when it changes nothing, so that it can run without locks and again. */
  readOnly: boolean;
  /**
   * True when it may join accounts: then it locks them itself, in one order, and finds the asker's not held yet. Others find it held: it
   * is not joined to another one before their transaction has ended.
   */
  joinsAccounts?: boolean;
  /**
   * What has to be fetched from elsewhere for these arguments, if anything. It is fetched once the asker was found to be allowed to ask,
   * outside every transaction, with a deadline; possibly more than once. What it rejects with is answered like what `run` rejects with.
   */
  prepare?(args: ArgsOf<P>): ((outside: Outside) => Promise<F>) | undefined;
  /** `fetched`: what `prepare` asked for; undefined when it asked for nothing. */
  run(context: CommandContext, args: ArgsOf<P>, fetched?: F): Promise<CommandResult>;
}

/** Checks a declaration's types; the registry holds the result. */
export function defineCommand<const P extends Params, F = undefined>(command: Command<P, F>): Command {
  return command;
}
