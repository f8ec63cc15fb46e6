// Answers to an interaction, which its asker alone sees.
import { z } from 'zod';
import { type DiscordApi, isRefused } from './api.ts';
import { bodyOf, fileOf, NEUTRAL, postedSchema, saysTheSame } from './message-body.ts';
import { MESSAGE_FLAG } from './payloads.ts';
import type { Content } from './render.ts';
import type { Ticket } from './ticket.ts';

const idSchema = z.object({ id: z.string() });
const originalSchema = postedSchema.extend({ flags: z.number().default(0) });

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
