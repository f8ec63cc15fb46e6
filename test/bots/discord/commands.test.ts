// The slash command as Discord gets it: within its limits, and back to the line that a use of it stands for.
import { expect, test } from 'vitest';
import { definitionOf, lineOf } from '../../../src/bots/discord/commands.ts';
import { OPTIONS_MAX } from '../../../src/bots/discord/limits.ts';
import { interactionSchema } from '../../../src/bots/discord/payloads.ts';
import { formsOf } from '../../../src/commands/forms.ts';
import { COMMANDS } from '../../../src/commands/registry.ts';

const forms = formsOf(COMMANDS);
const { options } = definitionOf(forms);

test('every command is in it: those of two words in a group, the last ones in one together, with no more than Discord takes', () => {
  const names = options.flatMap(({ type, name, options: inner = [] }) =>
    type === 2 ? inner.map((one) => (name === 'more' ? one.name : `${name} ${one.name}`)) : [name],
  );
  expect(options.find(({ name }) => name === 'more')?.options?.map(({ name }) => name)).toContain('version');
  expect(names.sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
  expect(options.length).toBeLessThanOrEqual(OPTIONS_MAX);
  for (const { options: inner = [], description } of options) {
    expect(inner.length).toBeLessThanOrEqual(OPTIONS_MAX);
    expect(description.length).toBeGreaterThan(0);
  }
});

test.each([
  [{ name: 'stop', type: 1, options: [{ name: 'box', type: 3, value: 'mybox' }] }, 'stop mybox'],
  [{ name: 'more', type: 2, options: [{ name: 'version', type: 1, options: [] }] }, 'version'],
  [
    {
      name: 'admin',
      type: 2,
      options: [
        {
          name: 'tier',
          type: 1,
          options: [
            { name: 'who', type: 3, value: '<@123>' },
            { name: 'tier', type: 3, value: 'pro' },
          ],
        },
      ],
    },
    'admin tier "<@123>" pro',
  ],
])('a use of %j is a line', (option, line) => {
  const interaction = interactionSchema.parse({
    id: '1',
    application_id: '2',
    token: 't',
    channel: { id: '3', type: 0 },
    type: 2,
    data: { name: 'shellbox', options: [option] },
  });
  expect(interaction.type === 2 && lineOf(interaction, forms)).toBe(line);
});
