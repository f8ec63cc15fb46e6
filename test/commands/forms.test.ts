// Forms of the real commands: what is filled in becomes the line that a person would have typed, and nothing else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formsOf } from '../../src/commands/forms.ts';
import { parse } from '../../src/commands/parse.ts';
import { COMMANDS } from '../../src/commands/registry.ts';

const forms = formsOf(COMMANDS);

test('every command has a form with its parameters', () => {
  expect(forms.commands.map((form) => form.name)).toEqual(COMMANDS.map((command) => command.name));
  const spinup = forms.commands.find((form) => form.name === 'spinup');
  expect(spinup?.fields.find((field) => field.name === 'size')).toMatchObject({ kind: 'choice', required: false });
  expect(spinup?.fields.find((field) => field.name === 'cpu')).toMatchObject({ minimum: 1, maximum: 64 });
  const start = forms.commands.find((form) => form.name === 'start');
  expect(start?.fields).toMatchObject([{ kind: 'box', states: ['stopped', 'error'] }]);
});

describe('a filled-in form', () => {
  test.each([
    ['spinup', { name: 'mybox', size: 'small' }, 'spinup mybox --size small'],
    ['spinup', { name: 'mybox', cpu: 2, memory: '4g' }, 'spinup mybox --cpu 2 --memory 4g'],
    ['destroy', { box: 'mybox', yes: true }, 'destroy mybox --yes'],
    ['destroy', { box: 'mybox', yes: false }, 'destroy mybox'],
    ['keys', { action: 'add', value: 'ssh-ed25519 AAAA\nana@laptop ' }, 'keys add ssh-ed25519 AAAA ana@laptop'],
    ['list', {}, 'list'],
  ])('%s %o is typed as %s', (command, values, line) => {
    expect(forms.write(command, values)).toBe(line);
  });

  test('with what cannot be read keeps it, so that the answer says what is wrong', () => {
    const parsed = parse(forms.write('spinup', { name: 'Pay_Fix' }), COMMANDS);
    expect(parsed).toMatchObject({ kind: 'usage', fault: 'bad_name' });
  });

  test('never becomes another command, nor two of them', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.integer(),
      fc.boolean(),
      fc.constant('a\nlist'),
    );
    for (const form of forms.commands) {
      const values = fc.record(
        Object.fromEntries(form.fields.map((field) => [field.name, fc.option(value, { nil: undefined })])),
      );
      fc.assert(
        fc.property(values, (filled) => {
          const line = forms.write(form.name, filled);
          expect(line).not.toContain('\n');
          const parsed = parse(line, COMMANDS);
          if (parsed.kind === 'command' && parsed.command.name !== 'help') expect(parsed.command.name).toBe(form.name);
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('a dialog', () => {
  test.each([
    ['spinup', 'spinup', ['name', 'size']],
    ['spin up', 'spinup', ['name', 'size']],
    ['spinup --provider docker', 'spinup', ['name', 'size']],
    ['keys add', 'keys', ['value']],
  ])('is there for %s', (line, command, fields) => {
    const dialog = forms.dialogFor(line);
    expect([dialog?.command, dialog?.fields.map((field) => field.name)]).toEqual([command, fields]);
  });

  test.each(['spinup mybox', 'spinup --size small', 'keys', 'keys add ssh-ed25519 AAAA', 'list', 'stpo', ''])(
    'is not there for "%s"',
    (line) => {
      expect(forms.dialogFor(line)).toBeUndefined();
    },
  );

  test('goes on from what was only begun', () => {
    const dialog = forms.dialogFor('keys add github:');
    expect(dialog?.fields).toMatchObject([{ name: 'value', initial: 'github:' }]);
    expect(forms.dialogFor('keys add')?.fields[0]).not.toHaveProperty('initial');
    expect(forms.dialogFor('keys add github:ana')).toBeUndefined();
    expect(forms.write('keys', { ...dialog?.given, value: 'github:ana' })).toBe('keys add github:ana');
  });

  test('and what was typed before it make one line', () => {
    const dialog = forms.dialogFor('keys add');
    expect(forms.write('keys', { ...dialog?.given, value: 'ssh-ed25519 AAAA ana' })).toBe(
      'keys add ssh-ed25519 AAAA ana',
    );
  });
});
