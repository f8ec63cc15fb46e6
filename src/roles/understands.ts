// Tells doors whether a line is a command, where it may as well be prose.
import { parse } from '../commands/parse.ts';
import { COMMANDS, findCommand } from '../commands/registry.ts';

/** A command with a fault in it is short; what is longer only begins with the same word. */
const MOST_WORDS = 3;

/** Whether it is a command, or a short one with a fault. */
export function understands(line: string): boolean {
  if (parse(line, COMMANDS).kind === 'command') return true;
  const words = line.trim().split(/\s+/);
  return words.length <= MOST_WORDS && findCommand(words[0] ?? '') !== undefined;
}
