// How the app is let into a server: what it has to be allowed there, and the address that asks a server's admins for it.

/** By the names that Discord shows. Source: https://discord.com/developers/docs/topics/permissions */
export const NEEDED = {
  'View Channels': 1n << 10n,
  'Send Messages': 1n << 11n,
  'Embed Links': 1n << 14n,
  'Attach Files': 1n << 15n,
  'Read Message History': 1n << 16n,
  'Create Public Threads': 1n << 35n,
  'Send Messages in Threads': 1n << 38n,
} as const;
const ADMINISTRATOR = 1n << 3n;
const AUTHORIZE = 'https://discord.com/oauth2/authorize';
const SCOPES = 'bot applications.commands';

/** Names of what the app needs and these bits do not grant. */
export function lacking(has: bigint): string[] {
  if ((has & ADMINISTRATOR) !== 0n) return [];
  return Object.entries(NEEDED).flatMap(([name, bit]) => ((has & bit) === 0n ? [name] : []));
}

/**
 * Opened in a browser by who may manage the server, it adds the app with just what it needs; where the app is already, it sets the
 * permissions of its role anew. `guildId` chooses the server beforehand.
 * Source: https://discord.com/developers/docs/topics/oauth2#bot-authorization-flow
 */
export function inviteUrl(applicationId: string, guildId?: string): string {
  const permissions = Object.values(NEEDED).reduce((all, bit) => all | bit, 0n);
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: SCOPES,
    permissions: String(permissions),
    ...(guildId === undefined ? {} : { guild_id: guildId }),
  });
  return `${AUTHORIZE}?${query}`;
}
