// What is written out for a command is read back as that command.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameFault } from '../../src/boxes/names.ts';
import type { Param } from '../../src/commands/command.ts';
import { parse } from '../../src/commands/parse.ts';
import { type Args, renderCommand } from '../../src/commands/render.ts';
import { DECLARED } from './declarations.ts';

type Value = string | number | boolean;
const SEED = 20261121;

const nameText = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/).filter((name) => nameFault(name) === undefined);
const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 });

/** Any value that the parameter may have. */
function anyValue(param: Param): fc.Arbitrary<Value | undefined> {
  const value = settled(param);
  return param.required === true || param.kind === 'switch' || (param.kind === 'box' && param.optional !== true)
    ? value
    : fc.option(value, { nil: undefined });
}

function settled(param: Param): fc.Arbitrary<Value> {
  switch (param.kind) {
    case 'box':
    case 'newName':
      return nameText;
    case 'choice':
      return fc.constantFrom(...param.choices);
    case 'count':
      return fc.integer({ min: param.minimum, max: param.maximum });
    case 'memory':
      return fc.integer({ min: param.minimumMiB, max: param.maximumMiB });
    case 'disk':
      return fc.integer({ min: param.minimumGiB, max: param.maximumGiB });
    case 'switch':
      return fc.boolean();
    default:
      return printable;
  }
}

const rendered = fc.constantFrom(...DECLARED).chain((command) =>
  fc
    .record(Object.fromEntries(Object.entries(command.params).map(([name, param]) => [name, anyValue(param)])))
    // A text comes after the word that says what it is.
    .filter(({ action, key, value }) => value === undefined || (action ?? key) !== undefined)
    .map((args) => ({ command, args: args as Args })),
);

test('a command written out is read back as the same command', () => {
  fc.assert(
    fc.property(rendered, ({ command, args }) => {
      expect(parse(renderCommand(command, args), DECLARED)).toEqual({
        kind: 'command',
        command,
        args,
        boxMissing: 'box' in command.params && args.box === undefined,
      });
    }),
    { numRuns: 5_000, seed: SEED },
  );
});

test('words that mean more when typed bare are quoted', () => {
  const [spinup, exec] = ['spinup', 'exec'].map((name) => DECLARED.find((command) => command.name === name));
  if (spinup === undefined || exec === undefined) throw new Error('not declared');
  expect(renderCommand(spinup, { name: '4gb', memory: 4096 })).toBe('spinup "4gb" --memory 4g');
  expect(renderCommand(exec, { box: 'mybox', line: '? now' })).toBe('exec mybox "? now"');
  expect(renderCommand(exec, { box: 'mybox', line: '--help' })).toBe('exec mybox "--help"');
  expect(renderCommand(exec, { box: 'mybox', line: 'echo "a  b"' })).toBe('exec mybox echo "a  b"');
});
