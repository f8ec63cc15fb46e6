// Tells the gateway what happens at Discord, as far as the app may see it.
import { GatewayIntentBits } from 'discord-api-types/v10';
import { type Gateway, messageIntent } from './gateway.ts';
import type { DiscordMessage } from './message.ts';
import { CHANNEL_TYPE, type Change, type Channel } from './state.ts';
import { channelWire, isoTime, memberWire, messageWire } from './wire.ts';
import type { World } from './world.ts';

const MESSAGE_EVENTS = { posted: 'MESSAGE_CREATE', edited: 'MESSAGE_UPDATE', deleted: 'MESSAGE_DELETE' } as const;
const CHANNEL_EVENTS = {
  channel: 'CHANNEL_CREATE',
  thread: 'THREAD_CREATE',
  'thread changed': 'THREAD_UPDATE',
  'channel gone': 'CHANNEL_DELETE',
} as const;

export function feedGateway(world: World, gateway: Gateway): void {
  const { state } = world;

  function tellOfMessage(kind: keyof typeof MESSAGE_EVENTS, message: DiscordMessage): void {
    const channel = state.channel(message.channelId);
    if (channel === undefined || message.onlyFor !== undefined || !isSeen(channel)) return;
    const guild = channel.kind === 'dm' ? {} : { guild_id: state.guildId };
    const author = state.person(message.authorId);
    const member = channel.kind === 'dm' || author === undefined ? {} : { member: memberWire(author) };
    const nonce = message.nonce === undefined || kind !== 'posted' ? {} : { nonce: message.nonce };
    const data =
      kind === 'deleted'
        ? { id: message.id, channel_id: channel.id, ...guild }
        : {
            ...messageWire(message, state, world.app),
            ...guild,
            ...member,
            ...nonce,
            channel_type: CHANNEL_TYPE[channel.kind],
          };
    gateway.dispatch({ name: MESSAGE_EVENTS[kind], data, intents: messageIntent(channel.kind === 'dm') });
  }

  state.onChange((change: Change) => {
    if ('message' in change) return void tellOfMessage(change.kind, change.message);
    if (!isSeen(change.channel)) return;
    const isThread = change.channel.kind === 'thread';
    const name = isThread && change.kind === 'channel gone' ? 'THREAD_DELETE' : CHANNEL_EVENTS[change.kind];
    const more = change.kind === 'thread' ? { newly_created: true, member: ownMember(change.channel, world) } : {};
    const data = { ...channelWire(change.channel, state), ...more };
    gateway.dispatch({ name, data, intents: GatewayIntentBits.Guilds });
  });
}

function ownMember(thread: Channel, { app, state }: World): object {
  return { id: thread.id, user_id: app.id, join_timestamp: isoTime(state.now()), flags: 0 };
}

function isSeen(channel: Channel): boolean {
  return channel.kind === 'dm' || channel.permissions.has('ViewChannel');
}
