// Every route of the Discord of tests is one of Discord's, and what it reads fits Discord's own description.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restFor } from './bot.ts';
import { type FakeDiscord, openDiscord } from './discord.ts';
import { loadOpenApi, openApiFile } from './openapi.ts';
import { ROUTES } from './routes/registry.ts';

const hasData = openApiFile() !== undefined;
let discord: FakeDiscord;

beforeEach(async () => {
  discord = await openDiscord();
});
afterEach(() => discord.close());

describe.skipIf(!hasData)("routes against Discord's description (needs the contract data)", () => {
  it.each(ROUTES.map(({ name }) => name))('knows %s', (name) => {
    expect(loadOpenApi()?.requestErrors(name, {})).toBeDefined();
  });

  it.each([
    '/gateway/bot',
    '/users/@me',
    '/applications/@me',
    '/guilds/:guild',
    '/guilds/:guild/channels',
    '/guilds/:guild/members/:ana',
    '/users/:ana',
    '/channels/:dev',
    '/channels/:dm',
  ] as const)('reads %s as Discord writes it', async (path) => {
    const ana = discord.user('ana');
    const ids = { guild: discord.guildId, ana: ana.id, dev: discord.addChannel('dev').id, dm: ana.dm };
    const filled = Object.entries(ids).reduce((done, [name, id]) => done.replace(`:${name}`, id), path as string);
    await restFor(discord).get(`/${filled.slice(1)}`);
    expect(discord.ownFaults()).toEqual([]);
  });
});

it('answers 404 to what is no route', async () => {
  await expect(restFor(discord).get('/nowhere')).rejects.toMatchObject({ status: 404 });
});
