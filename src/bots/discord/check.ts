// What can be known of the Discord app before anybody uses it: whose token this is, which servers it is in, and what it may do there.
import { z } from 'zod';
import type { Secret } from '../../secret.ts';
import type { Forms } from '../../threads/form.ts';
import { shown } from '../../threads/shown.ts';
import { createDiscordApi, isRefused } from './api.ts';
import { type Registration, registrationOf } from './commands.ts';
import { lacking } from './invite.ts';

export interface DiscordServer {
  id: string;
  /** Fit for a terminal: whoever runs the server has chosen it. */
  name: string;
  /** Permissions that the app needs and has from no role; what single channels deny is not in here. */
  missing: readonly string[];
}

export interface DiscordHealth {
  /** The application that the token belongs to. */
  applicationId: string;
  /** Commands and buttons are posted to an address, and then none of them comes by the gateway. */
  isPosted: boolean;
  /** Nobody can add the app by an address alone. */
  needsCodeGrant: boolean;
  /** Everybody may add the app to servers of theirs. */
  isPublic: boolean;
  servers: readonly DiscordServer[];
  /** How `/shellbox` stands there; undefined when we may not look, as where the app is not. */
  registration: Registration | undefined;
}

/** Source: https://discord.com/developers/docs/resources/application#application-object */
const applicationSchema = z.object({
  id: z.string(),
  bot_public: z.boolean().default(false),
  bot_require_code_grant: z.boolean().default(false),
  interactions_endpoint_url: z.string().nullish(),
});
/** Source: https://discord.com/developers/docs/resources/user#get-current-user-guilds */
const serversSchema = z.array(z.object({ id: z.string(), name: z.string(), permissions: z.string().regex(/^\d+$/) }));
const CHECK_MS = 10_000;
/** As many as Discord lets a server's name have. */
const SERVER_NAME_MAX = 100;

/** @throws DiscordRefused, RateLimited, or another error when Discord does not answer, or something that is not Discord does */
export async function checkDiscord(options: {
  token: Secret;
  apiUrl: string | undefined;
  guildId: string | undefined;
  forms: Forms;
}): Promise<DiscordHealth> {
  const { guildId, forms } = options;
  const api = createDiscordApi({ token: options.token, apiUrl: options.apiUrl });
  const signal = AbortSignal.timeout(CHECK_MS);
  const application = applicationSchema.parse(await api.call('GET', '/applications/@me', { signal }));
  const servers = serversSchema.parse(await api.call('GET', '/users/@me/guilds', { signal }));
  const wanted = { api, applicationId: application.id, guildId, forms };
  const registration = await registrationOf(wanted, signal).catch((error: unknown) => {
    if (isRefused(error, 'missingAccess', 'unknownGuild')) return undefined;
    throw error;
  });
  return {
    applicationId: application.id,
    isPosted: (application.interactions_endpoint_url ?? '') !== '',
    needsCodeGrant: application.bot_require_code_grant,
    isPublic: application.bot_public,
    servers: servers.map(({ id, name, permissions }) => ({
      id,
      name: shown(name, SERVER_NAME_MAX),
      missing: lacking(BigInt(permissions)),
    })),
    registration,
  };
}
