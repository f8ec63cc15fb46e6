// What doctor says of Discord: nothing when it is off, the servers when all is well, and what is missing with what to do.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiscordApi } from '../../src/bots/discord/api.ts';
import { registerCommands } from '../../src/bots/discord/commands.ts';
import { inviteUrl } from '../../src/bots/discord/invite.ts';
import { formsOf } from '../../src/commands/forms.ts';
import { COMMANDS } from '../../src/commands/registry.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { secret } from '../../src/secret.ts';
import { discordFindings } from '../../src/verbs/doctor-discord.ts';
import { type FakeDiscord, openDiscord } from '../fakes/discord/discord.ts';

let discord: FakeDiscord;
beforeEach(async () => {
  discord = await openDiscord();
  const api = createDiscordApi({ token: secret(discord.app.token), apiUrl: discord.apiUrl });
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
const ELSEWHERE = '80351110224678912';
const WELL = { ok: true, what: 'Discord: in acme' };

function put(body: object[]): Promise<unknown> {
  const api = createDiscordApi({ token: secret(discord.app.token), apiUrl: discord.apiUrl });
  return api.call('PUT', `/applications/${discord.app.id}/commands`, { body, signal: AbortSignal.timeout(10_000) });
}

test('a door that is off is not looked at', async () => {
  expect(await discordFindings(loadConfig({}, SURROUNDINGS))).toEqual([]);
});

test('all being well is told with the servers', async () => {
  expect(await discordFindings(configOf())).toEqual([WELL]);
});

test('what the server is called, which others choose, does nothing to the terminal', async () => {
  const strange = await openDiscord({ serverName: 'ac\u001b[2Jme' });
  const theirs = {
    DISCORD_TOKEN: strange.app.token,
    DISCORD_APPLICATION_ID: strange.app.id,
    DISCORD_API_URL: strange.apiUrl,
  };
  const findings = await discordFindings(configOf(theirs));
  await strange.close();
  expect(findings).toMatchObject([{ what: 'Discord: in acU+001B[2Jme' }, {}]);
});

test('permissions that it lacks are named as Discord names them, with the address that grants them', async () => {
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
      remedy: expect.stringContaining(inviteUrl(discord.app.id, discord.guildId)),
    },
  ]);
});

test('in a server that is not the chosen one they are a remark', async () => {
  discord.app.permissions?.delete('AttachFiles');
  expect(await discordFindings(configOf({ DISCORD_GUILD_ID: ELSEWHERE }))).toContainEqual(
    expect.objectContaining({ what: 'Discord: in acme the app lacks Attach Files', isMinor: true }),
  );
});

test('an app that is in no server, or not in the one that is named, is to be added, and nothing is said of its command', async () => {
  expect(await discordFindings(configOf({ DISCORD_GUILD_ID: ELSEWHERE }))).toEqual([
    WELL,
    {
      ok: false,
      what: `Discord: the app is not in DISCORD_GUILD_ID ${ELSEWHERE}`,
      remedy: expect.stringContaining(inviteUrl(discord.app.id, ELSEWHERE)),
    },
  ]);
  discord.app.permissions = undefined;
  expect(await discordFindings(configOf())).toEqual([
    {
      ok: false,
      isAhead: true,
      what: 'Discord: the app is in no server',
      remedy: expect.stringContaining(inviteUrl(discord.app.id)),
    },
  ]);
});

test('a command that is not registered, is registered in another form, or may not be, is told', async () => {
  await put([]);
  expect(await discordFindings(configOf())).toMatchObject([
    WELL,
    { what: 'Discord: /shellbox is not registered', remedy: expect.stringContaining('shellbox discord register') },
  ]);
  await put([{ name: 'shellbox', description: 'Of a version before', type: 1 }]);
  expect(await discordFindings(configOf())).toMatchObject([
    WELL,
    { what: expect.stringContaining('in another form'), remedy: expect.stringContaining('shellbox discord register') },
  ]);
  discord.failNext('GET /applications/{application_id}/commands', { kind: 'refuse', with: 'missing access' });
  expect(await discordFindings(configOf())).toMatchObject([
    WELL,
    { what: expect.stringContaining('applications.commands'), remedy: expect.stringContaining('scope=bot+applic') },
  ]);
});

test('switches of the application that keep commands or servers away are told', async () => {
  discord.app.interactionsUrl = 'https://elsewhere.example/interactions';
  discord.app.needsCodeGrant = true;
  expect(await discordFindings(configOf())).toMatchObject([
    { ok: false, what: expect.stringContaining('Interactions Endpoint URL') },
    { ok: false, isMinor: true, what: expect.stringContaining('code grant') },
    WELL,
  ]);
});

test('an app that anybody may add, with accounts for everybody, is a remark', async () => {
  discord.app.isPublic = true;
  expect(await discordFindings(configOf({ DISCORD_SIGNUP: discord.guildId }))).toEqual([WELL]);
  expect(await discordFindings(configOf({ DISCORD_SIGNUP: 'open' }))).toMatchObject([
    { ok: false, isMinor: true, what: expect.stringContaining('DISCORD_SIGNUP=open') },
    WELL,
  ]);
});

test('another application’s token, one that is worth nothing, and a Discord that does not answer are told apart', async () => {
  expect(await discordFindings(configOf({ DISCORD_APPLICATION_ID: ELSEWHERE }))).toMatchObject([
    { ok: false, what: expect.stringContaining(`the token is of application ${discord.app.id}`) },
  ]);
  expect(await discordFindings(configOf({ DISCORD_API_URL: 'http://127.0.0.1:1/api' }))).toMatchObject([
    { ok: false, what: 'Discord does not answer' },
  ]);
  discord.failNext('GET /users/@me/guilds', { kind: 'wait', seconds: 41.2 });
  expect(await discordFindings(configOf())).toMatchObject([
    { ok: false, what: expect.stringContaining('asked too much'), remedy: 'Run doctor again in 42 s.' },
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
