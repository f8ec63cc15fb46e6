// A message as Slack shows it to apps: in answers, in history, in events.
import type { AppIdentity } from './app-identity.ts';
import { isEdited, type SlackMessage } from './message.ts';
import type { Channel, Workspace } from './workspace.ts';

export interface ShapeOptions {
  metadata: boolean;
}

/** Leaves out what the message has not; metadata only where it is asked for. */
export function messageShape(message: SlackMessage, options: ShapeOptions): Record<string, unknown> {
  if (message.tombstone)
    return {
      type: 'message',
      subtype: 'tombstone',
      text: 'This message was deleted.',
      user: 'USLACKBOT',
      hidden: true,
      ts: message.ts,
      thread_ts: message.ts,
    };
  const revision = message.revisions.at(-1);
  return {
    type: 'message',
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    ...(message.clientMsgId === undefined ? {} : { client_msg_id: message.clientMsgId }),
    ...writerOf(message),
    text: message.text,
    ts: message.ts,
    ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
    ...(message.files.length === 0 ? {} : { files: message.files }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(isEdited(message) && revision !== undefined
      ? { edited: { user: message.author, ts: `${Math.floor(revision.atMs / 1000)}.000000` } }
      : {}),
    ...(options.metadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}

/** Of integrations that write under a name of their own, the user is not told. */
function writerOf({ author, bot, subtype }: SlackMessage): Record<string, unknown> {
  if (bot === undefined) return { user: author };
  if (subtype === 'bot_message') return { bot_id: bot.id, username: bot.name };
  return { user: author, bot_id: bot.id, app_id: bot.appId };
}

/** The app's own message in the answer to a post or an update. */
export function ownMessageShape(message: SlackMessage, app: AppIdentity, workspace: Workspace): object {
  return {
    ...messageShape(message, { metadata: true }),
    team: workspace.teamId,
    bot_profile: botProfile(app, workspace),
  };
}

export function botProfile(app: AppIdentity, workspace: Workspace): object {
  const icon = `https://avatars.${workspace.domain}.example/bot.png`;
  return {
    id: app.botId,
    app_id: app.appId,
    name: app.name,
    icons: { image_36: icon, image_48: icon, image_72: icon },
    deleted: false,
    updated: Math.floor(workspace.now() / 1000),
    team_id: workspace.teamId,
  };
}

/** In history and replies, a message that heads a thread says how many replies it has. */
export function listedShape(
  message: SlackMessage,
  channel: Channel,
  workspace: Workspace,
  options: ShapeOptions,
): object {
  const replies = workspace.replies(channel, message.ts);
  const latest = replies.at(-1);
  const shape = messageShape(message, options);
  if (latest === undefined) return shape;
  const users = [...new Set(replies.map((reply) => reply.author))];
  return {
    ...shape,
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    latest_reply: latest.ts,
    reply_users: users,
    is_locked: false,
    subscribed: false,
  };
}
