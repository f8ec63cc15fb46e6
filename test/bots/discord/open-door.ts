// A Discord door on a Discord of tests, with a database for the lease of the gateway.
import { randomUUID } from 'node:crypto';
import type { OwnBox } from '../../../src/bots/chat-house.ts';
import { createDiscordDoor } from '../../../src/bots/discord/discord.ts';
import type { Door } from '../../../src/bots/door.ts';
import { formsOf } from '../../../src/commands/forms.ts';
import { COMMANDS } from '../../../src/commands/registry.ts';
import { createLogger } from '../../../src/log.ts';
import { secret } from '../../../src/secret.ts';
import type { Database } from '../../../src/store/database.ts';
import type { Intake } from '../../../src/threads/arrival.ts';
import { type DiscordOptions, type FakeDiscord, openDiscord } from '../../fakes/discord/discord.ts';

export const silent = createLogger({ level: 'silent', secrets: [] });
const SIGNAL_MS = 10_000;

export interface DoorOptions {
  boxes?: readonly OwnBox[];
  now?: () => Date;
  gatewayLeaseMs?: number;
  holder?: string;
  /** What the door connects with, if not the right one. */
  token?: string;
}

export function discordDoor(discord: FakeDiscord, db: Database, options: DoorOptions = {}): Door {
  const { boxes = [], now = () => new Date(), gatewayLeaseMs, holder = randomUUID() } = options;
  return createDiscordDoor({
    token: secret(options.token ?? discord.app.token),
    applicationId: discord.app.id,
    guildId: discord.guildId,
    apiUrl: discord.apiUrl,
    house: { forms: formsOf(COMMANDS), boxesOf: async () => boxes },
    db,
    holder,
    ...(gatewayLeaseMs === undefined ? {} : { gatewayLeaseMs }),
    logger: silent,
    now,
  });
}

/** A Discord with a channel `#dev`, where ana and ben are, and one open door to it. */
export async function openServer(
  intake: Intake,
  db: Database,
  options: DoorOptions & { discord?: DiscordOptions } = {},
) {
  const discord = await openDiscord({ messagesPerWindow: 50, ...options.discord });
  const [ana, ben] = [discord.user('ana'), discord.user('ben')];
  discord.addChannel('dev');
  const door = discordDoor(discord, db, options);
  await door.open(intake);
  await discord.gateway.connected(1, AbortSignal.timeout(SIGNAL_MS));
  return {
    discord,
    ana,
    ben,
    door,
    async close() {
      await door.close();
      await discord.close();
    },
  };
}
