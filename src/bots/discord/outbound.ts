// Sends one message to Discord: into its thread, to its asker alone, or on the best way that is left.
import type { Logger } from '../../log.ts';
import { replyOf, text } from '../../threads/reply.ts';
import type { OutgoingMessage, SendResult } from '../door.ts';
import { answerAlone, editAlone, isGone, point } from './alone.ts';
import { type DiscordApi, isClosed, isRefused, isShutOut } from './api.ts';
import { addressOf, messageOf, type Place, placeOf, platformId } from './place.ts';
import { edit, findPosted, openDirect, type Posted, post, startThread } from './reach.ts';
import { render } from './render.ts';
import { validTicket } from './ticket.ts';

export interface OutboundOptions {
  api: DiscordApi;
  now: () => Date;
  logger: Logger;
}

/** What was told to somebody alone cannot be looked for; what this process told last it knows. */
const MOST_TOLD = 1_000;

export function createOutbound({ api, now, logger }: OutboundOptions) {
  const told = new Map<string, string>();

  function remember(row: string, posted: string): void {
    const [oldest] = told.keys();
    if (told.size >= MOST_TOLD && oldest !== undefined) told.delete(oldest);
    told.set(row, posted);
  }

  return async function send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult> {
    try {
      const place = placeOf(message.thread.address);
      if (message.platformId !== undefined) return await sendEdit(message, message.platformId, signal);
      if (message.visibility === 'thread' || place.direct === true) return await sendToThread(message, place, signal);
      return await sendAlone(message, signal);
    } catch (error) {
      if (isShutOut(error)) return { kind: 'keep', reason: 'Discord refuses our token' };
      throw error;
    }
  };

  async function sendEdit(message: OutgoingMessage, id: string, signal: AbortSignal): Promise<SendResult> {
    const { channel, message: posted } = messageOf(id);
    const content = render(message.body, message.id, channel !== undefined);
    try {
      const ticket = message.asker && validTicket(message.asker, now());
      if (channel !== undefined) await edit(api, { channel, message: posted }, content, signal);
      else if (ticket !== undefined) await editAlone(api, ticket, posted, content, signal);
    } catch (error) {
      // Nothing is lost that the messages after it do not say.
      if (!isClosed(error) && !isGone(error)) throw error;
    }
    return { kind: 'sent', platformId: id };
  }

  async function sendToThread(message: OutgoingMessage, place: Place, signal: AbortSignal): Promise<SendResult> {
    try {
      const posted = await putInto(message, place, signal);
      const found =
        message.body.kind === 'light' ? await threadOn(message.body.light.box, posted.message, place, signal) : place;
      await pointTo(message, found.thread ?? place.channel, signal);
      const stays = found.thread === undefined || found.thread === place.thread;
      return {
        kind: 'sent',
        platformId: platformId(posted),
        ...(stays ? {} : { place: { key: found.thread ?? '', address: addressOf(found) } }),
      };
    } catch (error) {
      if (!isClosed(error) && !isRefused(error, 'noDirectMessages')) throw error;
      return sendElsewhere(message, error.reason, signal);
    }
  }

  async function putInto(message: OutgoingMessage, place: Place, signal: AbortSignal): Promise<Posted> {
    const { id, asker, maybeSent, body } = message;
    const content = render(body, id, true);
    const known = maybeSent ? await findPosted(api, id, { ...place, since: asker?.askedAt }, signal) : undefined;
    if (known !== undefined) await edit(api, known, content, signal);
    const channel = place.thread ?? place.channel;
    return known ?? { channel, message: await post(api, id, channel, content, signal) };
  }

  /** The first message of a conversation in a channel begins a thread, where that is allowed. */
  async function threadOn(box: string, posted: string, place: Place, signal: AbortSignal): Promise<Place> {
    if (place.thread !== undefined || place.direct === true) return place;
    const thread = await startThread(api, { channel: place.channel, message: posted }, box, signal);
    return thread === undefined ? place : { ...place, thread };
  }

  /** Who asked by an interaction is shown where the answer is; without that it would seem to be thinking for ever. */
  async function pointTo({ asker, kind }: OutgoingMessage, channel: string, signal: AbortSignal): Promise<void> {
    const ticket = asker && validTicket(asker, now());
    if (ticket === undefined || kind === 'progress') return;
    try {
      await point(api, ticket, channel, signal);
    } catch (error) {
      if (!isGone(error)) logger.warn({ door: 'discord', error }, 'An interaction could not be pointed to its answer');
    }
  }

  async function sendAlone(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult> {
    const { asker, id, body, maybeSent } = message;
    if (asker === undefined) return { kind: 'keep', reason: 'nobody is known to tell this to' };
    const ticket = validTicket(asker, now());
    if (ticket !== undefined) {
      const known = told.get(id);
      if (known !== undefined) return sendEdit(message, platformId({ channel: undefined, message: known }), signal);
      const posted = await answerAlone(api, ticket, render(body, id, false), maybeSent, signal);
      if (posted !== undefined) {
        remember(id, posted);
        return { kind: 'sent', platformId: platformId({ channel: undefined, message: posted }) };
      }
    }
    try {
      const channel = await openDirect(api, asker.subject, signal);
      return { kind: 'sent', platformId: platformId(await putInto(message, { channel }, signal)) };
    } catch (error) {
      if (isClosed(error) || isRefused(error, 'noDirectMessages'))
        return { kind: 'keep', reason: `Discord takes no direct messages to them (${error.reason})` };
      throw error;
    }
  }

  /** The channel is closed to us: what is said goes to the asker, what only shows a state is dropped. */
  async function sendElsewhere(message: OutgoingMessage, reason: number, signal: AbortSignal): Promise<SendResult> {
    const { body } = message;
    if (body.kind === 'light' || body.kind === 'progress')
      return { kind: 'keep', reason: `Discord takes nothing there (${reason})` };
    const explained = text('I cannot write where you asked; the server’s admins can let me in.');
    const said = replyOf(body);
    const reply = { ...said, blocks: [...said.blocks, explained] };
    return sendAlone({ ...message, body: { kind: 'reply', reply } }, signal);
  }
}
