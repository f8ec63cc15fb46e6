// People, channels, messages as JSON, in the shapes of Discord's API.
import { GatewayIntentBits } from 'discord-api-types/v10';
import type { AppIdentity } from './app-identity.ts';
import type { Component, Embed } from './content.ts';
import { pieces } from './markdown.ts';
import type { DiscordMessage } from './message.ts';
import { timeOf } from './snowflakes.ts';
import { CHANNEL_TYPE, type Channel, PERMISSIONS, type Permission, type Person, type State } from './state.ts';

export type Wire = Record<string, unknown>;
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000+00:00');

export function userWire({ id, name, isBot }: Person): Wire {
  const nothing = { avatar: null, public_flags: 0, flags: 0, primary_guild: null };
  return {
    id,
    username: name,
    discriminator: '0',
    global_name: isBot ? null : name,
    ...nothing,
    ...(isBot ? { bot: true } : {}),
  };
}

export function memberWire(person: Person): Wire {
  const nothing = { nick: null, avatar: null, banner: null, premium_since: null, communication_disabled_until: null };
  const joined = isoTime(timeOf(person.id));
  return {
    ...nothing,
    roles: [...person.roles],
    joined_at: joined,
    deaf: false,
    mute: false,
    pending: false,
    flags: 0,
  };
}

export function permissionBits(permissions: Iterable<Permission>): string {
  return String([...permissions].reduce((bits, name) => bits | PERMISSIONS[name], 0n));
}

export function channelWire(channel: Channel, state: State): Wire {
  const last = channel.messages.at(-1)?.id ?? null;
  const common = { id: channel.id, type: CHANNEL_TYPE[channel.kind], last_message_id: last, flags: 0 };
  if (channel.kind === 'dm') {
    const person = state.person(channel.withPerson ?? '');
    return { ...common, recipients: person === undefined ? [] : [userWire(person)] };
  }
  const inGuild = { ...common, guild_id: state.guildId, name: channel.name, parent_id: channel.parentId ?? null };
  if (channel.kind === 'text')
    return { ...inGuild, position: 0, permission_overwrites: [], nsfw: false, topic: null, rate_limit_per_user: 0 };
  const count = channel.messages.filter(({ deleted }) => !deleted).length;
  return {
    ...inGuild,
    owner_id: channel.ownerId,
    rate_limit_per_user: 0,
    message_count: count,
    total_message_sent: count,
    member_count: 1,
    thread_metadata: {
      archived: channel.archived,
      locked: channel.locked,
      auto_archive_duration: channel.archiveMinutes,
      archive_timestamp: isoTime(timeOf(channel.id)),
      create_timestamp: isoTime(timeOf(channel.id)),
    },
  };
}

/** As the app reads it: without the intent for content, that of others is empty outside direct messages, unless they mention it. */
export function messageWire(message: DiscordMessage, state: State, app: AppIdentity): Wire {
  const author = state.person(message.authorId);
  const channel = state.channel(message.channelId);
  if (author === undefined || channel === undefined) throw new Error(`Message ${message.id} has no author or channel.`);
  const found = pieces(message.content);
  const mentions = found.flatMap((piece) => (piece.kind === 'person' ? (state.person(piece.id) ?? []) : []));
  const readable =
    author.id === app.id ||
    channel.kind === 'dm' ||
    mentions.some(({ id }) => id === app.id) ||
    (app.grantedIntents & GatewayIntentBits.MessageContent) !== 0;
  const thread = state.channel(message.id);
  const root = state.channel(channel.parentId ?? '');
  const reference = message.repliesTo;
  return {
    id: message.id,
    channel_id: message.channelId,
    type: message.type,
    author: userWire(author),
    content: readable ? message.content : '',
    embeds: readable ? message.embeds.map(embedWire) : [],
    components: readable ? numbered(message.components) : [],
    attachments: readable ? attachmentsWire(message) : [],
    mentions: mentions.map(userWire),
    mention_roles: found.flatMap((piece) => (piece.kind === 'role' ? [piece.id] : [])),
    mention_everyone: found.some(({ kind }) => kind === 'everyone'),
    timestamp: isoTime(message.atMs),
    edited_timestamp: message.editedMs === undefined ? null : isoTime(message.editedMs),
    flags: message.flags,
    pinned: false,
    tts: false,
    ...(message.interactionId === undefined ? {} : { webhook_id: app.id, application_id: app.id }),
    ...(reference === undefined
      ? {}
      : {
          message_reference: {
            type: 0,
            channel_id: root?.id ?? channel.id,
            message_id: reference,
            guild_id: state.guildId,
          },
        }),
    ...(thread === undefined || thread.deleted ? {} : { thread: channelWire(thread, state) }),
  };
}

function embedWire(embed: Embed): Wire {
  const fields = embed.fields?.map((field) => ({ ...field, inline: field.inline ?? false }));
  return { type: 'rich', ...embed, ...(fields === undefined ? {} : { fields }) };
}

/** Discord numbers the components that came without an id, in reading order. */
function numbered(components: readonly Component[]): Component[] {
  let last = 0;
  const number = (component: Component): Component => {
    last += 1;
    const id = component.id ?? last;
    const { components: inner, component: one, accessory } = component;
    return {
      ...component,
      id,
      ...(inner == null ? {} : { components: inner.map(number) }),
      ...(one == null ? {} : { component: number(one) }),
      ...(accessory == null ? {} : { accessory: number(accessory) }),
    };
  };
  return components.map(number);
}

function attachmentsWire(message: DiscordMessage): Wire[] {
  return message.attachments.map(({ id, filename, bytes }) => {
    const url = `https://cdn.discordapp.example/attachments/${message.channelId}/${id}/${encodeURIComponent(filename)}`;
    return { id, filename, size: bytes.length, url, proxy_url: url, content_type: 'text/plain' };
  });
}
