// Box names: the rule, the words that cannot be names, and free names to offer.
import { COMMAND_WORDS } from './reserved.ts';

/** 3-32 characters, a-z, 0-9 and -, neither first nor last a hyphen. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/;
export const NAME_RULE = 'Use 3–32 of a–z, 0–9 and -, and no - at either end.';

export type NameFault =
  | { fault: 'character'; character: string }
  | { fault: 'length'; length: number }
  | { fault: 'hyphen' }
  | { fault: 'reserved' };

/** What is wrong with a (lower-cased) name, or undefined when it may be used. */
export function nameFault(name: string): NameFault | undefined {
  for (const character of name) if (!/^[a-z0-9-]$/.test(character)) return { fault: 'character', character };
  if (name.length < 3 || name.length > 32) return { fault: 'length', length: name.length };
  if (!NAME_PATTERN.test(name)) return { fault: 'hyphen' };
  if (COMMAND_WORDS.has(name)) return { fault: 'reserved' };
  return undefined;
}

const FIRST = ['amber', 'brisk', 'calm', 'clear', 'coral', 'dawn', 'fern', 'gold', 'green', 'lunar', 'mint', 'quiet', 'rapid', 'river', 'sunny', 'swift'];
const SECOND = ['acorn', 'birch', 'brook', 'cedar', 'cliff', 'cove', 'delta', 'finch', 'grove', 'heron', 'maple', 'otter', 'pine', 'reef', 'robin', 'wren'];

/** A readable name that is legal; `random` yields numbers in [0, 1). */
export function suggestName(random: () => number): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? 'box';
  return `${pick(FIRST)}-${pick(SECOND)}-${Math.floor(random() * 90) + 10}`;
}
