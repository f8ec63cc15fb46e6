// Short ways to ask the parser something in a test.
import { expect } from 'vitest';
import { type Parsed, parse } from '../../src/commands/parse.ts';
import { DECLARED } from './declarations.ts';

export const read = (line: string): Parsed => parse(line, DECLARED);

/** `stop {box: 'mybox'}`: the command and the arguments that were given. */
export function understood(line: string): Record<string, unknown> {
  const parsed = read(line);
  if (parsed.kind !== 'command') throw new Error(`${line} was not understood: ${JSON.stringify(parsed)}`);
  const given = Object.entries(parsed.args).filter(([, value]) => value !== undefined && value !== false);
  return { command: parsed.command.name, ...Object.fromEntries(given) };
}

/** The fault, what is said, and the line to type instead. */
export function refused(line: string): { fault: string; said: string; fix: string; buttons: string[] } {
  const parsed = read(line);
  if (parsed.kind !== 'usage') throw new Error(`${line} was understood: ${JSON.stringify(parsed)}`);
  const { blocks, outcome } = parsed.reply;
  expect(outcome).toBe('usage');
  const fixes = blocks.flatMap((block) => (block.kind === 'command' ? [block.command] : []));
  expect(fixes).toHaveLength(1);
  return {
    fault: parsed.fault,
    said: blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n'),
    fix: fixes.join(),
    buttons: blocks.flatMap((block) => (block.kind === 'actions' ? block.actions.map((action) => action.command) : [])),
  };
}
