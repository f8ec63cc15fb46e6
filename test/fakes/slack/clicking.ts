// How a person presses a button or chooses from a menu: found by its label in what they can see, asked first where it asks.
import { type Act, createAct } from './act.ts';
import type { Attempt } from './carrier.ts';
import type { SendOptions } from './courier.ts';
import { clickPayload } from './interaction-payloads.ts';
import type { SlackMessage } from './message.ts';
import { unescaped } from './mrkdwn.ts';
import { type Pressable, pressables } from './pressing.ts';
import { shownMessage } from './rendering.ts';
import type { PersonOnStage } from './stage.ts';
import { namesIn } from './transcript.ts';
import type { View } from './views.ts';
import { isVisibleTo } from './workspace.ts';

/** A message, or any in a channel (the newest that has the label), or one's home tab or open modal. */
export type Where = { channel: string; ts?: string } | 'home' | 'modal';

export interface ClickOptions extends SendOptions {
  /** What the person answers when the button asks first. */
  whenAsked?: 'confirm' | 'deny';
}

interface Found {
  pressable: Pressable;
  message?: SlackMessage;
  view?: View;
}

/** Throws when this person sees no such label there. With `deny` to a question, nothing is sent. */
export function click(stage: PersonOnStage, where: Where, label: string, options: ClickOptions = {}): Act {
  const { world, person, courier, responseUrls } = stage;
  const { workspace, triggers, app } = world;
  const found = find(stage, where, label);
  const { message } = found;
  const sinceTs = workspace.nextTs();
  const channelId = message?.channel ?? workspace.openIm(person.id, app.botUserId).channel.id;
  const channel = workspace.channel(channelId);
  if (channel === undefined) throw new Error(`No channel ${channelId}.`);
  const place = {
    channel,
    origin: message,
    threadTs: message === undefined ? undefined : (message.threadTs ?? message.ts),
    home: where === 'home',
  };
  if (found.pressable.confirm !== undefined && options.whenAsked === 'deny')
    return createAct(stage, { deliveries: [], place, sinceTs });
  const responseUrl = message && responseUrls.grant({ channelId, personId: person.id, message });
  const urls = { responseUrl, triggerId: triggers.grant(person.id) };
  const deliveries = courier.send({ kind: 'interactive', payload: clickPayload(person, found, urls, world) }, options);
  const notices: string[] = [];
  return createAct(stage, { deliveries, place, sinceTs, notices, conclude: (attempt) => warn(attempt, notices) });
}

/** The question of a button with a confirmation, as it is shown; undefined when it asks nothing. */
export function questionOf(stage: PersonOnStage, where: Where, label: string): string | undefined {
  const { confirm } = find(stage, where, label).pressable;
  if (confirm === undefined) return undefined;
  const buttons = [confirm.deny?.text ?? 'Cancel', confirm.confirm?.text ?? 'Yes'].map((text) => `[${text}]`);
  const texts = [confirm.title?.text ?? 'Are you sure?', confirm.text.text];
  return [...texts.map(unescaped), buttons.join(' ')].join('\n');
}

function warn(attempt: Attempt, notices: string[]): void {
  if (attempt.outcome === 'acknowledged') return;
  notices.push(`⚠ This app responded with Status Code ${attempt.status ?? 'none'}.`);
}

function find(stage: PersonOnStage, where: Where, label: string): Found {
  const places = placesOf(stage, where);
  for (const { blocks, ...place } of places) {
    const pressable = pressables(blocks).find((candidate) => candidate.label === label);
    if (pressable !== undefined) return { pressable, ...place };
  }
  const labels = places.flatMap(({ blocks }) => pressables(blocks).map((pressable) => `[${pressable.label}]`));
  throw new Error(`${stage.person.name} sees no [${label}] there, but: ${labels.join(' ') || 'nothing to press'}`);
}

function placesOf({ world, person }: PersonOnStage, where: Where) {
  const { workspace, views } = world;
  if (where === 'home' || where === 'modal') {
    const view = where === 'home' ? views.home(person.id) : views.modal(person.id);
    return view === undefined ? [] : [{ view, blocks: view.content.blocks }];
  }
  const channel = workspace.channel(where.channel);
  if (channel === undefined) throw new Error(`No channel ${where.channel}.`);
  return channel.messages
    .filter((message) => isVisibleTo(channel, message, person.id))
    .filter((message) => where.ts === undefined || message.ts === where.ts)
    .map((message) => ({ message, blocks: message.blocks }))
    .toReversed();
}

/** The newest message that this person sees in the channel and that holds the text. */
export function seenMessage({ world, person }: PersonOnStage, channelName: string, part: string): SlackMessage {
  const channel = world.workspace.channel(channelName);
  const names = namesIn(world.workspace);
  const found = channel?.messages.findLast(
    (message) => isVisibleTo(channel, message, person.id) && shownMessage(message, names).includes(part),
  );
  if (found === undefined) throw new Error(`${person.name} sees no message with "${part}" in ${channelName}.`);
  return found;
}
