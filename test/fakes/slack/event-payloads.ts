// Events as Slack sends them: the event itself and the envelope around it.
// Source: https://docs.slack.dev/apis/events-api#event-type-structure
import { randomBytes } from 'node:crypto';
import type { EventName } from './app-identity.ts';
import type { SlackMessage } from './message.ts';
import { botProfile, messageShape } from './message-shape.ts';
import { viewShape } from './views.ts';
import type { Channel, Person } from './workspace.ts';
import type { World } from './world.ts';

type Payload = Record<string, unknown>;

/** The envelope; each has an event id of its own, also when two tell of the same message. */
export function eventPayload(event: Payload, { app, workspace }: World, isExtShared: boolean): Payload {
  const eventId = `Ev0${randomBytes(5).toString('hex').toUpperCase()}`;
  return {
    token: app.verificationToken,
    team_id: workspace.teamId,
    api_app_id: app.appId,
    event,
    type: 'event_callback',
    event_id: eventId,
    event_time: Math.floor(workspace.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: workspace.teamId,
        user_id: app.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: isExtShared,
    event_context: `4-${Buffer.from(eventId).toString('base64url')}`,
  };
}

/** The subscription that a message of this channel belongs to. */
export function messageEventName(channel: Channel): EventName {
  const names = { public: 'message.channels', private: 'message.groups', im: 'message.im' } as const;
  return names[channel.kind];
}

export function messageEvent(message: SlackMessage, channel: Channel, world: World): Payload {
  return {
    ...messageShape(message, { metadata: true }),
    ...teamsOf(message, world),
    ...parentOf(message, world),
    channel: message.channel,
    event_ts: message.ts,
    channel_type: { public: 'channel', private: 'group', im: 'im' }[channel.kind],
  };
}

/** `edited` messages bring their mention again, under the same ts. */
export function mentionEvent(message: SlackMessage, world: World): Payload {
  return {
    ...messageShape(message, { metadata: false }),
    ...teamsOf(message, world),
    type: 'app_mention',
    channel: message.channel,
    event_ts: message.ts,
  };
}

export function changedEvent(message: SlackMessage, channel: Channel, world: World): Payload {
  const before = message.revisions.at(-2);
  const previous = { ...messageShape(message, { metadata: false }), text: before?.text, blocks: before?.blocks ?? [] };
  return {
    type: 'message',
    subtype: 'message_changed',
    message: { ...messageShape(message, { metadata: false }), ...teamsOf(message, world) },
    previous_message: previous,
    channel: message.channel,
    hidden: true,
    ...eventTime(channel, world),
  };
}

export function deletedEvent(message: SlackMessage, channel: Channel, world: World): Payload {
  return {
    type: 'message',
    subtype: 'message_deleted',
    previous_message: messageShape({ ...message, tombstone: false }, { metadata: false }),
    channel: message.channel,
    hidden: true,
    deleted_ts: message.ts,
    ...eventTime(channel, world),
  };
}

export function homeOpenedEvent(person: Person, world: World): Payload {
  const { workspace, app, views } = world;
  const home = views.home(person.id);
  return {
    type: 'app_home_opened',
    user: person.id,
    channel: workspace.openIm(person.id, app.botUserId).channel.id,
    tab: 'home',
    event_ts: workspace.nextTs(),
    ...(home === undefined ? {} : { view: viewShape(home, app, workspace) }),
  };
}

function eventTime(channel: Channel, { workspace }: World): Payload {
  const ts = workspace.nextTs();
  return { ts, event_ts: ts, channel_type: { public: 'channel', private: 'group', im: 'im' }[channel.kind] };
}

/** People of another team are named by their own. */
function teamsOf(message: SlackMessage, { workspace, app }: World): Payload {
  if (message.bot?.id === app.botId) return { team: workspace.teamId, bot_profile: botProfile(app, workspace) };
  if (message.bot !== undefined) return {};
  const teamId = workspace.person(message.author)?.teamId ?? workspace.teamId;
  return teamId === workspace.teamId ? { team: teamId } : { team: teamId, user_team: teamId, source_team: teamId };
}

function parentOf(message: SlackMessage, { workspace }: World): Payload {
  const parent = workspace.find(message.channel, message.threadTs ?? '');
  return parent === undefined || parent.ts === message.ts ? {} : { parent_user_id: parent.author };
}
