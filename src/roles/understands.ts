// Tells doors whether a line is a command, where it may as well be prose.
import { parse } from '../commands/parse.ts';
import { COMMANDS, findCommand } from '../commands/registry.ts';
import type { Reply } from '../threads/reply.ts';

/** A command with a fault in it is short; what is longer only begins with the same word. */
const MOST_WORDS = 3;

/** Whether it is a command, or a short one with a fault; `nearly` also what is answered with the command that was probably meant. */
export function understands(line: string, how: 'well' | 'nearly' = 'well'): boolean {
  const parsed = parse(line, COMMANDS);
  if (parsed.kind === 'command') return true;
  const words = line.trim().split(/\s+/);
  if (words.length <= MOST_WORDS && findCommand(words[0] ?? '') !== undefined) return true;
  return how === 'nearly' && parsed.kind === 'usage' && suggests(parsed.reply);
}

function suggests({ blocks }: Reply): boolean {
  return blocks.some((block) => block.kind === 'command' && block.command !== 'help');
}
