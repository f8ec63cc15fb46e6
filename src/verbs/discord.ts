// discord invite: where the app is added to a server. discord register: tells Discord the slash command, as the doors do by themselves.
import { createDiscordApi, DiscordRefused } from '../bots/discord/api.ts';
import { registerCommands } from '../bots/discord/commands.ts';
import { inviteUrl } from '../bots/discord/invite.ts';
import { formsOf } from '../commands/forms.ts';
import { COMMANDS } from '../commands/registry.ts';
import type { Config } from '../config.ts';
import { ShellboxError } from '../errors.ts';
import type { Run, Surroundings } from './verb.ts';

type Discord = NonNullable<Config['discord']>;

const REGISTER_MS = 30_000;

export const runDiscord: Run = async (words, around) => {
  const [what, ...rest] = words;
  if ((what !== 'register' && what !== 'invite') || rest.length > 0)
    throw new ShellboxError('usage', 'There are "shellbox discord invite" and "shellbox discord register".', {
      remedy: 'shellbox discord --help',
    });
  const { discord } = await around.config();
  if (discord === undefined)
    throw new ShellboxError('discord_off', 'The Discord door is off.', {
      remedy: 'Set DISCORD_TOKEN and DISCORD_APPLICATION_ID; docs/discord.md says where they are.',
    });
  if (what === 'invite') around.out(inviteUrl(discord.applicationId, discord.guildId));
  else await register(discord, around);
  return 0;
};

async function register({ token, apiUrl, applicationId, guildId }: Discord, { out }: Surroundings): Promise<void> {
  const api = createDiscordApi({ token, apiUrl });
  const forms = formsOf(COMMANDS);
  const where = guildId === undefined ? 'everywhere' : `in server ${guildId}`;
  try {
    const changed = await registerCommands({ api, applicationId, guildId, forms }, AbortSignal.timeout(REGISTER_MS));
    out(changed ? `✓ /shellbox is registered ${where}.` : `/shellbox was registered ${where} already.`);
  } catch (cause) {
    throw explained(cause, where);
  }
}

function explained(cause: unknown, where: string): unknown {
  if (cause instanceof DiscordRefused)
    return new ShellboxError('discord_refused', `Discord does not register /shellbox ${where}.`, {
      remedy: '"shellbox doctor" says what is wrong with the token, the application or the server.',
      cause,
    });
  if (cause instanceof ShellboxError) return cause;
  return new ShellboxError('discord_away', 'Discord does not answer.', {
    remedy: 'Check the way to it (DISCORD_API_URL, proxies), and try again.',
    cause,
  });
}
