// Warns of variables that were probably meant for Shellbox but mean nothing to it.
import { nearest } from '../commands/suggest.ts';
import { strangeNames } from '../config/variables.ts';

export function warnOfStrangeNames(names: readonly string[], tell: (line: string) => void): void {
  for (const { name, meant } of strangeNames(names, nearestVariable)) {
    tell(`${name} means nothing here${meant === undefined ? '' : `; did you mean ${meant}?`}`);
  }
}

/** The nearest word is sought among small letters. */
function nearestVariable(name: string, known: readonly string[]): string | undefined {
  return nearest(
    name,
    known.map((one) => one.toLowerCase()),
  )?.toUpperCase();
}
