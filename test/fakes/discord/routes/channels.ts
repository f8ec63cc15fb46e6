// Channels, direct messages and threads: looked at, opened, begun, archived.
import { z } from 'zod';
import { channelFor } from '../posting.ts';
import { DiscordRefusal } from '../refusal.ts';
import type { Channel } from '../state.ts';
import { channelWire } from '../wire.ts';
import type { World } from '../world.ts';
import { done, ok, type Route } from './route.ts';

const DAY_MINUTES = 1440;

const threadSchema = z.looseObject({
  name: z.string(),
  auto_archive_duration: z.number().int().nullish(),
  type: z.number().nullish(),
});
const changeSchema = z.looseObject({
  name: z.string().nullish(),
  archived: z.boolean().nullish(),
  locked: z.boolean().nullish(),
  auto_archive_duration: z.number().int().nullish(),
});

function begin(world: World, parent: Channel, body: unknown, rootId: string | undefined) {
  if (parent.kind !== 'text') throw new DiscordRefusal('wrong channel type');
  const { name, auto_archive_duration } = threadSchema.parse(body);
  const archiveMinutes = auto_archive_duration ?? DAY_MINUTES;
  const options = { ownerId: world.app.id, archiveMinutes, ...(rootId === undefined ? {} : { id: rootId }) };
  const thread = world.state.addThread(parent, name, options);
  return { status: 201, body: channelWire(thread, world.state) };
}

export const channelRoutes: readonly Route[] = [
  {
    name: 'GET /channels/{channel_id}',
    token: 'bot',
    run: (request, world) => ok(channelWire(channelFor(world, request.param('channel_id')), world.state)),
  },
  {
    name: 'PATCH /channels/{channel_id}',
    token: 'bot',
    run(request, world) {
      const channel = channelFor(world, request.param('channel_id'));
      if (channel.kind !== 'thread') throw new DiscordRefusal('missing permissions');
      const change = changeSchema.parse(request.body);
      const mine = channel.ownerId === world.app.id;
      if (channel.locked || !(mine || channel.permissions.has('SendMessagesInThreads')))
        throw new DiscordRefusal('missing permissions');
      if (channel.archived && change.archived !== false) throw new DiscordRefusal('thread archived');
      world.state.changeThread(channel, {
        name: change.name ?? channel.name,
        archived: change.archived ?? channel.archived,
        locked: change.locked ?? channel.locked,
        archiveMinutes: change.auto_archive_duration ?? channel.archiveMinutes,
      });
      return ok(channelWire(channel, world.state));
    },
  },
  {
    name: 'POST /channels/{channel_id}/messages/{message_id}/threads',
    token: 'bot',
    run(request, world) {
      const parent = channelFor(world, request.param('channel_id'), ['CreatePublicThreads']);
      const root = world.state.find(parent, request.param('message_id'));
      if (root === undefined || root.onlyFor !== undefined) throw new DiscordRefusal('unknown message');
      if (world.state.channel(root.id) !== undefined) throw new DiscordRefusal('thread exists');
      return begin(world, parent, request.body, root.id);
    },
  },
  {
    name: 'POST /channels/{channel_id}/threads',
    token: 'bot',
    run(request, world) {
      const parent = channelFor(world, request.param('channel_id'), ['CreatePublicThreads']);
      return begin(world, parent, request.body, undefined);
    },
  },
  {
    name: 'POST /channels/{channel_id}/typing',
    token: 'bot',
    run(request, world) {
      const channel = channelFor(world, request.param('channel_id'));
      world.typing.push({ channelId: channel.id, atMs: world.state.now() });
      return done;
    },
  },
  {
    name: 'POST /users/@me/channels',
    token: 'bot',
    run(request, world) {
      const { recipient_id } = z.looseObject({ recipient_id: z.string() }).parse(request.body);
      const person = world.state.person(recipient_id);
      if (person === undefined) throw new DiscordRefusal('unknown user');
      if (person.isBot) throw new DiscordRefusal('closed to messages');
      return ok(channelWire(world.state.openDm(person.id), world.state));
    },
  },
];
