// The ways on which one message gets to people: a channel or thread, the answer to their interaction, direct messages.
import { z } from 'zod';
import { type DiscordApi, isRefused } from './api.ts';
import { isOfRow, tagOf } from './buttons.ts';
import { HISTORY_PAGE_MAX, THREAD_NAME_MAX, THREAD_SILENCE_MINUTES } from './limits.ts';
import { MESSAGE_FLAG } from './payloads.ts';
import type { Content } from './render.ts';
import { cut } from './text.ts';
import type { Ticket } from './ticket.ts';

const idSchema = z.object({ id: z.string() });
const postedSchema = z.object({
  id: z.string(),
  content: z.string().default(''),
  embeds: z.array(z.object({ description: z.string().optional() })).default([]),
});
type Posted = z.infer<typeof postedSchema>;
const originalSchema = postedSchema.extend({ flags: z.number().default(0) });
const historySchema = z.array(
  z.object({
    id: z.string(),
    timestamp: z.string(),
    components: z
      .array(z.object({ components: z.array(z.object({ custom_id: z.string().optional() })).default([]) }))
      .default([])
      .catch([]),
  }),
);
const MOST_PAGES = 5;
const MARGIN_MS = 60_000;
/** Nobody is pinged, whatever is in the text. */
const NEUTRAL = { allowed_mentions: { parse: [] } } as const;
const FILE_NAME = 'shellbox.txt';

function bodyOf({ content, embeds, components }: Content): object {
  return { content, embeds, components, ...NEUTRAL };
}

function fileOf({ file }: Content): { file?: { name: string; text: string } } {
  return file === undefined ? {} : { file: { name: FILE_NAME, text: file } };
}

/** Into a channel or thread, which is brought back when it was put away; the message's id. */
export async function post(
  api: DiscordApi,
  row: string,
  channel: string,
  content: Content,
  signal: AbortSignal,
): Promise<string> {
  const body = { ...bodyOf(content), nonce: tagOf(row), enforce_nonce: true };
  const send = async () =>
    postedSchema.parse(await api.call('POST', `/channels/${channel}/messages`, { body, ...fileOf(content), signal }));
  const posted = await orUnarchived(api, channel, send, signal);
  // For a nonce that it has seen Discord answers with the message of then.
  if (!saysTheSame(posted, content)) await edit(api, { channel, message: posted.id }, content, signal);
  return posted.id;
}

export async function edit(
  api: DiscordApi,
  { channel, message }: { channel: string; message: string },
  content: Content,
  signal: AbortSignal,
): Promise<void> {
  const body = content.file === undefined ? { ...bodyOf(content), attachments: [] } : bodyOf(content);
  const send = () =>
    api.call('PATCH', `/channels/${channel}/messages/${message}`, { body, ...fileOf(content), signal });
  await orUnarchived(api, channel, send, signal);
}

async function orUnarchived<T>(
  api: DiscordApi,
  thread: string,
  send: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!isRefused(error, 'archivedThread')) throw error;
  }
  await api.call('PATCH', `/channels/${thread}`, { body: { archived: false }, signal });
  return send();
}

/** Whether the channel has the row's message, by the ids of its components. Undefined also when we may not look. */
export async function findPosted(
  api: DiscordApi,
  row: string,
  { channel, since }: { channel: string; since: Date | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  let before: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { limit: String(HISTORY_PAGE_MAX), ...(before === undefined ? {} : { before }) };
    const read = await lookAt(api, channel, query, signal);
    const found = read.find(({ components }) =>
      components.some((one) => one.components.some(({ custom_id: id = '' }) => isOfRow(id, row))),
    );
    if (found !== undefined) return found.id;
    const oldest = read.at(-1);
    if (oldest === undefined || read.length < HISTORY_PAGE_MAX) return undefined;
    if (since !== undefined && Date.parse(oldest.timestamp) < since.getTime() - MARGIN_MS) return undefined;
    before = oldest.id;
  }
  return undefined;
}

