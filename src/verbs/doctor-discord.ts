// What doctor says of the Discord door.
import { DiscordRefused } from '../bots/discord/api.ts';
import { checkDiscord, type DiscordHealth } from '../bots/discord/check.ts';
import { formsOf } from '../commands/forms.ts';
import { COMMANDS } from '../commands/registry.ts';
import type { Config } from '../config.ts';
import { type Finding, localAddresses } from './finding.ts';

type Discord = NonNullable<Config['discord']>;

const INVITE = 'Invite it anew with the address in docs/discord.md.';

/** Nothing when the door is off. */
export async function discordFindings({ discord, ssh }: Config): Promise<Finding[]> {
  if (discord === undefined) return [];
  const findings = await aboutApp(discord);
  return ssh.reached.isPublic ? findings : [...findings, localAddresses('Discord')];
}

async function aboutApp(discord: Discord): Promise<Finding[]> {
  try {
    return findingsOf(discord, await checkDiscord({ ...discord, forms: formsOf(COMMANDS) }));
  } catch (error) {
    const refused = error instanceof DiscordRefused && error.status === 401;
    return [
      refused
        ? {
            ok: false,
            what: 'Discord does not take the bot’s token',
            remedy: 'Make a new one on the application’s page Bot, and set DISCORD_TOKEN.',
          }
        : {
            ok: false,
            what: 'Discord does not answer',
            remedy: 'Check the way to it: DISCORD_API_URL, proxies, name resolution.',
          },
    ];
  }
}

function findingsOf({ applicationId, guildId }: Discord, health: DiscordHealth): Finding[] {
  const { servers } = health;
  if (health.applicationId !== applicationId)
    return [
      {
        ok: false,
        what: `Discord: the token is of application ${health.applicationId}, DISCORD_APPLICATION_ID says ${applicationId}`,
        remedy: 'Take both from the same application.',
      },
    ];
  if (servers.length === 0) return [{ ok: false, what: 'Discord: the app is in no server', remedy: INVITE }];
  const names = servers.map(({ name }) => name).join(', ');
  const all: Finding[] = [{ ok: true, what: `Discord: in ${names}` }];
  if (guildId !== undefined && !servers.some(({ id }) => id === guildId))
    all.push({ ok: false, what: `Discord: the app is not in DISCORD_GUILD_ID ${guildId}`, remedy: INVITE });
  for (const { name, missing } of servers)
    if (missing.length > 0)
      all.push({ ok: false, what: `Discord: in ${name} the app lacks ${missing.join(', ')}`, remedy: INVITE });
  if (health.isRegistered !== true)
    all.push({
      ok: false,
      what: 'Discord: /shellbox is not registered in its present form',
      remedy: 'Start Shellbox, which registers it, or: shellbox discord register',
    });
  return all;
}
