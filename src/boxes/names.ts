// Box names: the rule, the words that cannot be names, and names to offer instead.
import { shown, shownCharacter } from '../threads/shown.ts';
import { COMMAND_WORDS } from './reserved.ts';

const SHORTEST = 3;
export const LONGEST_NAME = 32;

/** 3-32 characters, a-z, 0-9 and -, neither first nor last a hyphen. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/;
/** A box's id, by which buttons name it: by then its name may stand for another. Too long to be a name. */
export const BOX_ID_PATTERN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NAME_RULE = 'Use 3–32 of a–z, 0–9 and -.';

export type NameFault =
  | { fault: 'character'; character: string }
  | { fault: 'length'; length: number }
  | { fault: 'hyphen' }
  | { fault: 'reserved' };

/** Lower case of A–Z alone: other letters have lower cases that look like a–z (the Kelvin sign's is k). */
export function lowerCase(value: string): string {
  return value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What is wrong with a (lower-cased) name, or undefined when it may be used. */
export function nameFault(name: string): NameFault | undefined {
  for (const character of name) if (!/^[a-z0-9-]$/.test(character)) return { fault: 'character', character };
  if (name.length < SHORTEST || name.length > LONGEST_NAME) return { fault: 'length', length: name.length };
  if (!NAME_PATTERN.test(name)) return { fault: 'hyphen' };
  if (COMMAND_WORDS.has(name)) return { fault: 'reserved' };
  return undefined;
}

/** The fault as a sentence or two, the rule included. */
export function describeNameFault(name: string, fault: NameFault): string {
  switch (fault.fault) {
    case 'character':
      return `${shownCharacter(fault.character)} cannot be in a box name. ${NAME_RULE}`;
    case 'length':
      return fault.length === 0
        ? `A box name cannot be empty. ${NAME_RULE}`
        : `"${shown(name)}" has ${fault.length} character${fault.length === 1 ? '' : 's'}. ${NAME_RULE}`;
    case 'hyphen':
      return `"${shown(name)}" begins or ends with -, which a box name cannot. ${NAME_RULE}`;
    case 'reserved':
      return `"${name}" is a word of Shellbox and cannot be a box name.`;
  }
}

/**
 * The nearest name that may be used: `Pay_Fix` gives `pay-fix`, `list` gives `list-box`; undefined when nothing is left of it. Of an
 * existing box (`isNew` false) nothing is added to what was typed: no box was meant by that.
 */
export function mendName(typed: string, isNew = true): string | undefined {
  const plain = lowerCase(
    typed
      .slice(0, LONGEST_NAME * 4)
      .normalize('NFKD')
      .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, ''),
  );
  const name = trimHyphens(trimHyphens(plain.replace(/[^a-z0-9-]+/g, '-')).slice(0, LONGEST_NAME));
  if (name === '') return undefined;
  const mended = nameFault(name) === undefined || !isNew ? name : `${name}-box`;
  return nameFault(mended) === undefined ? mended : undefined;
}

function trimHyphens(name: string): string {
  let [from, to] = [0, name.length];
  while (name[from] === '-') from += 1;
  while (to > from && name[to - 1] === '-') to -= 1;
  return name.slice(from, to);
}

/** `mybox-2`, or the next number from `first` on that is free; cut where it would be too long. */
export function nextName(name: string, taken: readonly string[], first: number): string {
  for (let number = first; ; number++) {
    const ending = `-${number}`;
    const other = `${name.slice(0, LONGEST_NAME - ending.length)}${ending}`;
    if (!taken.includes(other)) return other;
  }
}

const FIRST = [
  'amber',
  'brisk',
  'calm',
  'clear',
  'coral',
  'dawn',
  'fern',
  'gold',
  'green',
  'lunar',
  'mint',
  'quiet',
  'rapid',
  'river',
  'sunny',
  'swift',
];
const SECOND = [
  'acorn',
  'birch',
  'brook',
  'cedar',
  'cliff',
  'cove',
  'delta',
  'finch',
  'grove',
  'heron',
  'maple',
  'otter',
  'pine',
  'reef',
  'robin',
  'wren',
];

/** A readable name that is legal; `random` yields numbers in [0, 1). */
export function suggestName(random: () => number): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? 'box';
  return `${pick(FIRST)}-${pick(SECOND)}-${Math.floor(random() * 90) + 10}`;
}