async function lookAt(
  api: DiscordApi,
  channel: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<z.infer<typeof historySchema>> {
  try {
    return historySchema.parse(await api.call('GET', `/channels/${channel}/messages`, { query, signal }));
  } catch (error) {
    if (isRefused(error, 'unknownChannel', 'missingAccess', 'missingPermissions')) return [];
    throw error;
  }
}

/** A public thread on one of our messages; undefined where threads are not allowed. A thread that is there already is that one. */
export async function startThread(
  api: DiscordApi,
  { channel, message }: { channel: string; message: string },
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const body = { name: cut(name, THREAD_NAME_MAX), auto_archive_duration: THREAD_SILENCE_MINUTES };
  try {
    return idSchema.parse(await api.call('POST', `/channels/${channel}/messages/${message}/threads`, { body, signal }))
      .id;
  } catch (error) {
    if (isRefused(error, 'threadExists')) return message;
    if (isRefused(error, 'missingPermissions', 'missingAccess', 'wrongChannelType')) return undefined;
    throw error;
  }
}

export async function openDirect(api: DiscordApi, user: string, signal: AbortSignal): Promise<string> {
  const body = { recipient_id: user };
  return idSchema.parse(await api.call('POST', '/users/@me/channels', { body, signal })).id;
}

const webhook = ({ application, token }: Ticket) => `/webhooks/${application}/${token}` as const;
/** Discord does not take a private answer that way any more. */
export const isGone = (error: unknown): boolean =>
  isRefused(error, 'unknownWebhook', 'unknownInteraction', 'unknownMessage', 'badWebhookToken', 'missingAccess');

/** For the asker's eyes alone: in place of "is thinking" first, below it later. Undefined when Discord does not take that any more. */
export async function answerAlone(
  api: DiscordApi,
  ticket: Ticket,
  content: Content,
  maybeSent: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const original = await originalOf(api, ticket, signal);
    const isThinking = (original.flags & MESSAGE_FLAG.loading) !== 0;
    if (!isThinking && maybeSent && saysTheSame(original, content)) return original.id;
    const call = { body: { ...bodyOf(content), flags: MESSAGE_FLAG.ephemeral }, ...fileOf(content), signal };
    if (!isThinking) return idSchema.parse(await api.call('POST', webhook(ticket), call)).id;
    await api.call('PATCH', `${webhook(ticket)}/messages/@original`, { ...call, body: bodyOf(content) });
    return original.id;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export async function editAlone(
  api: DiscordApi,
  ticket: Ticket,
  message: string,
  content: Content,
  signal: AbortSignal,
): Promise<void> {
  await api.call('PATCH', `${webhook(ticket)}/messages/${message}`, {
    body: bodyOf(content),
    ...fileOf(content),
    signal,
  });
}

/** "is thinking" becomes a pointer to where the answer is. */
export async function point(api: DiscordApi, ticket: Ticket, channel: string, signal: AbortSignal): Promise<void> {
  const { flags } = await originalOf(api, ticket, signal);
  if ((flags & MESSAGE_FLAG.loading) === 0) return;
  const body = { content: `→ <#${channel}>`, ...NEUTRAL };
  await api.call('PATCH', `${webhook(ticket)}/messages/@original`, { body, signal });
}

async function originalOf(
  api: DiscordApi,
  ticket: Ticket,
  signal: AbortSignal,
): Promise<z.infer<typeof originalSchema>> {
  return originalSchema.parse(await api.call('GET', `${webhook(ticket)}/messages/@original`, { signal }));
}

function saysTheSame(original: Posted, { content, embeds }: Content): boolean {
  return [original.content, original.embeds[0]?.description ?? ''].every(
    (said, place) => said.trim() === [content, embeds[0]?.description ?? ''][place]?.trim(),
  );
}
