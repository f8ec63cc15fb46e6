// Slash commands: read, and replaced all at once.
import { type CommandBody, commandsSchema, commandWire } from '../commands.ts';
import { DiscordRefusal, formError } from '../refusal.ts';
import type { World } from '../world.ts';
import { ok, type Route, type RouteRequest } from './route.ts';

function checkScope(request: RouteRequest, world: World, guildId: string | undefined): void {
  if (request.param('application_id') !== world.app.id) throw new DiscordRefusal('missing access');
  if (guildId !== undefined && guildId !== world.state.guildId) throw new DiscordRefusal('missing access');
}

function bodiesOf(request: RouteRequest): readonly CommandBody[] {
  const read = commandsSchema.safeParse(request.body);
  if (read.success) return read.data ?? [];
  const [issue] = read.error.issues;
  throw formError(issue?.path.join('.') ?? '', 'MODEL_TYPE_CONVERT', issue?.message ?? 'does not fit');
}

function scoped(pattern: string, guildOf: (request: RouteRequest) => string | undefined): readonly Route[] {
  return [
    {
      name: `GET ${pattern}`,
      token: 'bot',
      run(request, world) {
        const guildId = guildOf(request);
        checkScope(request, world, guildId);
        return ok(world.commands.list(guildId).map((command) => commandWire(command, world.app.id)));
      },
    },
    {
      name: `PUT ${pattern}`,
      token: 'bot',
      run(request, world) {
        const guildId = guildOf(request);
        checkScope(request, world, guildId);
        const commands = world.commands.replace(guildId, bodiesOf(request));
        return ok(commands.map((command) => commandWire(command, world.app.id)));
      },
    },
  ];
}

export const commandRoutes: readonly Route[] = [
  ...scoped('/applications/{application_id}/commands', () => undefined),
  ...scoped('/applications/{application_id}/guilds/{guild_id}/commands', (request) => request.param('guild_id')),
];
