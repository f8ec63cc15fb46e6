// Slash commands registered at the Discord of tests.
import { type REST, Routes } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { restFor } from './bot.ts';
import { type FakeDiscord, openDiscord } from './discord.ts';

let discord: FakeDiscord;
let rest: REST;

let nowMs = 0;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 21, 14, 0);
  discord = await openDiscord({ now: () => nowMs });
  rest = restFor(discord);
});
afterEach(async () => {
  expect(discord.ownFaults()).toEqual([]);
  await discord.close();
});

const long = (length: number) => 'x'.repeat(length);

describe('commands', () => {
  const command = (more: object) => ({ name: 'shellbox', description: 'Dev boxes.', ...more });
  const put = (body: unknown) => rest.put(Routes.applicationCommands(discord.app.id), { body });

  it('are given back without what says nothing, under the same id', async () => {
    const options = [{ type: 3, name: 'name', description: 'Its name.', required: false, choices: [] }];
    await put([command({ options })]);
    const read = await rest.get(Routes.applicationCommands(discord.app.id));
    expect(read).toMatchObject([{ name: 'shellbox', options: [{ type: 3, name: 'name', description: 'Its name.' }] }]);
    expect(JSON.stringify(read)).not.toContain('required');
    const again = z.array(z.looseObject({ id: z.string() })).parse(await put([command({})]));
    expect(again[0]?.id).toBe(z.array(z.looseObject({ id: z.string() })).parse(read)[0]?.id);
    expect(discord.registrations()).toBe(2);
  });

  it.each([
    ['a name in capitals', { name: 'Shellbox' }],
    ['a description over 100', { description: long(101) }],
    [
      '26 choices',
      {
        options: [
          {
            type: 3,
            name: 'a',
            description: 'b',
            choices: Array.from({ length: 26 }, (_, n) => ({ name: `${n}`, value: `${n}` })),
          },
        ],
      },
    ],
    [
      'a required option after an optional one',
      {
        options: [
          { type: 3, name: 'a', description: 'b' },
          { type: 3, name: 'c', description: 'd', required: true },
        ],
      },
    ],
  ])('are refused with %s', async (_what, more) => {
    await expect(put([command(more)])).rejects.toMatchObject({ code: 50_035 });
    expect(discord.registrations()).toBe(0);
  });
});
