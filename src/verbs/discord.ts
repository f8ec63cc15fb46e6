// discord register: tells Discord the slash command, as the doors do by themselves when it has changed.
import { createDiscordApi } from '../bots/discord/api.ts';
import { registerCommands } from '../bots/discord/commands.ts';
import { formsOf } from '../commands/forms.ts';
import { COMMANDS } from '../commands/registry.ts';
import { ShellboxError } from '../errors.ts';
import type { Run } from './verb.ts';

const REGISTER_MS = 30_000;

export const runDiscord: Run = async (words, around) => {
  if (words.length !== 1 || words[0] !== 'register')
    throw new ShellboxError('usage', 'There is "shellbox discord register".', { remedy: 'shellbox discord --help' });
  const { discord } = await around.config();
  if (discord === undefined)
    throw new ShellboxError('discord_off', 'The Discord door is off.', {
      remedy: 'Set DISCORD_TOKEN and DISCORD_APPLICATION_ID; docs/discord.md says where they are.',
    });
  const { token, apiUrl, applicationId, guildId } = discord;
  const api = createDiscordApi({ token, apiUrl });
  const forms = formsOf(COMMANDS);
  const changed = await registerCommands({ api, applicationId, guildId, forms }, AbortSignal.timeout(REGISTER_MS));
  const where = guildId === undefined ? 'everywhere' : `in server ${guildId}`;
  around.out(changed ? `✓ /shellbox is registered ${where}.` : `/shellbox was registered ${where} already.`);
  return 0;
};
