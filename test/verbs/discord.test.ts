// shellbox discord: the address at which the app is added, and the registration of the command; both as an operator reads them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { runDiscord } from '../../src/verbs/discord.ts';
import { type FakeDiscord, openDiscord } from '../fakes/discord/discord.ts';
import { PERMISSIONS } from '../fakes/discord/state.ts';

let discord: FakeDiscord;
beforeEach(async () => {
  discord = await openDiscord();
});
afterEach(async () => {
  await discord.close();
  expect(discord.faults()).toEqual([]);
});

/** What it prints with these words and this environment. */
async function printed(words: readonly string[], more: Record<string, string> = {}): Promise<string[]> {
  const lines: string[] = [];
  const env = {
    DISCORD_TOKEN: discord.app.token,
    DISCORD_APPLICATION_ID: discord.app.id,
    DISCORD_API_URL: discord.apiUrl,
    ...more,
  };
  await runDiscord(
    words,
    {
      version: '0.0.0',
      cwd: '/srv',
      out: (line) => lines.push(line),
      err: (line) => lines.push(line),
      config: async () => loadConfig(env, { isRoot: false, cwd: '/srv', providers: ['docker'] }),
      secrets: () => [],
      stopSignal: () => AbortSignal.timeout(10_000),
      terminal: () => undefined,
    },
    {},
  );
  return lines;
}

/** Where a person of the server finds `/shellbox`, once for each time that it shows. */
const shownIn = () => discord.registered().map(({ guildId }) => guildId ?? 'everywhere');

test('invite prints the address alone, for this application, and with the server where one is chosen', async () => {
  const [address = '', ...more] = await printed(['invite']);
  expect(more).toEqual([]);
  const { origin, pathname, searchParams } = new URL(address);
  expect(`${origin}${pathname}`).toBe('https://discord.com/oauth2/authorize');
  expect(searchParams.get('client_id')).toBe(discord.app.id);
  expect(searchParams.get('scope')?.split(' ').sort()).toEqual(['applications.commands', 'bot']);
  expect(searchParams.get('guild_id')).toBeNull();
  const [chosen = ''] = await printed(['invite'], { DISCORD_GUILD_ID: discord.guildId });
  expect(new URL(chosen).searchParams.get('guild_id')).toBe(discord.guildId);
});

test('invite asks for what the app has to be allowed, and for nothing else', async () => {
  const [address = ''] = await printed(['invite']);
  const asked = BigInt(new URL(address).searchParams.get('permissions') ?? '');
  expect(asked).toBe(Object.values(PERMISSIONS).reduce((all, bit) => all | bit, 0n));
});

test('register says whether anything was changed', async () => {
  expect(await printed(['register'])).toEqual(['✓ /shellbox is registered everywhere.']);
  expect(await printed(['register'])).toEqual(['/shellbox was registered everywhere already.']);
  expect(discord.registrations()).toBe(1);
});

test('a server that is chosen later has the command once, and nobody else has it', async () => {
  await printed(['register']);
  const here = { DISCORD_GUILD_ID: discord.guildId };
  expect(await printed(['register'], here)).toEqual([`✓ /shellbox is registered in server ${discord.guildId}.`]);
  expect(shownIn()).toEqual([discord.guildId]);
});

test('a server that the app is not in leaves the command where it was, and doctor is named', async () => {
  await printed(['register']);
  await expect(printed(['register'], { DISCORD_GUILD_ID: '80351110224678912' })).rejects.toMatchObject({
    code: 'discord_refused',
    remedy: expect.stringContaining('shellbox doctor'),
  });
  expect(shownIn()).toEqual(['everywhere']);
});

test('a Discord that does not answer is said, with where to look', async () => {
  await expect(printed(['register'], { DISCORD_API_URL: 'http://127.0.0.1:1/api' })).rejects.toMatchObject({
    code: 'discord_away',
    remedy: expect.stringContaining('DISCORD_API_URL'),
  });
});
