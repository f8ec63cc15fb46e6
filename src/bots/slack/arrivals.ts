// What Slack sent becomes an arrival: who spoke, where, and the commands in it; or nothing, when it is not for us.
import type { z } from 'zod';
import type { Arrival, Speaker } from '../../threads/arrival.ts';
import { unescaped } from './escape.ts';
import type { clickSchema, commandSchema, SlackMessageEvent, submissionSchema } from './payloads.ts';
import { type Place, threadPlace } from './place.ts';

/** Us, as auth.test says. */
export interface Installed {
  teamId: string;
  botUserId: string;
}

/** What private answers need beside the thread. */
export interface Ticket {
  responseUrl?: string | undefined;
  /** They spoke in a thread that has replies. */
  inThread?: boolean | undefined;
}

export function speakerOf(who: { id: string; team: string; name: string }, installed: Installed): Speaker {
  return {
    door: 'slack',
    tenant: who.team,
    subject: who.id,
    display: who.name === '' ? who.id : who.name,
    ...(who.team === installed.teamId ? {} : { guest: true }),
  };
}

export function commandArrival(command: z.infer<typeof commandSchema>, installed: Installed): Arrival {
  const place = { channel: command.channel_id, user: command.user_id };
  const speaker = speakerOf({ id: command.user_id, team: command.team_id, name: command.user_name }, installed);
  return arrival(speaker, command.trigger_id, place, unescaped(command.text), { responseUrl: command.response_url });
}

/** Not for us: our own and other bots' messages, edits, what joined or left, and what nobody is named for. */
export function isSpoken(message: SlackMessageEvent, installed: Installed): boolean {
  const { bot_id: bot, subtype, edited, user } = message;
  return (
    bot === undefined &&
    subtype === undefined &&
    edited === undefined &&
    user !== undefined &&
    user !== installed.botUserId
  );
}

/** `team` is that of the event's envelope, where the message does not say whose the speaker is. */
export function messageArrival(
  message: SlackMessageEvent & { user: string },
  about: { team: string; name: string },
  installed: Installed,
): Arrival {
  const { channel, ts, thread_ts: thread, user } = message;
  const team = message.user_team ?? message.source_team ?? message.team ?? about.team;
  const text = unescaped(message.text.replaceAll(`<@${installed.botUserId}>`, ' '));
  const speaker = speakerOf({ id: user, team, name: about.name }, installed);
  return arrival(speaker, `${channel}:${ts}`, { channel, thread: thread ?? ts, user }, text, {
    inThread: thread !== undefined,
  });
}

export function clickArrival(click: z.infer<typeof clickSchema>, line: string, installed: Installed): Arrival {
  const { user, trigger_id: trigger, response_url: responseUrl } = click;
  const inThread = click.container.thread_ts !== undefined;
  return arrival(clickerOf(user, installed), trigger, clickedPlace(click), line, { responseUrl, inThread });
}

/** The thread of the message that was clicked; direct messages for what was clicked on the home tab. */
export function clickedPlace({ user, container }: z.infer<typeof clickSchema>): Place {
  const { channel_id: channel, thread_ts: thread, message_ts: ts, is_ephemeral: isEphemeral } = container;
  if (channel === undefined) return { user: user.id };
  return { channel, thread: thread ?? (isEphemeral === true ? undefined : ts), user: user.id };
}

export function submittedArrival(
  { user, trigger_id: trigger }: z.infer<typeof submissionSchema>,
  line: string,
  place: Place,
  installed: Installed,
): Arrival {
  return arrival(clickerOf(user, installed), trigger, { ...place, user: user.id }, line, {});
}

/** Whose team is not told is not of ours. */
function clickerOf(user: z.infer<typeof clickSchema>['user'], installed: Installed): Speaker {
  const { id, team_id: team = '', username, name } = user;
  return speakerOf({ id, team, name: username ?? name ?? '' }, installed);
}

function arrival(speaker: Speaker, deliveryId: string, place: Place, text: string, ticket: Ticket): Arrival {
  return {
    door: 'slack',
    tenant: speaker.tenant,
    deliveryId,
    thread: threadPlace(speaker.tenant, place, deliveryId),
    speaker,
    text,
    interactive: true,
    ticket: JSON.stringify(ticket),
  };
}
