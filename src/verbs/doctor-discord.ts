// What doctor says of the Discord door.
import { DiscordRefused } from '../bots/discord/api.ts';
import { checkDiscord, type DiscordHealth, type DiscordServer } from '../bots/discord/check.ts';
import { inviteUrl } from '../bots/discord/invite.ts';
import { RateLimited } from '../bots/door.ts';
import { formsOf } from '../commands/forms.ts';
import { COMMANDS } from '../commands/registry.ts';
import type { Config } from '../config.ts';
import { type Finding, localAddresses } from './finding.ts';

type Discord = NonNullable<Config['discord']>;

const MOST_NAMED = 5;

/** Nothing when the door is off. */
export async function discordFindings({ discord, signUp, ssh }: Config): Promise<Finding[]> {
  if (discord === undefined) return [];
  const findings = await aboutApp(discord, signUp.discord === 'open');
  return ssh.reached.isPublic ? findings : [...findings, localAddresses('Discord')];
}

async function aboutApp(discord: Discord, isOpen: boolean): Promise<Finding[]> {
  try {
    return findingsOf(discord, isOpen, await checkDiscord({ ...discord, forms: formsOf(COMMANDS) }));
  } catch (error) {
    return [unanswered(error)];
  }
}

function unanswered(error: unknown): Finding {
  if (error instanceof RateLimited)
    return {
      ok: false,
      what: 'Discord has been asked too much and says nothing for now',
      remedy: `Run doctor again in ${Math.ceil(error.retryAfterMs / 1000)} s.`,
    };
  if (error instanceof DiscordRefused && error.status === 401)
    return {
      ok: false,
      what: 'Discord does not take the bot’s token',
      remedy: 'Make a new one on the application’s page Bot, and set DISCORD_TOKEN.',
    };
  return {
    ok: false,
    what: 'Discord does not answer',
    remedy: 'Check the way to it: DISCORD_API_URL, proxies, name resolution.',
  };
}

function findingsOf(discord: Discord, isOpen: boolean, health: DiscordHealth): Finding[] {
  const { applicationId, guildId } = discord;
  if (health.applicationId !== applicationId)
    return [
      {
        ok: false,
        what: `Discord: the token is of application ${health.applicationId}, DISCORD_APPLICATION_ID says ${applicationId}`,
        remedy: 'Take both from the same application.',
      },
    ];
  const isHome = ({ id }: DiscordServer): boolean => guildId === undefined || id === guildId;
  return [
    ...settings(health, isOpen),
    ...presence(discord, health),
    ...health.servers.flatMap((server) => permissions(applicationId, server, isHome(server))),
    ...(health.servers.some(isHome) ? command(discord, health) : []),
  ];
}

/** Switches on the application's own pages. */
function settings({ isPosted, isPublic, needsCodeGrant }: DiscordHealth, isOpen: boolean): Finding[] {
  const findings: Finding[] = [];
  if (isPosted)
    findings.push({
      ok: false,
      what: 'Discord: commands are posted to an Interactions Endpoint URL, so none of them reaches Shellbox',
      remedy: 'Empty that field on the application’s page General Information.',
    });
  if (needsCodeGrant)
    findings.push({
      ok: false,
      isMinor: true,
      what: 'Discord: nobody can add the app to a server: it requires an OAuth2 code grant',
      remedy: 'Switch that off on the application’s page Bot.',
    });
  if (isPublic && isOpen)
    findings.push({
      ok: false,
      isMinor: true,
      what: 'Discord: anybody may add the app to a server of theirs, and DISCORD_SIGNUP=open gives everybody an account',
      remedy: 'Name servers or roles in DISCORD_SIGNUP, or switch Public Bot off on the application’s page Bot.',
    });
  return findings;
}

function presence({ applicationId, guildId }: Discord, { servers }: DiscordHealth): Finding[] {
  const invite = `Add it as one who may manage the server: ${inviteUrl(applicationId, guildId)}`;
  if (servers.length === 0)
    return [{ ok: false, isAhead: true, what: 'Discord: the app is in no server', remedy: invite }];
  const names = servers.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = servers.length > MOST_NAMED ? ` and ${servers.length - MOST_NAMED} more` : '';
  const findings: Finding[] = [{ ok: true, what: `Discord: in ${names.join(', ')}${more}` }];
  if (guildId !== undefined && !servers.some(({ id }) => id === guildId))
    findings.push({ ok: false, what: `Discord: the app is not in DISCORD_GUILD_ID ${guildId}`, remedy: invite });
  return findings;
}

function permissions(applicationId: string, { id, name, missing }: DiscordServer, isHome: boolean): Finding[] {
  if (missing.length === 0) return [];
  const what = `Discord: in ${name} the app lacks ${missing.join(', ')}`;
  const remedy = `Give that to its role there, or add it again: ${inviteUrl(applicationId, id)}`;
  return [{ ok: false, what, remedy, ...(isHome ? {} : { isMinor: true }) }];
}

function command({ applicationId, guildId }: Discord, { registration }: DiscordHealth): Finding[] {
  if (registration === 'present') return [];
  if (registration === undefined)
    return [
      {
        ok: false,
        what: 'Discord: the app may have no commands there: it was added without the scope applications.commands',
        remedy: `Add it again: ${inviteUrl(applicationId, guildId)}`,
      },
    ];
  return [
    {
      ok: false,
      isAhead: true,
      what:
        registration === 'absent'
          ? 'Discord: /shellbox is not registered'
          : 'Discord: /shellbox is registered in another form than this version has',
      remedy: 'Start Shellbox, which registers it, or: shellbox discord register',
    },
  ];
}
