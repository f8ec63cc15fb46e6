// What Discord delivers several times, to two processes at once, is done once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DiscordHouse, openDiscordHouse } from '../../support/discord-house.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

let store: TestStore;
let all: DiscordHouse;
beforeAll(async () => {
  store = await openTestStore();
  all = await openDiscordHouse({ secondHolds: store.db });
}, 60_000);
afterAll(async () => {
  await all.close();
  await store.close();
});

test('a slash command, a click and a mention, four times each to two processes', async () => {
  const { ana, discord, house, sees } = all;
  const thrice = () => {
    for (let more = 0; more < 3; more++) discord.gateway.repeat();
  };
  ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
  thrice();
  await sees(ana, '#dev', 'mybox is ready');
  const box = discord.messages('#dev').find(({ onlyFor }) => onlyFor === undefined)?.id ?? '';
  ana.clicks({ channel: box }, 'Stop');
  thrice();
  await sees(ana, '#dev', 'mybox is stopped');
  ana.says('@Shellbox start', { channel: box });
  thrice();
  const seen = await sees(ana, '#dev', /mybox is stopped[\s\S]*mybox is running: /);
  for (const [part, times] of [
    ['mybox is ready', 1],
    ['mybox is stopped', 1],
    ['mybox is running', 1],
    ['· ana ·', 1],
  ] as const)
    expect(seen.split(part).length - 1, part).toBe(times);
  const commands = await house.sql<{ verb: string }>('SELECT verb FROM commands ORDER BY id');
  expect(commands.map(({ verb }) => verb)).toEqual(['spinup', 'stop', 'start']);
  expect(discord.gateway.connections()).toBe(2);
});
