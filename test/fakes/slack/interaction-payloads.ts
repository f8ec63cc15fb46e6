// Commands, clicks and submitted views as Slack sends them.
// Sources: https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling and
// https://docs.slack.dev/reference/interaction-payloads
import type { SlackMessage } from './message.ts';
import { botProfile, messageShape } from './message-shape.ts';
import type { Pressable } from './pressing.ts';
import { type View, viewShape } from './views.ts';
import type { Channel, Person } from './workspace.ts';
import type { World } from './world.ts';

type Payload = Record<string, unknown>;

export function commandPayload(
  person: Person,
  channel: Channel,
  line: { command: string; text: string },
  urls: { responseUrl: string; triggerId: string },
  { app, workspace }: World,
): Payload {
  return {
    token: app.verificationToken,
    team_id: person.teamId,
    team_domain: person.teamId === workspace.teamId ? workspace.domain : 'elsewhere',
    ...(person.enterpriseId === undefined
      ? {}
      : { enterprise_id: person.enterpriseId, enterprise_name: 'Elsewhere Inc.' }),
    channel_id: channel.id,
    channel_name: channel.kind === 'private' ? 'privategroup' : channel.name,
    user_id: person.id,
    user_name: person.name,
    command: line.command,
    text: line.text,
    api_app_id: app.appId,
    is_enterprise_install: 'false',
    response_url: urls.responseUrl,
    trigger_id: urls.triggerId,
  };
}

export interface Clicked {
  pressable: Pressable;
  /** Where it was found. */
  message?: SlackMessage;
  view?: View;
}

export function clickPayload(
  person: Person,
  clicked: Clicked,
  urls: { responseUrl: string | undefined; triggerId: string },
  world: World,
): Payload {
  const { workspace, app } = world;
  const { message, view } = clicked;
  const base = {
    type: 'block_actions',
    user: whoIs(person),
    ...commonOf(person, world),
    trigger_id: urls.triggerId,
    is_enterprise_install: false,
    actions: [{ ...clicked.pressable.action, action_ts: workspace.nextTs() }],
  };
  if (view !== undefined)
    return { ...base, container: { type: 'view', view_id: view.id }, view: viewShape(view, app, workspace) };
  if (message === undefined) throw new Error('A click is on a message or in a view.');
  const channel = workspace.channel(message.channel);
  const container = {
    type: 'message',
    message_ts: message.ts,
    channel_id: message.channel,
    is_ephemeral: message.onlyFor !== undefined,
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
  };
  return {
    ...base,
    container,
    channel: { id: message.channel, name: channel?.name },
    ...(message.onlyFor === undefined
      ? {
          message: {
            ...messageShape(message, { metadata: false }),
            team: workspace.teamId,
            bot_profile: botProfile(app, workspace),
          },
        }
      : {}),
    state: { values: {} },
    response_url: urls.responseUrl,
  };
}

export function viewPayload(
  type: 'view_submission' | 'view_closed',
  person: Person,
  view: View,
  more: { values: object; triggerId?: string },
  world: World,
): Payload {
  return {
    type,
    user: whoIs(person),
    ...commonOf(person, world),
    view: viewShape(view, world.app, world.workspace, more.values),
    is_enterprise_install: false,
    ...(type === 'view_submission' ? { trigger_id: more.triggerId, response_urls: [] } : { is_cleared: false }),
  };
}

function whoIs(person: Person): Payload {
  return { id: person.id, username: person.name, name: person.name, team_id: person.teamId };
}

/** `team` is the workspace's even when the person is of another one. */
function commonOf(person: Person, { app, workspace }: World): Payload {
  return {
    api_app_id: app.appId,
    token: app.verificationToken,
    team: { id: workspace.teamId, domain: workspace.domain },
    enterprise: person.enterpriseId === undefined ? null : { id: person.enterpriseId, name: 'Elsewhere Inc.' },
  };
}
