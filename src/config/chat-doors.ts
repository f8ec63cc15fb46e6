// The chat doors' part of the configuration: which of them are on, with what, and who may join by them.
import type { z } from 'zod';
import type { Secret } from '../secret.ts';
import { hidden, textOf, url } from './values.ts';

/** Who gets an account by the first command: everybody, nobody, or who is of these teams, guilds, roles or domains, or has one of these addresses. */
export type Joining = 'open' | 'closed' | readonly string[];

export interface SlackConfig {
  readonly botToken: Secret;
  /** HTTP mode: what Slack signs its requests with. */
  readonly signingSecret: Secret | undefined;
  /** Socket Mode: we call Slack, which then needs no way to us. */
  readonly appToken: Secret | undefined;
  /** Undefined: Slack's. */
  readonly apiUrl: string | undefined;
}

export interface DiscordConfig {
  readonly token: Secret;
  readonly applicationId: string;
  /** Commands are registered in this guild only; undefined: everywhere. */
  readonly guildId: string | undefined;
  /** REST base; undefined: Discord's. */
  readonly apiUrl: string | undefined;
}

const tokenLike = (prefix: string) =>
  hidden(
    textOf(`give the token that begins with ${prefix}`, (text) =>
      text.startsWith(prefix) && /^[!-~]{8,300}$/.test(text) ? text : undefined,
    ),
  );
const snowflake = textOf('give an id of digits, as Discord shows it in developer mode', (text) =>
  /^\d{15,21}$/.test(text) ? text : undefined,
);

export function joining(example: string, pattern: RegExp) {
  return textOf(`give open, closed, or ${example} with commas between`, (text): Joining | undefined => {
    if (text === 'open' || text === 'closed') return text;
    const ids = text.split(',').map((word) => word.trim());
    return ids.every((id) => pattern.test(id)) ? ids : undefined;
  });
}

export const chatVariables = {
  SLACK_BOT_TOKEN: tokenLike('xoxb-').optional(),
  SLACK_SIGNING_SECRET: hidden(
    textOf('give the signing secret from the app’s Basic Information', (text) =>
      /^[!-~]{8,200}$/.test(text) ? text : undefined,
    ),
  ).optional(),
  SLACK_APP_TOKEN: tokenLike('xapp-').optional(),
  SLACK_API_URL: url('http:', 'https:').optional(),
  SLACK_SIGNUP: joining('team ids such as T012AB3CD', /^[TE][A-Z0-9]{1,20}$/).optional(),
  DISCORD_TOKEN: hidden(
    textOf('give the bot’s token', (text) => (/^[!-~]{8,300}$/.test(text) ? text : undefined)),
  ).optional(),
  DISCORD_APPLICATION_ID: snowflake.optional(),
  DISCORD_GUILD_ID: snowflake.optional(),
  DISCORD_API_URL: url('http:', 'https:').optional(),
  DISCORD_SIGNUP: joining('ids of guilds or roles', /^\d{15,21}$/).optional(),
} as const;

type Given = z.infer<z.ZodObject<typeof chatVariables>>;

export function slackConfig(given: Given): SlackConfig | undefined {
  if (given.SLACK_BOT_TOKEN === undefined) return undefined;
  return {
    botToken: given.SLACK_BOT_TOKEN,
    signingSecret: given.SLACK_SIGNING_SECRET,
    appToken: given.SLACK_APP_TOKEN,
    apiUrl: given.SLACK_API_URL,
  };
}

export function discordConfig(given: Given): DiscordConfig | undefined {
  const { DISCORD_TOKEN: token, DISCORD_APPLICATION_ID: applicationId } = given;
  if (token === undefined || applicationId === undefined) return undefined;
  return { token, applicationId, guildId: given.DISCORD_GUILD_ID, apiUrl: given.DISCORD_API_URL };
}

/** A door that is half told of would be silently off. */
export function chatFaults(set: Readonly<Record<string, string | undefined>>): string[] {
  const has = (name: string): boolean => set[name] !== undefined;
  const faults: string[] = [];
  const slack = ['SLACK_SIGNING_SECRET', 'SLACK_APP_TOKEN'].filter(has);
  if (has('SLACK_BOT_TOKEN') && slack.length === 0)
    faults.push('SLACK_BOT_TOKEN: needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside it');
  if (!has('SLACK_BOT_TOKEN') && slack.length > 0) faults.push(`SLACK_BOT_TOKEN: needed with ${slack.join(' and ')}`);
  if (has('DISCORD_TOKEN') !== has('DISCORD_APPLICATION_ID'))
    faults.push(
      has('DISCORD_TOKEN')
        ? 'DISCORD_APPLICATION_ID: needed with DISCORD_TOKEN'
        : 'DISCORD_TOKEN: needed with DISCORD_APPLICATION_ID',
    );
  return faults;
}
