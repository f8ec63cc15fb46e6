// Messages by bot token: posted, read, changed, deleted.
import type { DiscordMessage } from '../message.ts';
import { MESSAGE_TYPE } from '../message.ts';
import { changeMessage, channelFor, newMessage, permissionsToPost, readMessage } from '../posting.ts';
import { DiscordRefusal, formError } from '../refusal.ts';
import { compareSnowflakes } from '../snowflakes.ts';
import type { Channel } from '../state.ts';
import { messageWire } from '../wire.ts';
import type { World } from '../world.ts';
import { done, ok, type Route, type RouteRequest } from './route.ts';

const PAGE_DEFAULT = 50;
const PAGE_MAX = 100;

function messageFor(world: World, channel: Channel, id: string): DiscordMessage {
  const message = world.state.find(channel, id);
  if (message === undefined || message.onlyFor !== undefined) throw new DiscordRefusal('unknown message');
  return message;
}

/** The newest first. */
function page(messages: readonly DiscordMessage[], query: URLSearchParams): DiscordMessage[] {
  const limit = Number(query.get('limit') ?? PAGE_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX)
    throw formError('limit', 'NUMBER_TYPE_MAX', `int value should be between 1 and ${PAGE_MAX}.`);
  const newestFirst = messages.toSorted((a, b) => compareSnowflakes(b.id, a.id));
  const [before, after, around] = ['before', 'after', 'around'].map((name) => query.get(name));
  if (before != null) return newestFirst.filter(({ id }) => compareSnowflakes(id, before) < 0).slice(0, limit);
  if (after != null) return newestFirst.filter(({ id }) => compareSnowflakes(id, after) > 0).slice(-limit);
  if (around == null) return newestFirst.slice(0, limit);
  const half = Math.floor(limit / 2);
  const newer = newestFirst.filter(({ id }) => compareSnowflakes(id, around) > 0).slice(-half);
  return [
    ...newer,
    ...newestFirst.filter(({ id }) => compareSnowflakes(id, around) <= 0).slice(0, limit - newer.length),
  ];
}

function post(request: RouteRequest, world: World) {
  const { state, nonces } = world;
  const body = readMessage(request.body);
  const channel = channelFor(world, request.param('channel_id'));
  channelFor(world, channel.id, permissionsToPost(channel, body, request.files));
  if (channel.withPerson !== undefined && state.person(channel.withPerson)?.takesMessages !== true)
    throw new DiscordRefusal('closed to messages');
  if (channel.archived && channel.locked) throw new DiscordRefusal('thread archived');
  const answered = body.message_reference?.message_id;
  if (answered !== undefined && state.find(channel, answered) === undefined)
    throw formError('message_reference', 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message');
  const given = newMessage(world, body, request.files, {
    channelId: channel.id,
    repliesTo: answered,
    type: answered === undefined ? MESSAGE_TYPE.default : MESSAGE_TYPE.reply,
  });
  const same = body.enforce_nonce === true && body.nonce != null ? nonces.find(channel.id, body.nonce) : undefined;
  if (channel.archived) state.changeThread(channel, { archived: false });
  const message = same ?? state.post(given);
  nonces.remember(message);
  return ok({ ...messageWire(message, state, world.app), ...(body.nonce == null ? {} : { nonce: body.nonce }) });
}

export const messageRoutes: readonly Route[] = [
  { name: 'POST /channels/{channel_id}/messages', token: 'bot', run: post },
  {
    name: 'GET /channels/{channel_id}/messages',
    token: 'bot',
    run(request, world) {
      const channel = channelFor(world, request.param('channel_id'));
      const readable = channel.kind === 'dm' || channel.permissions.has('ReadMessageHistory');
      const there = channel.messages.filter((message) => !message.deleted && message.onlyFor === undefined && readable);
      return ok(page(there, request.query).map((message) => messageWire(message, world.state, world.app)));
    },
  },
  {
    name: 'GET /channels/{channel_id}/messages/{message_id}',
    token: 'bot',
    run(request, world) {
      const channel = channelFor(world, request.param('channel_id'), ['ReadMessageHistory']);
      return ok(messageWire(messageFor(world, channel, request.param('message_id')), world.state, world.app));
    },
  },
  {
    name: 'PATCH /channels/{channel_id}/messages/{message_id}',
    token: 'bot',
    run(request, world) {
      const body = readMessage(request.body);
      const channel = channelFor(world, request.param('channel_id'));
      const message = messageFor(world, channel, request.param('message_id'));
      if (message.authorId !== world.app.id) throw new DiscordRefusal('not the author');
      if (channel.archived) throw new DiscordRefusal('thread archived');
      changeMessage(world, message, body, request.files);
      return ok(messageWire(message, world.state, world.app));
    },
  },
  {
    name: 'DELETE /channels/{channel_id}/messages/{message_id}',
    token: 'bot',
    run(request, world) {
      const channel = channelFor(world, request.param('channel_id'));
      const message = messageFor(world, channel, request.param('message_id'));
      if (message.authorId !== world.app.id) throw new DiscordRefusal('missing permissions');
      if (channel.archived) throw new DiscordRefusal('thread archived');
      world.state.remove(message);
      return done;
    },
  },
];
