// How a command is written: the usage line, the parameters in words, and the line that stands for parsed arguments.
import type { Command, Param } from './command.ts';
import { quoted } from './tokenize.ts';
import { normalise } from './normalise.ts';
import { tokenize } from './tokenize.ts';
import { readsAsSize } from './word-form.ts';
import { type Value, writeValue } from './values.ts';

export type Args = Readonly<Record<string, string | number | boolean | undefined>>;

/** Written `--name`, with or without a value. */
export function isOption(param: Param): boolean {
  return param.kind === 'switch' || ('flag' in param && param.flag === true);
}
