// A command's arguments while its line is read: what is known so far, the first fault, and what the line should have been.
import type { Command, Param } from './command.ts';
import type { UsageFault } from './faults.ts';
import { isOption, labelOf, valueHint } from './usage-line.ts';
import { exampleValue, readValue, type Value, type WordParam } from './values.ts';

/** A line with more faults is not guessed at. */
const MOST_FAULTS = 4;

export interface Draft {
  command: Command;
  /** By parameter; with faults mended, so that it can be rendered as the line that was probably meant. */
  values: Map<string, Value | boolean>;
  /** Positional words in their order, and the text that ends the line. */
  words: { word: string; at: number }[];
  text: string | undefined;
  fault: { code: UsageFault; message: string; at: number; param: string | undefined } | undefined;
  /** The place in the line that is being read; of several faults the first in the line is told. */
  at: number;
  /** False once a fault was found that cannot be mended. */
  mendable: boolean;
  faults: number;
  /** The mended line may be about another box than the one meant: it must not say `--yes` on its own. */
  keepSwitches: boolean;
}

export function newDraft(command: Command): Draft {
  return {
    command,
    values: new Map(),
    words: [],
    text: undefined,
    fault: undefined,
    at: 0,
    mendable: true,
    faults: 0,
    keepSwitches: true,
  };
}

/** Notes a fault at the place that is being read, with the parameter it is about where there is one. */
export function blame(draft: Draft, code: UsageFault, message: string, mended: boolean, param?: string): void {
  if (draft.fault === undefined || draft.at < draft.fault.at) draft.fault = { code, message, at: draft.at, param };
  draft.faults += 1;
  draft.mendable &&= mended && draft.faults <= MOST_FAULTS;
}

/** True when so much is wrong or too much that the rest of the line need not be read. */
export function isHopeless(draft: Draft): boolean {
  return draft.faults > MOST_FAULTS || draft.words.length > Object.keys(draft.command.params).length + MOST_FAULTS;
}

/** The parameter of that name, if the declaration itself has it. */
export function paramNamed(draft: Draft, name: string): Param | undefined {
  return Object.hasOwn(draft.command.params, name) ? draft.command.params[name] : undefined;
}

/** Reads `word` as the value of a parameter; `undefined`: its value is missing. A second value is a fault. */
export function setValue(draft: Draft, name: string, param: WordParam, word: string | undefined): void {
  const label = isOption(param) ? labelOf(name, param) : name;
  if (draft.values.has(name)) {
    blame(draft, 'repeated_option', `${label} is given twice; once is enough.`, true);
    return;
  }
  if (word === undefined || (word === '' && isOption(param))) {
    const example = exampleValue(param);
    blame(draft, 'missing_value', `${label} needs a value: ${valueHint(param)}.`, example !== undefined);
    if (example !== undefined) draft.values.set(name, example);
    return;
  }
  const reading = readValue(param, label, word);
  if (reading.ok) draft.values.set(name, reading.value);
  else {
    const mended = reading.mended ?? (isOption(param) ? exampleValue(param) : undefined);
    blame(draft, reading.fault, reading.message, mended !== undefined || mayBeLeftOut(param), name);
    if (mended !== undefined) draft.values.set(name, mended);
    if (param.kind === 'box') draft.keepSwitches = false;
  }
}

function mayBeLeftOut(param: Param): boolean {
  return param.required !== true && (isOption(param) || param.kind === 'newName');
}
