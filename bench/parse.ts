// How long the grammar takes for the longest and the worst lines.
import { performance } from 'node:perf_hooks';
import type { Command } from '../src/commands/command.ts';
import { LONGEST_LINE } from '../src/commands/normalise.ts';
import { parse } from '../src/commands/parse.ts';
import { COMMANDS } from '../src/commands/registry.ts';

const ROUNDS = 100;
const LIMIT_MS = 5;

/** Lines of 10,000 characters, and lines at the limit that make every part of the grammar work hardest. */
function worstLines(): string[] {
  const full = (piece: string): string => piece.repeat(Math.ceil(LONGEST_LINE / piece.length)).slice(0, LONGEST_LINE);
  return [
    ...['x', 'stop mybox ', '\u200b', '"'].map((piece) => piece.repeat(10_000).slice(0, 10_000)),
    ...[
      'x',
      'x ',
      '`',
      '"',
      '\\',
      '-',
      '–',
      '.',
      '<',
      '<@U1>',
      '<mailto:',
      '<http://a|',
      'shellbox ',
      '4 gb ',
      '\u200b',
      'é',
    ].map(full),
    ...['stop ', 'stpo ', 'spinup ', 'spinup --', 'destroy --yes=', 'keys add ', 'help '].map(full),
    `spinup ${full('a b ')}`.slice(0, LONGEST_LINE),
    `spinup ${full('--size small ')}`.slice(0, LONGEST_LINE),
    `spinup ${full('--szie 4gb ')}`.slice(0, LONGEST_LINE),
    `keys add ssh-rsa ${full('A')}`.slice(0, LONGEST_LINE),
    `spinup ${full('-')}`.slice(0, LONGEST_LINE),
    `spinup a${full('_')}`.slice(0, LONGEST_LINE),
  ];
}

/** The 99th percentile over all these lines, in milliseconds. */
export function benchParse(commands: readonly Command[] = COMMANDS): {
  name: string;
  valueMs: number;
  limitMs: number;
} {
  const lines = worstLines();
  const tookMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const line of lines) {
      const start = performance.now();
      parse(line, commands);
      tookMs.push(performance.now() - start);
    }
  }
  tookMs.sort((one, other) => one - other);
  return {
    name: 'parse, 10,000 characters, p99',
    valueMs: tookMs[Math.floor(tookMs.length * 0.99)] ?? 0,
    limitMs: LIMIT_MS,
  };
}
