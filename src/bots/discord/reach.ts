// The ways on which one message gets to everybody in a place: a channel, its thread, direct messages.
import { z } from 'zod';
import { cut } from '../../threads/shown.ts';
import { type DiscordApi, isClosed, isRefused } from './api.ts';
import { isOfRow, tagOf } from './buttons.ts';
import { HISTORY_PAGE_MAX, THREAD_NAME_MAX, THREAD_SILENCE_MINUTES } from './limits.ts';
import { bodyOf, fileOf, postedSchema, saysTheSame } from './message-body.ts';
import type { Content } from './render.ts';

const idSchema = z.object({ id: z.string() });
const writtenSchema = z.object({
  id: z.string(),
  timestamp: z.string(),
  components: z
    .array(z.object({ components: z.array(z.object({ custom_id: z.string().optional() })).default([]) }))
    .default([])
    .catch([]),
});
const historySchema = z.array(writtenSchema);
const MOST_PAGES = 5;
const MARGIN_MS = 60_000;
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

export interface Posted {
  channel: string;
  message: string;
}

/**
 * Where the row's message is, by the ids of its components: in the thread, at the head of it, which stands in the channel under the
 * thread's own id, or in the channel where no thread is known. Undefined also when we may not look.
 */
export async function findPosted(
  api: DiscordApi,
  row: string,
  { channel, thread, since }: { channel: string; thread?: string | undefined; since: Date | undefined },
  signal: AbortSignal,
): Promise<Posted | undefined> {
  const here = thread ?? channel;
  const found = await findIn(api, row, { channel: here, since }, signal);
  if (found !== undefined) return { channel: here, message: found };
  if (thread === undefined) return undefined;
  const head = await orNothing(api.call('GET', `/channels/${channel}/messages/${thread}`, { signal }));
  return head !== undefined && isOf(row, writtenSchema.parse(head)) ? { channel, message: thread } : undefined;
}

async function findIn(
  api: DiscordApi,
  row: string,
  { channel, since }: { channel: string; since: Date | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  let before: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { limit: String(HISTORY_PAGE_MAX), ...(before === undefined ? {} : { before }) };
    const read = await lookAt(api, channel, query, signal);
    const found = read.find((written) => isOf(row, written));
    if (found !== undefined) return found.id;
    const oldest = read.at(-1);
    if (oldest === undefined || read.length < HISTORY_PAGE_MAX) return undefined;
    if (since !== undefined && Date.parse(oldest.timestamp) < since.getTime() - MARGIN_MS) return undefined;
    before = oldest.id;
  }
  return undefined;
}

function isOf(row: string, { components }: z.infer<typeof writtenSchema>): boolean {
  return components.some((one) => one.components.some(({ custom_id: id = '' }) => isOfRow(id, row)));
}

async function lookAt(
  api: DiscordApi,
  channel: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<z.infer<typeof historySchema>> {
  return historySchema.parse(
    (await orNothing(api.call('GET', `/channels/${channel}/messages`, { query, signal }))) ?? [],
  );
}

/** Undefined when there is nothing, or nothing that we may see. */
async function orNothing(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (isRefused(error, 'unknownChannel', 'unknownMessage', 'missingAccess', 'missingPermissions')) return undefined;
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

/** Direct messages with somebody; undefined where they take none of ours. */
export async function directChannel(api: DiscordApi, user: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await openDirect(api, user, signal);
  } catch (error) {
    if (isClosed(error) || isRefused(error, 'noDirectMessages')) return undefined;
    throw error;
  }
}

export async function openDirect(api: DiscordApi, user: string, signal: AbortSignal): Promise<string> {
  const body = { recipient_id: user };
  return idSchema.parse(await api.call('POST', '/users/@me/channels', { body, signal })).id;
}
