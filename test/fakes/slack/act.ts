// One thing that a person did: whether the app acknowledged it, and what people see of it now.
import type { Attempt } from './carrier.ts';
import type { Delivery } from './courier.ts';
import type { SlackMessage } from './message.ts';
import { shownMessage, shownView } from './rendering.ts';
import type { PersonOnStage } from './stage.ts';
import { namesIn } from './transcript.ts';
import { type Channel, isVisibleTo } from './workspace.ts';

export interface Acknowledgement {
  /** Every delivery was acknowledged in time. */
  ok: boolean;
  /** HTTP status of the last attempt of the first delivery; undefined in Socket Mode, or when there was no answer. */
  status: number | undefined;
  /** How long the slowest attempt took. */
  tookMs: number;
}

export interface Act {
  /** Ids at Slack: the payloads and attempts. Empty when the app is not told. */
  readonly deliveries: readonly Delivery[];
  /** What the person wrote; undefined for commands and clicks. */
  readonly message: SlackMessage | undefined;
  /** Resolves when each delivery has its outcome, and what the acknowledgement carried has been shown. */
  acknowledged(): Promise<Acknowledgement>;
  /** Sends events again that were not acknowledged; for the policy `stepwise`. */
  retryNow(): Promise<readonly Attempt[]>;
  /**
   * What this person sees of it, in present form: what the app has written since in the same place (the thread, if it was in one),
   * in their direct messages, in a modal, and what Slack says itself.
   */
  shown(personId: string): string;
}

export interface Place {
  channel: Channel;
  /** Only what is in this thread, or ephemeral beside it. */
  threadTs?: string | undefined;
  /** The message that was clicked. */
  origin?: SlackMessage | undefined;
  /** The home tab was clicked or opened. */
  home?: boolean;
}

export interface ActOptions {
  deliveries: readonly Delivery[];
  place: Place;
  /** The act's own time at Slack. */
  sinceTs: string;
  message?: SlackMessage;
  /** What Slack itself tells the person who acted. */
  notices?: string[];
  /** Takes in what the acknowledgement carried. */
  conclude?: (attempt: Attempt) => void;
}

export function createAct(stage: PersonOnStage, options: ActOptions): Act {
  const { deliveries, conclude } = options;
  const concluded = Promise.all(deliveries.map(({ settled }) => settled)).then((attempts) => {
    const [first] = attempts;
    if (first !== undefined) conclude?.(first);
    return attempts;
  });
  return {
    deliveries,
    message: options.message,
    async acknowledged() {
      const attempts = await concluded;
      return {
        ok: attempts.every(({ outcome }) => outcome === 'acknowledged'),
        status: attempts[0]?.status,
        tookMs: Math.max(0, ...attempts.map(({ tookMs }) => tookMs)),
      };
    },
    async retryNow() {
      await concluded;
      const failed = deliveries.filter((delivery) => delivery.attempts().at(-1)?.outcome !== 'acknowledged');
      return await Promise.all(failed.map((delivery) => delivery.retryNow()));
    },
    shown: (personId) => shownOf(stage, options, personId).join('\n'),
  };
}

function shownOf({ world, person }: PersonOnStage, options: ActOptions, personId: string): string[] {
  const { workspace, views, app } = world;
  const { place, sinceTs } = options;
  const names = namesIn(workspace);
  const im = workspace.openIm(personId, app.botUserId).channel;
  const channels = im === place.channel ? [im] : [place.channel, im];
  const messages = channels.flatMap((channel) =>
    channel.messages.filter((message) => {
      if (message.bot?.id !== app.botId || !isVisibleTo(channel, message, personId)) return false;
      return message === place.origin || (message.ts > sinceTs && (channel !== place.channel || isIn(place, message)));
    }),
  );
  const home = place.home === true ? views.home(personId) : undefined;
  const modal = views.modal(personId);
  return [
    ...(home === undefined ? [] : [shownView(home.content, names)]),
    ...messages.map((message) => {
      const only = message.onlyFor === undefined ? '' : `(only ${workspace.person(personId)?.name} sees) `;
      return `${only}${shownMessage(message, names)}`;
    }),
    ...(modal === undefined ? [] : [shownView(modal.content, names)]),
    ...(personId === person.id ? (options.notices ?? []) : []),
  ];
}

function isIn({ threadTs, origin }: Place, message: SlackMessage): boolean {
  if (threadTs === undefined || message.threadTs === threadTs) return true;
  return message.threadTs === undefined && (origin !== undefined || message.onlyFor !== undefined);
}
