// A whole house with the Discord door on a Discord of tests.
import { createDiscordDoor } from '../../src/bots/discord/discord.ts';
import { createLogger } from '../../src/log.ts';
import { createChatHouse } from '../../src/roles/chat-house.ts';
import { secret } from '../../src/secret.ts';
import type { Database } from '../../src/store/database.ts';
import type { Actor } from '../fakes/discord/actor.ts';
import { type DiscordOptions, type FakeDiscord, openDiscord } from '../fakes/discord/discord.ts';
import { type HouseOptions, openTestHouse, type TestHouse } from './house.ts';
import { sees } from './sees.ts';

export interface DiscordHouse {
  house: TestHouse;
  discord: FakeDiscord;
  ana: Actor;
  ben: Actor;
  /** Resolves once the channel, as that person sees it with its threads, shows this. */
  sees(person: Actor, channel: string, part: string | RegExp): Promise<string>;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;

/** `secondHolds`: a second bots process is connected at the same time, holding the gateway by the leases of this other database. */
export async function openDiscordHouse(
  options: HouseOptions & { discord?: DiscordOptions; secondHolds?: Database } = {},
): Promise<DiscordHouse> {
  const discord = await openDiscord({ messagesPerWindow: 50, ...options.discord });
  const [ana, ben] = [discord.user('ana'), discord.user('ben')];
  discord.addChannel('dev');
  let processes = 0;
  const house = await openTestHouse({
    ...options,
    doors: ({ db, now, processId, house: rules }) => [
      createDiscordDoor({
        db: processes++ === 0 ? db : (options.secondHolds ?? db),
        token: secret(discord.app.token),
        applicationId: discord.app.id,
        guildId: undefined,
        apiUrl: discord.apiUrl,
        house: createChatHouse({ db, now, house: rules }),
        holder: processId,
        now,
        logger: createLogger({ level: process.env.LAB_LOG ?? 'silent', secrets: [] }),
        pace: { burst: 20, everyMs: 50 },
      }),
    ],
  });
  if (options.secondHolds !== undefined) await house.addBots();
  await discord.gateway.connected(processes, AbortSignal.timeout(CONNECT_MS));
  return {
    house,
    discord,
    ana,
    ben,
    sees,
    async close() {
      await house.close();
      await discord.close();
    },
  };
}
