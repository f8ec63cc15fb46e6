// chat.*: posting, editing, deleting, linking.
// Source: https://docs.slack.dev/reference/methods?query=chat
import type { Arguments } from '../arguments.ts';
import { readBlocks, readContent, readMetadata, readText } from '../content-check.ts';
import { UPDATE_TEXT_MAX } from '../limits.ts';
import type { SlackMessage } from '../message.ts';
import { ownMessageShape } from '../message-shape.ts';
import { SlackRefusal } from '../refusal.ts';
import type { Channel } from '../workspace.ts';
import type { World } from '../world.ts';
import { botOf, joinedChannel, knownChannel, type Method, threadFor } from './method.ts';

const scope = () => 'chat:write';

export const chatMethods: readonly Method[] = [
  { name: 'chat.postMessage', tier: 'posting', scope, run: postMessage },
  { name: 'chat.update', tier: 'posting', scope, run: update },
  { name: 'chat.postEphemeral', tier: 'posting', scope, run: postEphemeral },
  { name: 'chat.delete', tier: 3, scope, run: remove },
  { name: 'chat.getPermalink', tier: 'unlimited', run: getPermalink },
];

/** The channel that a post goes to: a user id stands for the IM with that person. Refuses as chat.postMessage does. */
export function channelForPost(given: Arguments, world: World): Channel {
  const { workspace, app } = world;
  const target = given.required('channel');
  const person = workspace.person(target);
  if (person !== undefined) {
    if (person.isBot) throw new SlackRefusal('channel_not_found');
    return workspace.openIm(person.id, app.botUserId).channel;
  }
  const channel = knownChannel(given, world);
  if (channel.archived) throw new SlackRefusal('is_archived');
  const mayPost =
    channel.members.has(app.botUserId) || (channel.kind === 'public' && app.scopes.has('chat:write.public'));
  if (!mayPost) throw new SlackRefusal('not_in_channel');
  return channel;
}

function postMessage(given: Arguments, world: World): Record<string, unknown> {
  const { workspace, app } = world;
  const channel = channelForPost(given, world);
  const content = readContent(given);
  const metadata = readMetadata(given) ?? undefined;
  const threadTs = threadFor(given, channel, world);
  const message = workspace.post({
    ...botOf(app),
    ...content,
    channel: channel.id,
    threadTs,
    metadata,
    route: 'chat.postMessage',
  });
  return { channel: channel.id, ts: message.ts, message: ownMessageShape(message, app, workspace) };
}

function update(given: Arguments, world: World): Record<string, unknown> {
  const { workspace, app } = world;
  const channel = knownChannel(given, world);
  const message = existing(given, channel, world);
  if (message.bot?.id !== app.botId || message.tombstone) throw new SlackRefusal('cant_update_message');
  if (channel.archived) throw new SlackRefusal('is_inactive');
  const text = readText(given, UPDATE_TEXT_MAX);
  const blocks = readBlocks(given);
  if (text === undefined && blocks === undefined) throw new SlackRefusal('no_text');
  const metadata = readMetadata(given);
  if (metadata !== undefined) message.metadata = metadata ?? undefined;
  // Blocks that are not mentioned stay: a text alone changes nothing that people see (slackapi/python-slack-sdk#523 on GitHub).
  workspace.edit(message, { text: text ?? message.text, blocks: blocks ?? message.blocks });
  return {
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: ownMessageShape(message, app, workspace),
  };
}

function postEphemeral(given: Arguments, world: World): Record<string, unknown> {
  const { workspace, app } = world;
  const userId = given.required('user');
  const channel = knownChannel(given, world);
  if (channel.archived) throw new SlackRefusal('is_archived');
  if (!channel.members.has(app.botUserId)) throw new SlackRefusal('not_in_channel');
  if (!channel.members.has(userId)) throw new SlackRefusal('user_not_in_channel');
  const content = readContent(given);
  const threadTs = threadFor(given, channel, world);
  const message = workspace.post({
    ...botOf(app),
    ...content,
    channel: channel.id,
    onlyFor: userId,
    threadTs,
    // "Ephemeral messages in threads are only shown if there is already an active thread."
    unseen: threadTs !== undefined && workspace.replies(channel, threadTs).length === 0,
    route: 'chat.postEphemeral',
  });
  return { message_ts: message.ts };
}

function remove(given: Arguments, world: World): Record<string, unknown> {
  const channel = knownChannel(given, world);
  const message = existing(given, channel, world);
  if (message.bot?.id !== world.app.botId) throw new SlackRefusal('cant_delete_message');
  world.workspace.remove(message);
  return { channel: channel.id, ts: message.ts };
}

function getPermalink(given: Arguments, world: World): Record<string, unknown> {
  const channel = joinedChannel(given, world);
  const ts = given.required('message_ts');
  const message = world.workspace.find(channel.id, ts);
  if (message === undefined || message.onlyFor !== undefined) throw new SlackRefusal('message_not_found');
  const inThread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
  const permalink = `https://${world.workspace.domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}${inThread}`;
  return { channel: channel.id, permalink };
}

/** Ephemeral messages cannot be found. */
function existing(given: Arguments, channel: Channel, { workspace }: World): SlackMessage {
  const message = workspace.find(channel.id, given.required('ts'));
  if (message === undefined || message.onlyFor !== undefined) throw new SlackRefusal('message_not_found');
  return message;
}
