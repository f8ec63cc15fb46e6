// What can be known of the Discord app before anybody uses it: whose token this is, which servers it is in, and what it may do there.
import { z } from 'zod';
import type { Forms } from '../../threads/form.ts';
import { createDiscordApi, isRefused } from './api.ts';
import { isRegistered } from './commands.ts';

/** What the door needs in a server. Source: https://discord.com/developers/docs/topics/permissions */
const NEEDED = {
  'View Channels': 1n << 10n,
  'Send Messages': 1n << 11n,
  'Embed Links': 1n << 14n,
  'Attach Files': 1n << 15n,
  'Read Message History': 1n << 16n,
  'Create Public Threads': 1n << 35n,
  'Send Messages in Threads': 1n << 38n,
} as const;
const ADMINISTRATOR = 1n << 3n;

export interface DiscordHealth {
  /** The application that the token belongs to. */
  applicationId: string;
  servers: readonly { id: string; name: string; missing: readonly string[] }[];
  /** Whether `/shellbox` stands there in its present form; undefined when we may not look. */
  isRegistered: boolean | undefined;
}

const applicationSchema = z.object({ id: z.string() });
const serversSchema = z.array(z.object({ id: z.string(), name: z.string(), permissions: z.string().regex(/^\d+$/) }));
const CHECK_MS = 10_000;

/** @throws DiscordRefused when the token is worth nothing, another error when Discord does not answer */
export async function checkDiscord(options: {
  token: string;
  apiUrl: string | undefined;
  guildId: string | undefined;
  forms: Forms;
}): Promise<DiscordHealth> {
  const { guildId, forms } = options;
  const api = createDiscordApi({ token: options.token, apiUrl: options.apiUrl });
  const signal = AbortSignal.timeout(CHECK_MS);
  const { id: applicationId } = applicationSchema.parse(await api.call('GET', '/applications/@me', { signal }));
  const servers = serversSchema.parse(await api.call('GET', '/users/@me/guilds', { signal }));
  const registered = isRegistered({ api, applicationId, guildId, forms }, signal).catch((error: unknown) => {
    if (isRefused(error, 'missingAccess', 'unknownGuild')) return undefined;
    throw error;
  });
  return {
    applicationId,
    servers: servers.map(({ id, name, permissions }) => ({ id, name, missing: lacking(BigInt(permissions)) })),
    isRegistered: await registered,
  };
}

function lacking(has: bigint): string[] {
  if ((has & ADMINISTRATOR) !== 0n) return [];
  return Object.entries(NEEDED).flatMap(([name, bit]) => ((has & bit) === 0n ? [name] : []));
}
