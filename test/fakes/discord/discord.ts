// Discord on loopback for tests: it checks what Discord checks, sends what Discord sends, and shows what people see.
//
//   const discord = await openDiscord();                  then give the app discord.apiUrl and discord.app.token
//   const ana = discord.user('ana');
//   const dev = discord.addChannel('dev');
//   await discord.gateway.connected(1, AbortSignal.timeout(5_000));
//   const act = ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });     as the app registered it
//   await act.acknowledged();                             and then `eventually` something of act.shown(ana.id)
//   ana.clicks({ channel: '#dev' }, 'Stop');              by label, in the newest message that has it
//   expect(discord.faults()).toEqual([]);                 requests that Discord would have refused for their form

import { GatewayIntentBits } from 'discord-api-types/v10';
import { type Actor, createActor } from './actor.ts';
import { type AppIdentity, createAppIdentity } from './app-identity.ts';
import { type Commands, createCommands } from './commands.ts';
import { feedGateway } from './event-feed.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Gateway, openGateway } from './gateway.ts';
import { applicationWire, guildCreateWire } from './guild-wire.ts';
import { createInteractions, type Interactions } from './interactions.ts';
import { ANSWER_DEADLINE_MS, HEARTBEAT_MS } from './limits.ts';
import type { DiscordMessage } from './message.ts';
import { createModals } from './modals.ts';
import { createNonces } from './nonces.ts';
import { type Notification, watchNotifications } from './notifications.ts';
import { loadOpenApi } from './openapi.ts';
import { createRates, type RateOptions } from './rates.ts';
import { createRest, type Rest } from './rest.ts';
import { ROUTES } from './routes/registry.ts';
import { openServer } from './server.ts';
import { ALL_PERMISSIONS, type Channel, createState, type Permission, type Role } from './state.ts';
import { type TranscriptOptions, transcript } from './transcript.ts';
import { userWire } from './wire.ts';
import type { World } from './world.ts';

export interface DiscordOptions extends RateOptions {
  /** As people mention it: `@Shellbox`. */
  appName?: string;
  /** `acme` */
  serverName?: string;
  /** Privileged intents that the operator switched on; none. */
  grantedIntents?: number;
  /** Real time; Discord's is 3,000. */
  answerDeadlineMs?: number;
  heartbeatMs?: number;
  /** Milliseconds since the epoch: ids, rates, tokens, nonces. */
  now?: () => number;
}

export interface FakeDiscord extends Pick<Faults, 'failNext'>, Pick<Rest, 'calls' | 'faults' | 'ownFaults'> {
  readonly origin: string;
  /** For `rest.api` and DISCORD_API_URL: without the version. */
  readonly apiUrl: string;
  readonly app: AppIdentity;
  readonly guildId: string;
  readonly gateway: Gateway;
  /** Whether bodies are held against Discord's OpenAPI description, which is there only with the contract data. */
  readonly validated: boolean;
  /** Everybody who was pinged by the app. */
  readonly notifications: readonly Notification[];
  /** How often the app replaced its commands. */
  registrations(): number;
  /** The commands that people in the server can type. */
  registered(): ReturnType<Commands['usable']>;
  interactions(): ReturnType<Interactions['all']>;
  /** A person in the server. The same name gives the same person. */
  user(name: string): Actor;
  addRole(name: string): Role;
  /** With everything that a bot needs, unless told otherwise. */
  addChannel(name: string, permissions?: readonly Permission[]): Channel;
  /** By id or `#name`; threads too. */
  channel(idOrName: string): Channel;
  removeChannel(idOrName: string): void;
  changeThread(idOrName: string, change: { archived?: boolean; locked?: boolean }): void;
  /** Another bot writes. */
  otherBotSays(text: string, place: { channel: string }): DiscordMessage;
  messages(channel: string): readonly DiscordMessage[];
  transcript(channel: string, options?: TranscriptOptions): string;
  close(): Promise<void>;
}

const SESSIONS_A_DAY = 1_000;

export async function openDiscord(options: DiscordOptions = {}): Promise<FakeDiscord> {
  const now = options.now ?? Date.now;
  const state = createState(options.serverName ?? 'acme', now);
  const owner = state.addPerson({ name: 'owner', isBot: false });
  const app = createAppIdentity(state.nextId(), options.appName ?? 'Shellbox', options.grantedIntents ?? 0);
  const bot = state.addPerson({ id: app.id, name: app.name, isBot: true });
  const server = await openServer(() => rest);
  const world: World = {
    state,
    app,
    commands: createCommands(state.nextId),
    interactions: createInteractions(state, app.id, options.answerDeadlineMs ?? ANSWER_DEADLINE_MS),
    modals: createModals(),
    nonces: createNonces(now),
    origin: () => server.origin,
    sessionsLeft: () => SESSIONS_A_DAY - gateway.counts().identified,
    typing: [],
  };
  const faults = createFaults((name) => ROUTES.some((route) => route.name === name));
  const openApi = loadOpenApi();
  const rest = createRest(world, createRates(now, options), faults, openApi);
  const gateway = openGateway({
    http: server.http,
    app,
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    resumeUrl: () => `${server.origin.replace(/^http/, 'ws')}/gateway`,
    greeting: () => ({
      ready: {
        user: userWire(bot),
        guilds: [{ id: state.guildId, unavailable: true }],
        application: { id: app.id, flags: applicationWire(app, bot, owner).flags },
      },
      followedBy: [{ name: 'GUILD_CREATE', data: guildCreateWire(state, app), intents: GatewayIntentBits.Guilds }],
    }),
  });
  const notifications = watchNotifications(state, app.id);
  feedGateway(world, gateway);

  function channel(idOrName: string): Channel {
    const found = state.channel(idOrName);
    if (found === undefined) throw new Error(`No channel ${idOrName}.`);
    return found;
  }

  return {
    origin: server.origin,
    apiUrl: `${server.origin}/api`,
    app,
    guildId: state.guildId,
    gateway,
    validated: openApi !== undefined,
    notifications,
    failNext: faults.failNext,
    calls: rest.calls,
    faults: rest.faults,
    ownFaults: rest.ownFaults,
    registrations: world.commands.registrations,
    registered: world.commands.usable,
    interactions: world.interactions.all,
    user(name) {
      const person = state.people().find((known) => known.name === name) ?? state.addPerson({ name, isBot: false });
      return createActor({ world, gateway, person });
    },
    addRole: state.addRole,
    addChannel: (name, permissions = ALL_PERMISSIONS) => state.addChannel(name, permissions),
    channel,
    removeChannel: (name) => state.removeChannel(channel(name)),
    changeThread: (name, change) => state.changeThread(channel(name), change),
    otherBotSays(text, place) {
      const other =
        state.people().find(({ name }) => name === 'otherbot') ?? state.addPerson({ name: 'otherbot', isBot: true });
      return state.post({ channelId: channel(place.channel).id, authorId: other.id, content: text });
    },
    messages: (name) => channel(name).messages,
    transcript: (name, seen) => transcript(channel(name), state, seen),
    async close() {
      world.interactions.close();
      await gateway.close();
      await server.close();
    },
  };
}
