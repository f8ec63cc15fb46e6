// What a word names, or what it was probably meant to name.
import { lowerCase } from '../boxes/names.ts';
import { slipsBetween } from '../boxes/slips.ts';
import type { Command } from './command.ts';

/** Longer words are not compared: nothing we know is that long. */
const LONGEST_COMPARED = 24;
const SHORTEST_PREFIX = 3;

/** The command of that name or alias, in any case of letters. */
export function commandNamed(commands: readonly Command[], word: string): Command | undefined {
  const name = lowerCase(word);
  return commands.find((command) => command.name === name || command.aliases.includes(name));
}

/** The first words of commands that are written with two, such as `admin`. */
export function groupNames(commands: readonly Command[]): string[] {
  return [...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? name.split(' ', 1) : [])))];
}

/** The commands whose name begins with that word, in any case of letters. */
export function commandsIn(commands: readonly Command[], group: string): Command[] {
  return commands.filter(({ name }) => name.startsWith(`${lowerCase(group)} `));
}

/** A wrongly typed command: the name, alias or first word that was probably meant, and how many words of the line it stands for. */
export function nearestCommand(
  commands: readonly Command[],
  first: string,
  second: string | undefined,
): { name: string; words: 1 | 2 } | undefined {
  const words = commands.flatMap((command) => [command.name, ...command.aliases]);
  const candidates = [...words.filter((word) => !word.includes(' ')), ...groupNames(commands)];
  const alone = closest(first, candidates);
  const joined = second === undefined || first.length < 2 ? undefined : closest(first + second, candidates);
  if (joined !== undefined && joined.mistakes <= 1 && joined.mistakes <= (alone?.mistakes ?? 1))
    return { name: joined.candidate, words: 2 };
  return alone === undefined ? undefined : { name: alone.candidate, words: 1 };
}

/**
 * The candidate that was probably meant, or undefined. A swapped pair of letters counts as one mistake, and so does a word that
 * was not finished. A third of the letters may be wrong. Of equals, the first.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  return closest(word, candidates)?.candidate;
}

function closest(word: string, candidates: readonly string[]): { candidate: string; mistakes: number } | undefined {
  const typed = lowerCase(word);
  if (typed.length < 2 || typed.length > LONGEST_COMPARED) return undefined;
  const most = Math.max(1, Math.floor(typed.length / 3));
  let best: { candidate: string; mistakes: number } | undefined;
  for (const candidate of candidates) {
    const mistakes = mistakesIn(typed, candidate);
    if (mistakes < (best?.mistakes ?? most + 1)) best = { candidate, mistakes };
  }
  return best;
}

function mistakesIn(typed: string, candidate: string): number {
  if (typed.length >= SHORTEST_PREFIX && candidate.startsWith(typed)) return 1;
  return slipsBetween(typed, candidate);
}
