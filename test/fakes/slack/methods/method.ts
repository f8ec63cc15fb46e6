// What a Web API method declares of itself, and the refusals that several methods share.
import type { Arguments } from '../arguments.ts';
import type { Tier } from '../rates.ts';
import { complaining, SlackRefusal } from '../refusal.ts';
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
export function knownChannel(given: Arguments, { workspace, app }: World, name = 'channel'): Channel {
  const channel = workspace.channel(given.required(name));
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  if (channel.kind !== 'public' && !channel.members.has(app.botUserId)) throw new SlackRefusal('channel_not_found');
  return channel;
}

/** A channel that the app is in. Refuses with `not_in_channel` besides. */
export function joinedChannel(given: Arguments, world: World, name = 'channel'): Channel {
  const channel = knownChannel(given, world, name);
  if (!channel.members.has(world.app.botUserId)) throw new SlackRefusal('not_in_channel');
  return channel;
}

const THREAD_TS = /^\d{10}\.\d{6}$/;

/**
 * The first message of the thread that is replied to. A reply to a message that is gone or never was is posted to the channel itself,
 * with an answer that has no `thread_ts`: slack-go/slack#1571 on GitHub, slackapi/python-slack-events-api#87 on GitHub.
 */
export function threadFor(given: Arguments, channel: Channel, { workspace }: World): string | undefined {
  const threadTs = given.text('thread_ts');
  if (threadTs === undefined) return undefined;
  if (!THREAD_TS.test(threadTs)) {
    throw complaining('invalid_thread_ts', [`${threadTs} is not a valid thread_ts`]);
  }
  const parent = workspace.find(channel.id, threadTs);
  if (parent === undefined || parent.onlyFor !== undefined) return undefined;
  return parent.threadTs ?? parent.ts;
}

/** The author of what the app posts. */
export function botOf(app: World['app']) {
  return { author: app.botUserId, bot: { id: app.botId, appId: app.appId, name: app.name } };
}
