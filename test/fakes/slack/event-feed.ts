// Tells the app what happens in the workspace, as far as it has subscribed to it and is there to see it.
import type { EventName } from './app-identity.ts';
import type { Courier, Delivery, SendOptions } from './courier.ts';
import {
  changedEvent,
  deletedEvent,
  eventPayload,
  homeOpenedEvent,
  mentionEvent,
  messageEvent,
  messageEventName,
} from './event-payloads.ts';
import type { SlackMessage } from './message.ts';
import { mentionsIn } from './mrkdwn.ts';
import type { Change, Channel, Person } from './workspace.ts';
import type { World } from './world.ts';

export interface EventFeed {
  /** None when the app is not told. A mention in a channel is told twice if the app also reads the channel's messages. */
  tell(change: Change, message: SlackMessage, options?: SendOptions): readonly Delivery[];
  tellHomeOpened(person: Person, options?: SendOptions): readonly Delivery[];
}

/** The scope without which a subscription brings nothing. */
const EVENT_SCOPES: Partial<Record<EventName, string>> = {
  app_mention: 'app_mentions:read',
  'message.im': 'im:history',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
};

export function createEventFeed(world: World, courier: Courier): EventFeed {
  const { workspace, app } = world;

  function send(event: Record<string, unknown>, isShared: boolean, options?: SendOptions): readonly Delivery[] {
    return courier.send({ kind: 'events_api', payload: eventPayload(event, world, isShared) }, options);
  }
  function hears(name: EventName): boolean {
    const scope = EVENT_SCOPES[name];
    return app.events.has(name) && (scope === undefined || app.scopes.has(scope));
  }
  function eventsOf(change: Change, message: SlackMessage, channel: Channel): Record<string, unknown>[] {
    const shapes = { posted: messageEvent, edited: changedEvent, deleted: deletedEvent };
    const events = hears(messageEventName(channel)) ? [shapes[change](message, channel, world)] : [];
    // "Messages sent to your app in direct message conversations are not dispatched via app_mention."
    const mentions = mentionsIn(message.text).includes(app.botUserId) && message.author !== app.botUserId;
    if (change !== 'deleted' && mentions && channel.kind !== 'im' && hears('app_mention'))
      events.push(mentionEvent(message, world));
    return events;
  }
  const tell: EventFeed['tell'] = (change, message, options) => {
    const channel = workspace.channel(message.channel);
    if (channel === undefined || message.onlyFor !== undefined || !channel.members.has(app.botUserId)) return [];
    const isShared = [...channel.members].some((id) => workspace.person(id)?.teamId !== workspace.teamId);
    return eventsOf(change, message, channel).flatMap((event) => send(event, isShared, options));
  };

  // What people do is told by those who do it, with their options; what apps post is told here.
  workspace.onChange((change, message) => void (message.bot !== undefined && tell(change, message)));
  return {
    tell,
    tellHomeOpened: (person, options) =>
      hears('app_home_opened') ? send(homeOpenedEvent(person, world), false, options) : [],
  };
}
