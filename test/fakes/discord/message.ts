// One message at Discord: what it holds now, what it held before, and who may see it.
import type { AllowedMentions, Component, Embed } from './content.ts';
import { FLAG } from './content-check.ts';

export interface Attachment {
  id: string;
  filename: string;
  bytes: Buffer;
}

export interface Content {
  content: string;
  embeds: readonly Embed[];
  components: readonly Component[];
  attachments: readonly Attachment[];
}

export interface Revision extends Content {
  atMs: number;
}

export const MESSAGE_TYPE = { default: 0, reply: 19, command: 20, threadStarter: 21 } as const;

export interface DiscordMessage extends Content {
  readonly id: string;
  readonly channelId: string;
  readonly authorId: string;
  readonly type: number;
  readonly atMs: number;
  /** Only this person sees it. */
  readonly onlyFor: string | undefined;
  /** Of the interaction that it answers. */
  readonly interactionId: string | undefined;
  readonly repliesTo: string | undefined;
  readonly nonce: string | number | undefined;
  readonly allowedMentions: AllowedMentions | undefined;
  flags: number;
  editedMs: number | undefined;
  deleted: boolean;
  /** The oldest first; the last is what it holds now. */
  readonly revisions: Revision[];
}

export interface NewMessage extends Partial<Content> {
  channelId: string;
  authorId: string;
  type?: number;
  onlyFor?: string | undefined;
  interactionId?: string | undefined;
  repliesTo?: string | undefined;
  nonce?: string | number | undefined;
  allowedMentions?: AllowedMentions | undefined;
  flags?: number;
}

export function createMessage(id: string, atMs: number, given: NewMessage): DiscordMessage {
  const content: Content = {
    content: given.content ?? '',
    embeds: given.embeds ?? [],
    components: given.components ?? [],
    attachments: given.attachments ?? [],
  };
  const loading = ((given.flags ?? 0) & FLAG.loading) !== 0;
  return {
    ...content,
    id,
    atMs,
    channelId: given.channelId,
    authorId: given.authorId,
    type: given.type ?? MESSAGE_TYPE.default,
    onlyFor: given.onlyFor,
    interactionId: given.interactionId,
    repliesTo: given.repliesTo,
    nonce: given.nonce,
    allowedMentions: given.allowedMentions,
    flags: given.flags ?? 0,
    editedMs: undefined,
    deleted: false,
    revisions: loading ? [] : [{ ...content, atMs }],
  };
}

/** What is left out stays. The first content of a message that was loading is no edit. */
export function revise(message: DiscordMessage, change: Partial<Content>, atMs: number): void {
  const wasLoading = isLoading(message);
  Object.assign(message, change);
  message.flags &= ~FLAG.loading;
  if (!wasLoading) message.editedMs = atMs;
  const { content, embeds, components, attachments } = message;
  message.revisions.push({ content, embeds, components, attachments, atMs });
}

export const isLoading = (message: DiscordMessage): boolean => (message.flags & FLAG.loading) !== 0;
