// Makes and changes messages from request bodies, in whichever way they came.
import type { UploadedFile } from './body.ts';
import { type MessageBody, messageBodySchema } from './content.ts';
import { checkMessage, checkNotEmpty, FLAG } from './content-check.ts';
import type { Attachment, Content, DiscordMessage, NewMessage } from './message.ts';
import { DiscordRefusal, formError } from './refusal.ts';
import type { Channel, Permission } from './state.ts';
import type { World } from './world.ts';

/** Throws 50035 with what does not fit. */
export function readMessage(json: unknown): MessageBody {
  const read = messageBodySchema.safeParse(json ?? {});
  if (!read.success) {
    const [issue] = read.error.issues;
    throw formError(issue?.path.join('.') ?? '', 'UNION_TYPE_CHOICES', issue?.message ?? 'does not fit');
  }
  checkMessage(read.data);
  return read.data;
}

/** The channel, when the app may do all this there. */
export function channelFor(world: World, id: string, needed: readonly Permission[] = []): Channel {
  const channel = world.state.channel(id);
  if (channel === undefined || channel.deleted) throw new DiscordRefusal('unknown channel');
  if (channel.kind === 'dm') return channel;
  if (!channel.permissions.has('ViewChannel')) throw new DiscordRefusal('missing access');
  if (needed.some((permission) => !channel.permissions.has(permission)))
    throw new DiscordRefusal('missing permissions');
  return channel;
}

/** What it takes to post this there by bot token. */
export function permissionsToPost(channel: Channel, body: MessageBody, files: readonly UploadedFile[]): Permission[] {
  return [
    channel.kind === 'thread' ? 'SendMessagesInThreads' : 'SendMessages',
    ...((body.embeds ?? []).length > 0 ? ['EmbedLinks' as const] : []),
    ...(files.length > 0 ? ['AttachFiles' as const] : []),
  ];
}

const KEPT_FLAGS = FLAG.suppressEmbeds | FLAG.suppressNotifications | FLAG.componentsV2;

/** `where` names the channel, who sees it, what it answers; flags beside those of the body. Throws 50006 when there is nothing in it. */
export function newMessage(
  world: World,
  body: MessageBody,
  files: readonly UploadedFile[],
  where: Pick<NewMessage, 'channelId' | 'type' | 'onlyFor' | 'interactionId' | 'repliesTo' | 'flags'>,
): NewMessage {
  checkNotEmpty(body, files.length);
  return {
    ...where,
    authorId: world.app.id,
    content: body.content ?? '',
    embeds: body.embeds ?? [],
    components: body.components ?? [],
    attachments: files.map((file) => attachmentOf(world, file)),
    flags: ((body.flags ?? 0) & KEPT_FLAGS) | (where.flags ?? 0),
    nonce: body.nonce ?? undefined,
    allowedMentions: body.allowed_mentions ?? undefined,
  };
}

/** What the body leaves out stays; `null` empties. Throws 50006 when nothing would be left. */
export function changeMessage(
  world: World,
  message: DiscordMessage,
  body: MessageBody,
  files: readonly UploadedFile[],
): void {
  const kept = body.attachments?.map(({ id }) => String(id));
  const attachments = [
    ...message.attachments.filter(({ id }) => kept === undefined || kept.includes(id)),
    ...files.map((file) => attachmentOf(world, file)),
  ];
  const change: Content = {
    content: body.content === undefined ? message.content : (body.content ?? ''),
    embeds: body.embeds === undefined ? message.embeds : (body.embeds ?? []),
    components: body.components === undefined ? message.components : (body.components ?? []),
    attachments,
  };
  checkNotEmpty(
    {
      ...change,
      embeds: [...change.embeds],
      components: [...change.components],
      attachments: undefined,
      flags: body.flags ?? message.flags,
    },
    attachments.length,
  );
  world.state.edit(message, change);
}

function attachmentOf(world: World, { filename, bytes }: UploadedFile): Attachment {
  return { id: world.state.nextId(), filename, bytes };
}
