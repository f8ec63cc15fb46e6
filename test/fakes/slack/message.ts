// One message: who wrote it where, for whom, and every form it has had.
import type { Block } from './blocks.ts';

export interface MessageMetadata {
  event_type: string;
  event_payload: Record<string, unknown>;
}

/** What a message says at one time. */
export interface Content {
  text: string;
  blocks: readonly Block[];
}

export interface Revision extends Content {
  /** On the workspace's clock. */
  atMs: number;
}

/** A file as a message shows it. */
export interface SharedFile {
  id: string;
  name: string;
  title: string;
  size: number;
}

export type Route =
  | 'person'
  | 'chat.postMessage'
  | 'chat.postEphemeral'
  | 'files.completeUploadExternal'
  | 'response_url'
  | 'acknowledgement'
  | 'other';

export interface SlackMessage extends Content {
  readonly channel: string;
  /** Identifies it in its channel: seconds and a counter, `1763702400.000100`. */
  readonly ts: string;
  /** User id; for an app, that of its bot. */
  readonly author: string;
  /** Undefined for people. */
  readonly bot: { id: string; appId: string; name: string } | undefined;
  readonly subtype: string | undefined;
  /** The thread's first message; undefined outside threads. */
  readonly threadTs: string | undefined;
  /** Ephemeral: the only user who sees it. */
  readonly onlyFor: string | undefined;
  /** Taken by Slack, but shown to nobody: ephemeral in a thread that has no replies yet. */
  readonly unseen: boolean;
  readonly route: Route;
  readonly files: readonly SharedFile[];
  readonly clientMsgId: string | undefined;
  metadata: MessageMetadata | undefined;
  /** The first is as posted, the last as it is now. */
  readonly revisions: Revision[];
  deleted: boolean;
  /** Deleted, but its thread lives on under "This message was deleted." */
  tombstone: boolean;
}

export interface NewMessage {
  channel: string;
  author: string;
  bot?: SlackMessage['bot'];
  subtype?: string;
  threadTs?: string | undefined;
  onlyFor?: string;
  unseen?: boolean;
  route: Route;
  clientMsgId?: string;
  text: string;
  blocks?: readonly Block[];
  files?: readonly SharedFile[];
  metadata?: MessageMetadata | undefined;
}

export function createMessage(from: NewMessage, ts: string, atMs: number): SlackMessage {
  const content: Content = { text: from.text, blocks: from.blocks ?? [] };
  return {
    ...content,
    channel: from.channel,
    ts,
    author: from.author,
    bot: from.bot,
    subtype: from.subtype,
    threadTs: from.threadTs,
    onlyFor: from.onlyFor,
    unseen: from.unseen ?? false,
    route: from.route,
    files: from.files ?? [],
    clientMsgId: from.clientMsgId,
    metadata: from.metadata,
    revisions: [{ ...content, atMs }],
    deleted: false,
    tombstone: false,
  };
}

export function revise(message: SlackMessage, content: Content, atMs: number): void {
  message.text = content.text;
  message.blocks = content.blocks;
  message.revisions.push({ ...content, atMs });
}

export const isEdited = (message: SlackMessage): boolean => message.revisions.length > 1;

/** `1763702400.000100` of seconds and a counter; sorts as text as long as seconds have ten digits. */
export const tsOf = (seconds: number, counter: number): string => `${seconds}.${String(counter).padStart(6, '0')}`;

/** Milliseconds since the epoch at which a ts was given, to the second. */
export const msOf = (ts: string): number => Number(ts.split('.')[0]) * 1000;
