// What holds for every line: it never throws, no name leaves the rule, and every answer says something that can be typed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BOX_ID_PATTERN, NAME_PATTERN, nameFault } from '../../src/boxes/names.ts';
import type { Command, Param } from '../../src/commands/command.ts';
import { parse } from '../../src/commands/parse.ts';
import { type Args, renderCommand } from '../../src/commands/render.ts';
import { amount, within } from '../fuzz/tries.ts';
import { DECLARED } from './declarations.ts';

const REAL = [
  ...[
    'spinup mybox',
    'spin up Pay_Fix',
    'spinup mybox --size medium',
    'provision mybox 2cpu 4gb 20gb',
    'create 2 cpu 4 gb',
  ],
  ...[
    'spinup api-dev --provider docker --cpu 2 --memory 4g --disk 10g',
    '@shellbox stop',
    'stop mybox.',
    'start mybox',
    'ls',
  ],
  ...[
    'destroy mybox --yes',
    'destroy mybox —yes',
    'rm "mybox"',
    'confirm 4831',
    'info mybox',
    'logs `mybox`',
    'ssh mybox',
    'status',
  ],
  ...[
    'keys',
    'keys add ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe ana@laptop',
    'help spinup',
  ],
  ...[
    'keys remove SHA256:V67lQC3PRWNGd3RRCvJppqi9TAuyyYYxy6FLkv1UVdg',
    'ssh-config',
    'sizes',
    'whoami',
    'version',
    '? stop',
    '-h',
  ],
  ...[
    'extend mybox 4h',
    `exec mybox make test 'a b' "c"`,
    '<@U1> `stop mybox`',
    'stop <http://my.box|mybox>',
    'spinup name:a size=small',
  ],
] as const;

const PIECES = [
  ...DECLARED.flatMap((command) => [
    command.name,
    ...command.aliases,
    ...Object.keys(command.params),
    ...Object.keys(command.params).map((name) => `--${name}`),
  ]),
  ...[
    'mybox',
    'My_Box',
    '4gb',
    '2cpu',
    '10',
    'cpu',
    '900t',
    '-1',
    '--',
    '-',
    '—',
    '–yes',
    '"',
    "'",
    '\\',
    '`',
    '```',
    '.',
    '!',
    '?',
    '…',
    '=',
    ':',
  ],
  ...[
    ' ',
    '\u00a0',
    '\n',
    '\u200b',
    '\u212a',
    'а',
    '\0',
    '\ud83d',
    '🙂',
    '<mailto:',
    '<http://',
    '|',
    '>',
    '<@U1>',
    'shellbox',
    '__proto__',
    'small',
    'add',
  ],
];

const randomLine = fc.oneof(
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
  { weight: 5, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 9 }).map((pieces) => pieces.join(' ')) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join('')) },
);

/** A real line with up to five characters or pieces put in, taken out or doubled. */
const mutatedLine = fc
  .tuple(
    fc.constantFrom(...REAL),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...PIECES), fc.nat(6)), { minLength: 1, maxLength: 5 }),
  )
  .map(([line, edits]) => edits.reduce(mutate, line));

function mutate(line: string, [place, how, piece, length]: [number, number, string, number]): string {
  const at = place % (line.length + 1);
  const [head, tail] = [line.slice(0, at), line.slice(at)];
  if (how === 0) return head + piece + tail;
  if (how === 1) return head + tail.slice(length);
  if (how === 2) return head + tail.slice(0, length) + tail;
  return head + piece + tail.slice(length);
}

function holds(line: string): void {
  const parsed = parse(line, DECLARED);
  if (parsed.kind === 'empty') return;
  if (parsed.kind === 'command') {
    inOrder(parsed.command, parsed.args);
    const again = parse(renderCommand(parsed.command, parsed.args), DECLARED);
    if (again.kind !== 'command' || again.command !== parsed.command)
      throw new Error(`${renderCommand(parsed.command, parsed.args)} is not read back`);
    expect(again.args).toEqual(parsed.args);
    return;
  }
  const { blocks, outcome } = parsed.reply;
  if (outcome !== 'usage') throw new Error('a fault is a usage error');
  let fixes = 0;
  for (const block of blocks) {
    if (block.kind === 'text') {
      if (block.text.length > 260 || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(block.text.replace('\n', '')))
        throw new Error(`not fit to be shown: ${block.text}`);
    } else if (block.kind === 'command') {
      fixes += 1;
      if (parse(block.command, DECLARED).kind !== 'command')
        throw new Error(`the suggestion is not understood: ${block.command}`);
    }
  }
  if (fixes !== 1) throw new Error(`${fixes} suggestions`);
}

/** The arguments are those declared, each of its type, and names are within the rule. */
function inOrder(command: Command, args: Args): void {
  if (Object.keys(args).some((key) => !Object.hasOwn(command.params, key)))
    throw new Error('an argument nobody declared');
  for (const [name, param] of Object.entries(command.params)) {
    const value = args[name];
    if (param.kind === 'switch' ? typeof value !== 'boolean' : value !== undefined && !fits(param, value))
      throw new Error(`${name} is ${String(value)}`);
  }
}

function fits(param: Param, value: string | number | boolean): boolean {
  switch (param.kind) {
    case 'newName':
      return typeof value === 'string' && NAME_PATTERN.test(value) && nameFault(value) === undefined;
    case 'box':
      return typeof value === 'string' && (NAME_PATTERN.test(value) || BOX_ID_PATTERN.test(value));
    case 'choice':
      return typeof value === 'string' && param.choices.includes(value);
    case 'count':
      return Number.isInteger(value) && Number(value) >= param.minimum && Number(value) <= param.maximum;
    case 'memory':
      return Number.isInteger(value) && Number(value) >= param.minimumMiB && Number(value) <= param.maximumMiB;
    case 'disk':
      return Number.isInteger(value) && Number(value) >= param.minimumGiB && Number(value) <= param.maximumGiB;
    default:
      return typeof value === 'string' && value !== '';
  }
}

test(
  '100,000 random lines',
  () => {
    fc.assert(fc.property(randomLine, holds), amount(100_000));
  },
  within(120_000),
);

test(
  '10,000 real lines, mutated',
  () => {
    fc.assert(fc.property(mutatedLine, holds), amount(10_000));
  },
  within(60_000),
);

test('the real lines themselves are commands, but for the two bad names', () => {
  const wrong = REAL.filter((line) => parse(line, DECLARED).kind !== 'command');
  expect(wrong).toEqual(['spin up Pay_Fix', 'spinup name:a size=small']);
});
