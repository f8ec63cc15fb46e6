// Sends one message to Slack: into its thread, to its asker alone, or on the best way that is left.
import { replyOf, text } from '../../threads/reply.ts';
import type { OutgoingMessage, SendResult } from '../door.ts';
import type { SlackApi } from './api.ts';
import { findPosted } from './lookup.ts';
import { addressOf, isDirect, messageOf, type Place, placeOf, platformId, threadKey } from './place.ts';
import {
  edit,
  isAskedInThread,
  isBeyondEdits,
  isClosed,
  isShutOut,
  isUnknownBlock,
  openDirect,
  type Posted,
  post,
  tellAlone,
} from './reach.ts';
import { type Content, render, type Typed } from './render.ts';

export interface OutboundOptions {
  api: SlackApi;
  now: () => Date;
}

export function createOutbound(options: OutboundOptions) {
  const { api, now } = options;
  /** Until the workspace turns out not to know them. */
  let plans = true;

  return async function send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult> {
    try {
      const place = placeOf(message.thread.address);
      if (message.platformId !== undefined) return await sendEdit(message, message.platformId, place, signal);
      if (message.visibility === 'thread' || isDirect(place)) return await sendToThread(message, place, signal);
      return await sendAlone(message, place, signal);
    } catch (error) {
      if (plans && message.body.kind === 'progress' && isUnknownBlock(error)) {
        plans = false;
        return send(message, signal);
      }
      if (isShutOut(error)) return { kind: 'keep', reason: `Slack refuses our token: ${error.reason}` };
      throw error;
    }
  };

  async function sendEdit(
    message: OutgoingMessage,
    id: string,
    place: Place,
    signal: AbortSignal,
  ): Promise<SendResult> {
    try {
      await edit(api, message.id, messageOf(id), contentOf(message, place), signal);
    } catch (error) {
      // Nothing is lost that the messages after it do not say.
      if (!isBeyondEdits(error)) throw error;
    }
    return { kind: 'sent', platformId: id };
  }

  async function sendToThread(message: OutgoingMessage, place: Place, signal: AbortSignal): Promise<SendResult> {
    try {
      const channel = place.channel ?? (await openDirect(api, place.user ?? '', signal));
      const { thread } = place;
      const content = contentOf(message, place);
      const since = message.asker?.askedAt;
      const known = message.maybeSent
        ? await findPosted(api, message.id, { channel, thread, since }, signal)
        : undefined;
      if (known !== undefined) await edit(api, message.id, known, content, signal);
      const posted = known ?? (await post(api, message.id, { channel, thread }, content, signal));
      return { kind: 'sent', platformId: platformId(posted.channel, posted.ts), ...placeFound(place, posted) };
    } catch (error) {
      if (!isClosed(error)) throw error;
      return sendElsewhere(message, place, error.reason, signal);
    }
  }

  async function sendAlone(message: OutgoingMessage, place: Place, signal: AbortSignal): Promise<SendResult> {
    const { asker, id, maybeSent } = message;
    if (asker === undefined) return { kind: 'keep', reason: 'nobody is known to tell this to' };
    try {
      const content = render(message.body, aloneTyped(message, place));
      return {
        kind: 'sent',
        platformId: await tellAlone({ api, now }, { row: id, place, asker, content, maybeSent }, signal),
      };
    } catch (error) {
      if (isClosed(error)) return { kind: 'keep', reason: `Slack takes nothing there: ${error.reason}` };
      throw error;
    }
  }

  function contentOf({ body }: OutgoingMessage, place: Place): Content {
    const typed: Typed = isDirect(place) ? 'direct' : place.thread === undefined ? 'slash' : 'mention';
    return render(body, typed, plans);
  }

  /** The channel is closed to us: what is said goes to the asker, what only shows a state is dropped. */
  async function sendElsewhere(
    message: OutgoingMessage,
    place: Place,
    reason: string,
    signal: AbortSignal,
  ): Promise<SendResult> {
    if (message.body.kind === 'light' || message.body.kind === 'progress')
      return { kind: 'keep', reason: `Slack takes nothing there: ${reason}` };
    const reply = replyOf(message.body);
    const explained = text('I cannot write where you asked. In a channel, /invite @shellbox helps.');
    const body = { kind: 'reply', reply: { ...reply, blocks: [...reply.blocks, explained] } } as const;
    return sendAlone({ ...message, body }, { ...place, thread: undefined }, signal);
  }
}

/** The first message of a conversation that had no thread begins it. */
function placeFound(place: Place, { channel, ts }: Posted): Pick<Extract<SendResult, { kind: 'sent' }>, 'place'> {
  if (place.thread !== undefined) return {};
  return { place: { key: threadKey(channel, ts), address: addressOf({ ...place, channel, thread: ts }) } };
}

/** What is shown to somebody alone stands in a thread only where they asked in one. */
function aloneTyped({ asker }: OutgoingMessage, place: Place): Typed {
  if (isDirect(place)) return 'direct';
  return asker !== undefined && isAskedInThread(asker) ? 'mention' : 'slash';
}
