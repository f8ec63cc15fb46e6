// What a Web API method declares of itself, and the refusals that several methods share.
import type { Arguments } from '../arguments.ts';
import type { Tier } from '../rates.ts';
import { SlackRefusal } from '../refusal.ts';
import type { Channel, ChannelKind } from '../workspace.ts';
import type { World } from '../world.ts';

export interface Method {
  readonly name: string;
  /** Of a `posting` method, the channel that it posts to is its bucket. */
  readonly tier: Tier;
  /** `app` methods want the app-level token instead of the bot's. */
  readonly token?: 'app';
  /** The scope that this call needs. */
  scope?(given: Arguments, world: World): string | undefined;
  /** The answer without `ok`. Throws SlackRefusal, and then has done nothing. */
  run(given: Arguments, world: World): Record<string, unknown>;
}

/** The part of a scope's name that goes with a channel, as in `groups:history`. */
export function scopeOf(what: 'history' | 'read') {
  const names: Record<ChannelKind, string> = { public: 'channels', private: 'groups', im: 'im' };
  return (given: Arguments, { workspace }: World): string => {
    const channel = workspace.channel(given.text('channel') ?? '');
    return `${names[channel?.kind ?? 'public']}:${what}`;
  };
}

/** A channel that the app can know of: private ones only as a member. Refuses with `channel_not_found`. */
export function knownChannel(given: Arguments, { workspace, app }: World): Channel {
  const channel = workspace.channel(given.required('channel'));
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  if (channel.kind !== 'public' && !channel.members.has(app.botUserId)) throw new SlackRefusal('channel_not_found');
  return channel;
}

/** A channel that the app is in. Refuses with `not_in_channel` besides. */
export function joinedChannel(given: Arguments, world: World): Channel {
  const channel = knownChannel(given, world);
  if (!channel.members.has(world.app.botUserId)) throw new SlackRefusal('not_in_channel');
  return channel;
}
