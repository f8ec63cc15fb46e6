// Reads one typed word as the value of a parameter: numbers, memory, disk, choices, names.
import { BOX_ID_PATTERN, describeNameFault, lowerCase, mendName, NAME_PATTERN, nameFault } from '../boxes/names.ts';
import { gib } from '../boxes/sizes.ts';
import { shown } from '../threads/shown.ts';
import type { Param } from './command.ts';
import { nearest } from './suggest.ts';

/** A parameter that takes one word. */
export type WordParam = Exclude<Param, { kind: 'switch' | 'text' }>;
export type Value = string | number;

/** `mended` is the nearest value that would be taken, where there is one. */
export type Reading =
  | { ok: true; value: Value }
  | { ok: false; fault: 'bad_name' | 'bad_value'; message: string; mended?: Value };

const MEMORY_EXAMPLES = '4g or 512m';
const DISK_EXAMPLES = '10g or 1t';

/** `label` is how the parameter is called towards people: `--memory`, `<name>`. */
export function readValue(param: WordParam, label: string, word: string): Reading {
  switch (param.kind) {
    case 'newName':
    case 'box':
      return readName(param.kind, word);
    case 'choice':
      return readChoice(param.choices, label, word);
    case 'word':
      return word === '' ? wrong(`${label} cannot be empty.`) : { ok: true, value: word };
    case 'count':
      return readCount(param, label, word);
    case 'memory':
      return readMemory(param, label, word);
    case 'disk':
      return readDisk(param, label, word);
  }
}

/** A live box may bear a word that was reserved after it was made, so of existing boxes only the form is asked; or it is its id. */
function readName(kind: 'newName' | 'box', word: string): Reading {
  const name = lowerCase(word);
  const fault = nameFault(name);
  if (fault === undefined || (kind === 'box' && (NAME_PATTERN.test(name) || BOX_ID_PATTERN.test(name))))
    return { ok: true, value: name };
  const mended = mendName(name, kind === 'newName');
  return {
    ok: false,
    fault: 'bad_name',
    message: describeNameFault(name, fault),
    ...(mended === undefined ? {} : { mended }),
  };
}

function readChoice(choices: readonly string[], label: string, word: string): Reading {
  const choice = lowerCase(word);
  if (choices.includes(choice)) return { ok: true, value: choice };
  return wrong(`${label} is ${alternatives(choices)}, not "${shown(word)}".`, nearest(choice, choices));
}

function readCount(param: { minimum: number; maximum: number }, label: string, word: string): Reading {
  if (!/^-?\d+$/.test(word))
    return wrong(`${label} takes a whole number from ${param.minimum} to ${param.maximum}, not "${shown(word)}".`);
  return within(Number(word), { ...param, unit: String }, label, word);
}

function readMemory(param: { minimumMiB: number; maximumMiB: number }, label: string, word: string): Reading {
  const range = { minimum: param.minimumMiB, maximum: param.maximumMiB, unit: gib };
  return readAmount(range, { MiB: 1, name: 'MiB', examples: MEMORY_EXAMPLES }, label, word);
}

function readDisk(param: { minimumGiB: number; maximumGiB: number }, label: string, word: string): Reading {
  const range = { minimum: param.minimumGiB, maximum: param.maximumGiB, unit: (value: number) => `${value} GiB` };
  return readAmount(range, { MiB: 1024, name: 'GiB', examples: DISK_EXAMPLES }, label, word);
}

const AMOUNT = /^(-?\d+(?:\.\d+)?) ?(?:([mgt])(?:i?b)?)?$/i;
const MIB_OF = { m: 1, g: 1024, t: 1_048_576 } as const;

function readAmount(
  range: Range,
  whole: { MiB: number; name: string; examples: string },
  label: string,
  word: string,
): Reading {
  const [, digits, letter] = AMOUNT.exec(word) ?? [];
  if (digits === undefined) return wrong(`${label} takes a size such as ${whole.examples}, not "${shown(word)}".`);
  const unit = letter?.toLowerCase();
  const factor = unit === 'm' || unit === 'g' || unit === 't' ? MIB_OF[unit] : MIB_OF.g;
  const amount = (Number(digits) * factor) / whole.MiB;
  const nearby = Math.min(range.maximum, Math.max(range.minimum, Math.ceil(amount)));
  if (unit === undefined) return wrong(`${label} needs a unit: ${whole.examples}, not "${shown(word)}".`, nearby);
  const inRange = within(amount, range, label, word);
  if (!inRange.ok || Number.isInteger(amount)) return inRange;
  return wrong(`${label} is counted in whole ${whole.name}; "${shown(word)}" is not whole.`, nearby);
}

interface Range {
  minimum: number;
  maximum: number;
  unit: (value: number) => string;
}

function within(value: number, { minimum, maximum, unit }: Range, label: string, word: string): Reading {
  if (value >= minimum && value <= maximum) return { ok: true, value };
  const fault = value > maximum ? 'too much' : 'too little';
  return wrong(
    `${label} takes ${unit(minimum)} to ${unit(maximum)}; ${shown(word)} is ${fault}.`,
    value > maximum ? maximum : minimum,
  );
}

/** The word that `readValue` reads as `value`. */
export function writeValue(kind: WordParam['kind'], value: Value): string {
  if (kind === 'memory') return Number(value) % 1024 === 0 ? `${Number(value) / 1024}g` : `${value}m`;
  return kind === 'disk' ? `${value}g` : String(value);
}

/** `small, medium or large` */
export function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function wrong(message: string, mended?: Value): Reading {
  return { ok: false, fault: 'bad_value', message, ...(mended === undefined ? {} : { mended }) };
}

/** A value to show where one is missing; undefined where there is none that fits everybody. */
export function exampleValue(param: WordParam): Value | undefined {
  switch (param.kind) {
    case 'choice':
      return param.choices[0];
    case 'count':
      return param.minimum;
    case 'memory':
      return Math.min(param.maximumMiB, Math.max(param.minimumMiB, 4096));
    case 'disk':
      return Math.min(param.maximumGiB, Math.max(param.minimumGiB, 10));
    default:
      return undefined;
  }
}
