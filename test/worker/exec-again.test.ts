// What is offered after a line that ran: typed at a door, or in a shell before `ssh`, it runs the line that was typed.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from '../../src/commands/parse.ts';
import { COMMANDS } from '../../src/commands/registry.ts';
import type { Block } from '../../src/threads/reply.ts';
import { forLonger, keepingAll } from '../../src/worker/exec-again.ts';

const SEED = 20261122;

function argsOf(line: string): Record<string, unknown> | undefined {
  const parsed = parse(line, COMMANDS);
  return parsed.kind === 'command' && parsed.command.name === 'exec' ? parsed.args : undefined;
}

const offered = (blocks: readonly Block[]): string | undefined =>
  blocks.find((block) => block.kind === 'command')?.command;

/** Lines as a job has them: what the parser made of something typed. */
const pieces = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }),
  fc.constantFrom(
    '&&',
    ';',
    '|',
    "'a b'",
    '"$HOME"',
    "don't",
    '\\',
    '--help',
    '-la',
    '?',
    '#',
    '(cd x)',
    '4gb',
    'a.',
    "'",
    '…',
    '🙂',
  ),
);
const lines = fc
  .array(pieces, { minLength: 1, maxLength: 40 })
  .map((words) => argsOf(`exec mybox -- ${words.join(' ')}`)?.command)
  .filter((line) => typeof line === 'string');

test('a line that is offered is the line that was typed, whole and within its quotes', () => {
  let offers = 0;
  fc.assert(
    fc.property(lines, (line) => {
      const longer = offered(forLonger('mybox', line, 60));
      if (longer !== undefined) expect(argsOf(longer)).toMatchObject({ box: 'mybox', command: line, minutes: 60 });
      const all = offered(keepingAll('mybox', line));
      if (all === undefined) return;
      offers += 1;
      expect(argsOf(all)).toMatchObject({ box: 'mybox', command: `(${line}) > out.log 2>&1` });
    }),
    { numRuns: 1_000, seed: SEED },
  );
  expect(offers).toBeGreaterThan(100);
});

test.each([
  'npm ci && npm test',
  "grep -r 'a b' . | sed \"s/'/x/\" && rm -rf /home/dev/cache/old /home/dev/work/project",
  'echo $HOME; exit 3',
])('a shell that has %j typed before ssh runs none of it, and hands it on whole', (line) => {
  const words = (typed: string | undefined) =>
    execFileSync('/bin/sh', ['-c', `set -- ${typed}; printf '%s' "$*"`], { encoding: 'utf8' });
  expect(argsOf(words(offered(keepingAll('mybox', line))))).toMatchObject({ command: `(${line}) > out.log 2>&1` });
  expect(argsOf(words(offered(forLonger('mybox', line, 60))))).toMatchObject({ command: line, minutes: 60 });
});

test.each(['x'.repeat(201), 'echo `date`', 'echo a\u200bb'])(
  'no line is offered that would be another one: %j',
  (line) => {
    expect(offered(keepingAll('mybox', line))).toBe(undefined);
    expect(offered(forLonger('mybox', line, 60))).toBe(undefined);
  },
);

test.each(['make # all of it', 'make \\'])('%j is not put into brackets', (line) => {
  expect(offered(keepingAll('mybox', line))).toBe(undefined);
});

test('plain words stand as they are', () => {
  expect(offered(forLonger('mybox', 'make -j 2 all', 60))).toBe('exec mybox --minutes 60 -- make -j 2 all');
});
