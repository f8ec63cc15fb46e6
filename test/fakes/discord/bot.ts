// A small bot on the real discord.js, to try the Discord of tests with.
import { once } from 'node:events';
import { Client, Events, GatewayIntentBits, type Interaction, type Message, Partials, REST } from 'discord.js';
import type { FakeDiscord } from './discord.ts';

export interface TestBot {
  readonly client: Client<true>;
  readonly rest: REST;
  readonly messages: Message[];
  close(): Promise<void>;
}

export interface TestBotOptions {
  intents?: number;
  onInteraction?: (interaction: Interaction) => Promise<unknown>;
}

export const BOT_INTENTS =
  GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.DirectMessages;
const CONNECT_DEADLINE_MS = 10_000;

/** Retries nothing, so that a test sees each request. */
export function restFor(discord: FakeDiscord): REST {
  return new REST({
    api: discord.apiUrl,
    version: '10',
    retries: 0,
    timeout: 5_000,
    rejectOnRateLimit: () => true,
  }).setToken(discord.app.token);
}

/** Logs in; resolves when the server is known. */
export async function openTestBot(discord: FakeDiscord, options: TestBotOptions = {}): Promise<TestBot> {
  const client = new Client({
    intents: options.intents ?? BOT_INTENTS,
    partials: [Partials.Channel],
    rest: { api: discord.apiUrl, retries: 0 },
  });
  const messages: Message[] = [];
  client.on(Events.MessageCreate, (message) => void messages.push(message));
  client.on(Events.InteractionCreate, (interaction) => void options.onInteraction?.(interaction));
  const deadline = AbortSignal.timeout(CONNECT_DEADLINE_MS);
  await Promise.all([once(client, Events.ClientReady, { signal: deadline }), client.login(discord.app.token)]);
  if (!client.isReady()) throw new Error('The bot is not ready.');
  return { client, rest: restFor(discord), messages, close: () => client.destroy() };
}

/** `/shellbox` with two subcommands. */
export const SHELLBOX_COMMAND = {
  name: 'shellbox',
  description: 'Dev boxes.',
  options: [
    {
      type: 1,
      name: 'spinup',
      description: 'Makes a box.',
      options: [
        { type: 3, name: 'name', description: 'Its name.', required: true },
        { type: 4, name: 'cpus', description: 'How many.', min_value: 1, max_value: 4 },
      ],
    },
    {
      type: 1,
      name: 'stop',
      description: 'Stops a box.',
      options: [{ type: 3, name: 'box', description: 'Which.', autocomplete: true }],
    },
  ],
};
