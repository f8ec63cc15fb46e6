// What doctor says of Discord: nothing when it is off, the servers when all is well, and what is missing with what to do.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiscordApi } from '../../src/bots/discord/api.ts';
import { registerCommands } from '../../src/bots/discord/commands.ts';
import { formsOf } from '../../src/commands/forms.ts';
import { COMMANDS } from '../../src/commands/registry.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { discordFindings } from '../../src/verbs/doctor-discord.ts';
import { type FakeDiscord, openDiscord } from '../fakes/discord/discord.ts';

let discord: FakeDiscord;
beforeEach(async () => {
  discord = await openDiscord();
  const api = createDiscordApi({ token: discord.app.token, apiUrl: discord.apiUrl });
  const app = { api, applicationId: discord.app.id, guildId: undefined, forms: formsOf(COMMANDS) };
  await registerCommands(app, AbortSignal.timeout(10_000));
});
afterEach(async () => {
  await discord.close();
  expect(discord.faults()).toEqual([]);
});

const SURROUNDINGS = { isRoot: false, cwd: '/srv', providers: ['docker'] };
const configOf = (more: Record<string, string> = {}): Config =>
  loadConfig(
    {
      DISCORD_TOKEN: discord.app.token,
      DISCORD_APPLICATION_ID: discord.app.id,
      DISCORD_API_URL: discord.apiUrl,
      SSH_PUBLIC_HOST: 'box.example.org',
      ...more,
    },
    SURROUNDINGS,
  );
const WELL = { ok: true, what: 'Discord: in acme' };

test('a door that is off is not looked at', async () => {
  expect(await discordFindings(loadConfig({}, SURROUNDINGS))).toEqual([]);
});

test('all being well is told with the servers', async () => {
  expect(await discordFindings(configOf())).toEqual([WELL]);
});

test('permissions that it lacks are named as Discord names them', async () => {
  discord.app.permissions = new Set([
    'ViewChannel',
    'SendMessages',
    'ReadMessageHistory',
    'AttachFiles',
    'SendMessagesInThreads',
  ]);
  expect(await discordFindings(configOf())).toEqual([
    WELL,
    {
      ok: false,
      what: 'Discord: in acme the app lacks Embed Links, Create Public Threads',
      remedy: expect.stringContaining('docs/discord.md'),
    },
  ]);
});

test('an app that is in no server, or not in the one that is named, is to be invited', async () => {
  expect(await discordFindings(configOf({ DISCORD_GUILD_ID: '80351110224678912' }))).toMatchObject([
    WELL,
    { ok: false, what: 'Discord: the app is not in DISCORD_GUILD_ID 80351110224678912' },
    { ok: false, what: expect.stringContaining('not registered') },
  ]);
  discord.app.permissions = undefined;
  expect(await discordFindings(configOf())).toMatchObject([{ ok: false, what: 'Discord: the app is in no server' }]);
});

test('a command that is not registered in its present form is told', async () => {
  const api = createDiscordApi({ token: discord.app.token, apiUrl: discord.apiUrl });
  await api.call('PUT', `/applications/${discord.app.id}/commands`, { body: [], signal: AbortSignal.timeout(10_000) });
  expect(await discordFindings(configOf())).toMatchObject([
    WELL,
    { ok: false, remedy: expect.stringContaining('shellbox discord register') },
  ]);
});

test('another application’s token, one that is worth nothing, and a Discord that does not answer are told apart', async () => {
  expect(await discordFindings(configOf({ DISCORD_APPLICATION_ID: '80351110224678912' }))).toMatchObject([
    { ok: false, what: expect.stringContaining(`the token is of application ${discord.app.id}`) },
  ]);
  expect(await discordFindings(configOf({ DISCORD_API_URL: 'http://127.0.0.1:1/api' }))).toMatchObject([
    { ok: false, what: 'Discord does not answer' },
  ]);
  discord.app.revoked = true;
  expect(await discordFindings(configOf())).toMatchObject([
    { ok: false, what: 'Discord does not take the bot’s token', remedy: expect.stringContaining('DISCORD_TOKEN') },
  ]);
});

test('addresses of this machine are no use to people in Discord', async () => {
  expect(await discordFindings(configOf({ SSH_PUBLIC_HOST: '' }))).toMatchObject([
    { ok: true },
    { ok: false, isMinor: true, what: expect.stringContaining('people in Discord') },
  ]);
});
