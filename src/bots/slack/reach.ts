// The ways on which one message gets to people: its thread, its asker alone, and what is left when the channel is closed to us.
import { z } from 'zod';
import type { Asker } from '../door.ts';
import { type SlackApi, SlackRefused } from './api.ts';
import type { Ticket } from './arrivals.ts';
import { RESPONSE_URL_LIFE_MS } from './limits.ts';
import { EVENT_TYPE, findPosted } from './lookup.ts';
import { type Place, platformId } from './place.ts';
import type { Content } from './render.ts';

export interface Posted {
  channel: string;
  ts: string;
}

const postedSchema = z.object({ channel: z.string(), ts: z.string() });
const inThreadSchema = z.object({ message: z.object({ thread_ts: z.string() }) });
const ephemeralSchema = z.object({ message_ts: z.string() });
const openedSchema = z.object({ channel: z.object({ id: z.string() }) });
const ticketSchema = z.object({ responseUrl: z.url().optional(), inThread: z.boolean().optional() });

/** Nothing in it is made a link or a mention, and no link is unfolded. */
const NEUTRAL = { link_names: false, parse: 'none', unfurl_links: false, unfurl_media: false } as const;
const RESPONSE_MS = 10_000;

/** The channel takes nothing of ours: we are not in it, it is archived or gone, or its thread is. */
const CLOSED: ReadonlySet<string> = new Set([
  'channel_not_found',
  'is_archived',
  'not_in_channel',
  'no_permission',
  'restricted_action',
  'restricted_action_non_threadable_channel',
  'restricted_action_read_only_channel',
  'restricted_action_thread_locked',
  'restricted_action_thread_only_channel',
  'team_access_not_granted',
  'thread_not_found',
  'user_not_in_channel',
  'messages_tab_disabled',
]);
/** Our token is worth nothing any more. */
const SHUT_OUT: ReadonlySet<string> = new Set([
  'account_inactive',
  'invalid_auth',
  'missing_scope',
  'not_authed',
  'org_login_required',
  'token_expired',
  'token_revoked',
]);

/** Somebody deleted the message, or it may not be edited any more. */
const BEYOND_EDITS: ReadonlySet<string> = new Set([
  'cant_update_message',
  'channel_not_found',
  'edit_window_closed',
  'is_archived',
  'is_inactive',
  'message_not_found',
  'not_in_channel',
]);

export const isBeyondEdits = (error: unknown): error is SlackRefused =>
  error instanceof SlackRefused && BEYOND_EDITS.has(error.reason);
export const isClosed = (error: unknown): error is SlackRefused =>
  error instanceof SlackRefused && CLOSED.has(error.reason);
export const isShutOut = (error: unknown): error is SlackRefused =>
  error instanceof SlackRefused && SHUT_OUT.has(error.reason);

/** A kind of block that this workspace does not have. */
export const isUnknownBlock = (error: unknown): boolean =>
  error instanceof SlackRefused && error.reason === 'invalid_blocks';

/** Into the channel, or its thread when that is known; rejects with `thread_not_found` when that is gone. */
export async function post(
  api: SlackApi,
  row: string,
  { channel, thread }: { channel: string; thread?: string | undefined },
  content: Content,
  signal: AbortSignal,
): Promise<Posted> {
  const answer = await api.call(
    'chat.postMessage',
    {
      channel,
      ...content,
      ...NEUTRAL,
      ...(thread === undefined ? {} : { thread_ts: thread }),
      metadata: { event_type: EVENT_TYPE, event_payload: { row } },
    },
    signal,
  );
  const posted = postedSchema.parse(answer);
  if (thread === undefined || inThreadSchema.safeParse(answer).success) return posted;
  // Slack puts a reply to a message that is gone into the channel itself (slack-go/slack#1571), where nobody knows what it answers.
  // What cannot be taken back stays there, once: posting it again and again would be worse.
  await api.call('chat.delete', { channel: posted.channel, ts: posted.ts }, signal).catch(() => {});
  throw new SlackRefused('chat.postMessage', 'thread_not_found', undefined);
}

export async function edit(
  api: SlackApi,
  row: string,
  { channel, ts }: Posted,
  content: Content,
  signal: AbortSignal,
): Promise<void> {
  const metadata = { event_type: EVENT_TYPE, event_payload: { row } };
  await api.call('chat.update', { channel, ts, ...content, link_names: false, parse: 'none', metadata }, signal);
}

/** Direct messages with somebody. */
export async function openDirect(api: SlackApi, user: string, signal: AbortSignal): Promise<string> {
  return openedSchema.parse(await api.call('conversations.open', { users: user }, signal)).channel.id;
}

export interface ReachOptions {
  api: SlackApi;
  now: () => Date;
}

/** For the asker's eyes alone, where they asked if that can be; the id of what was sent. */
export async function tellAlone(
  { api, now }: ReachOptions,
  message: { row: string; place: Place; asker: Asker; content: Content; maybeSent: boolean },
  signal: AbortSignal,
): Promise<string> {
  const { row, place, asker, content } = message;
  const { channel, thread } = place;
  if (channel !== undefined) {
    try {
      const where = thread !== undefined && isAskedInThread(asker) ? { thread_ts: thread } : {};
      const args = { channel, user: asker.subject, ...where, ...content, link_names: false, parse: 'none' };
      const { message_ts: ts } = ephemeralSchema.parse(await api.call('chat.postEphemeral', args, signal));
      return platformId(channel, ts);
    } catch (error) {
      if (!isClosed(error)) throw error;
    }
    if (await respond(asker, now(), content, signal)) return platformId(channel, 'response');
  }
  const direct = await openDirect(api, asker.subject, signal);
  const since = asker.askedAt;
  const known = message.maybeSent ? await findPosted(api, row, { channel: direct, since }, signal) : undefined;
  const { ts } = known ?? (await post(api, row, { channel: direct }, content, signal));
  return platformId(direct, ts);
}

/** Works where we are not a member, too, five times within half an hour; false when there is no such way. */
async function respond(asker: Asker, now: Date, content: Content, signal: AbortSignal): Promise<boolean> {
  const url = responseUrl(asker, now);
  if (url === undefined) return false;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...content }),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(RESPONSE_MS)]),
  });
  await answer.body?.cancel();
  return answer.ok;
}

function responseUrl(asker: Asker, now: Date): string | undefined {
  const { askedAt } = asker;
  if (askedAt === undefined || now.getTime() - askedAt.getTime() > RESPONSE_URL_LIFE_MS) return undefined;
  return ticketOf(asker).responseUrl;
}

/** What is ephemeral in a thread without replies is shown to nobody. */
export function isAskedInThread(asker: Asker): boolean {
  return ticketOf(asker).inThread === true;
}

/** Only this door writes tickets, so one that cannot be read is a fault of ours. */
function ticketOf({ ticket }: Asker): Ticket {
  return ticket === undefined ? {} : ticketSchema.parse(JSON.parse(ticket));
}
