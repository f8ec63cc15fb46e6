// The Discord door: the slash command, mentions, direct messages and buttons, answered in threads.
import { z } from 'zod';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import type { Database } from '../../store/database.ts';
import type { Intake } from '../../threads/arrival.ts';
import type { ChatHouse } from '../chat-house.ts';
import type { Door, Pace } from '../door.ts';
import { openOrLater } from '../open-later.ts';
import { createDiscordApi, type DiscordApi, isShutOut, restOptionsOf } from './api.ts';
import { registerCommands } from './commands.ts';
import { type Gateway, openGateway } from './gateway.ts';
import { CHANNEL_PACE } from './limits.ts';
import { createListener } from './listeners.ts';
import { createOutbound } from './outbound.ts';
import { placeOf, threadPlace } from './place.ts';
import { directChannel } from './reach.ts';

export interface DiscordDoorOptions {
  token: Secret;
  applicationId: string;
  /** Registers the slash command in this server only; undefined: everywhere. */
  guildId: string | undefined;
  /** REST base without the version; undefined: Discord's. */
  apiUrl: string | undefined;
  house: ChatHouse;
  /** For the lease of the gateway. */
  db: Database;
  /** Unique to this process. */
  holder: string;
  /** Within this time after the death of the process that holds the gateway, another one takes it. */
  gatewayLeaseMs?: number;
  logger: Logger;
  now: () => Date;
  /** Undefined: what Discord takes in a channel. */
  pace?: Pace;
}

const GATEWAY_LEASE_MS = 15_000;
const OPEN_MS = 10_000;
const userSchema = z.object({ id: z.string() });

/** `open` rejects with `token_refused` when Discord does not know the token; while it does not answer, opening is tried further. */
export function createDiscordDoor(options: DiscordDoorOptions): Door {
  const { token, applicationId, guildId, house, db, holder, logger, now } = options;
  const api = createDiscordApi({ token, apiUrl: options.apiUrl });
  const working = new Set<Promise<void>>();
  const closing = new AbortController();
  let gateway: Gateway | undefined;

  function afterwards(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => logger.warn({ door: 'discord', error }, 'Something from Discord was not taken'))
      .finally(() => working.delete(done));
    working.add(done);
  }

  async function enter(intake: Intake): Promise<void> {
    const botUserId = await whoWeAre(api);
    await registerCommands({ api, applicationId, guildId, forms: house.forms }, AbortSignal.timeout(OPEN_MS)).catch(
      (error: unknown) =>
        logger.error({ door: 'discord', error }, 'The slash command could not be registered; try discord register'),
    );
    const listen = createListener({ api, intake, house, botUserId, logger });
    const takeOverMs = options.gatewayLeaseMs ?? GATEWAY_LEASE_MS;
    const onEvent = (name: string, data: unknown): void => afterwards(listen(name, data));
    gateway = await openGateway({
      restOptions: restOptionsOf(options.apiUrl),
      token,
      db,
      holder,
      takeOverMs,
      logger,
      onEvent,
    });
  }

  return {
    name: 'discord',
    traits: { name: 'discord', yesConfirms: true, lights: true },
    lookup: 'find',
    ownLanes: [],
    pace: options.pace ?? CHANNEL_PACE,
    open: (intake) =>
      openOrLater({ door: 'discord', enter: () => enter(intake), closing: closing.signal, afterwards, logger }),
    async close() {
      closing.abort();
      await gateway?.close();
      await Promise.allSettled(working);
      // One that was being opened meanwhile.
      await gateway?.close();
    },
    send: createOutbound({ api, now, logger }),
    async direct({ subject }, { id }, signal) {
      const channel = await directChannel(api, subject, signal);
      return channel === undefined ? undefined : threadPlace({ channel, direct: true }, `notice:${id}`);
    },
    isDirect: (address) => placeOf(address).direct === true,
  };
}

async function whoWeAre(api: DiscordApi): Promise<string> {
  try {
    return userSchema.parse(await api.call('GET', '/users/@me', { signal: AbortSignal.timeout(OPEN_MS) })).id;
  } catch (cause) {
    if (isShutOut(cause))
      throw new ShellboxError('token_refused', 'Discord does not take the bot’s token.', {
        remedy: 'Make a new one on the application’s page Bot, and set DISCORD_TOKEN.',
        cause,
      });
    throw new ShellboxError('discord_away', 'Discord does not answer.', {
      remedy: 'Check the way to it (DISCORD_API_URL, proxies), and start again.',
      cause,
    });
  }
}
