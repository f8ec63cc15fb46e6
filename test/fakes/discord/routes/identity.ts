// Who the app is, which server it is in, where the gateway is.
import { applicationWire, guildWire } from '../guild-wire.ts';
import { DiscordRefusal } from '../refusal.ts';
import { channelWire, memberWire, permissionBits, userWire } from '../wire.ts';
import type { World } from '../world.ts';
import { ok, type Route } from './route.ts';

const SESSIONS_A_DAY = 1_000;
const DAY_MS = 86_400_000;

function botOf({ state, app }: World) {
  const bot = state.person(app.id);
  if (bot === undefined) throw new DiscordRefusal('unknown user');
  return bot;
}

const application = (world: World) => applicationWire(world.app, botOf(world), world.state.people()[0] ?? botOf(world));

const gatewayUrl = ({ origin }: World) => `${origin().replace(/^http/, 'ws')}/gateway`;

function guildFor(world: World, guildId: string): void {
  if (guildId !== world.state.guildId) throw new DiscordRefusal('unknown guild');
}

export const identityRoutes: readonly Route[] = [
  { name: 'GET /gateway', token: 'path', run: (_request, world) => ok({ url: gatewayUrl(world) }) },
  {
    name: 'GET /gateway/bot',
    token: 'bot',
    run: (_request, world) =>
      ok({
        url: gatewayUrl(world),
        shards: 1,
        session_start_limit: {
          total: SESSIONS_A_DAY,
          remaining: world.sessionsLeft(),
          reset_after: DAY_MS,
          max_concurrency: 1,
        },
      }),
  },
  {
    name: 'GET /users/@me',
    token: 'bot',
    run: (_request, world) =>
      ok({ ...userWire(botOf(world)), mfa_enabled: false, locale: 'en-US', verified: true, email: null }),
  },
  {
    name: 'GET /users/@me/guilds',
    token: 'bot',
    run: (_request, { app, state }) => {
      if (app.permissions === undefined) return ok([]);
      const permissions = permissionBits(app.permissions);
      return ok([
        { id: state.guildId, name: state.guildName, icon: null, banner: null, owner: false, permissions, features: [] },
      ]);
    },
  },
  { name: 'GET /applications/@me', token: 'bot', run: (_request, world) => ok(application(world)) },
  { name: 'GET /oauth2/applications/@me', token: 'bot', run: (_request, world) => ok(application(world)) },
  {
    name: 'GET /guilds/{guild_id}',
    token: 'bot',
    run(request, world) {
      guildFor(world, request.param('guild_id'));
      return ok(guildWire(world.state));
    },
  },
  {
    name: 'GET /guilds/{guild_id}/channels',
    token: 'bot',
    run(request, world) {
      guildFor(world, request.param('guild_id'));
      const { state } = world;
      return ok(state.channels().flatMap((channel) => (channel.kind === 'text' ? [channelWire(channel, state)] : [])));
    },
  },
  {
    name: 'GET /guilds/{guild_id}/members/{user_id}',
    token: 'bot',
    run(request, world) {
      guildFor(world, request.param('guild_id'));
      const person = world.state.person(request.param('user_id'));
      if (person === undefined) throw new DiscordRefusal('unknown member');
      return ok({ ...memberWire(person), user: userWire(person) });
    },
  },
  {
    name: 'GET /users/{user_id}',
    token: 'bot',
    run(request, world) {
      const person = world.state.person(request.param('user_id'));
      if (person === undefined) throw new DiscordRefusal('unknown user');
      return ok(userWire(person));
    },
  },
];
