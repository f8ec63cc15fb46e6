// How far a typed word is from a known one, in slips of the fingers.
import { distance } from 'fastest-levenshtein';

/** Letters to put in, take out or change; a swapped pair of letters counts as one. */
export function slipsBetween(typed: string, known: string): number {
  const edits = distance(typed, known);
  return edits > 1 && sorted(typed) === sorted(known) ? edits - 1 : edits;
}

function sorted(word: string): string {
  return [...word].sort().join('');
}
