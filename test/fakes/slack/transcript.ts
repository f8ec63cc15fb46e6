// A channel as text: threads indented under their first message, ephemeral messages marked, everything in its present form.
import { isEdited, msOf, type SlackMessage } from './message.ts';
import type { Names } from './mrkdwn.ts';
import { shownMessage } from './rendering.ts';
import { type Channel, isVisibleTo, type Workspace } from './workspace.ts';

export function namesIn(workspace: Workspace): Names {
  return { person: (id) => workspace.person(id)?.name, channel: (id) => workspace.channel(id)?.name };
}

export interface TranscriptOptions {
  /** Only what this person sees; otherwise everything that somebody sees. */
  seenBy?: string;
}

/** `14:02 ana  text`, times in UTC; replies begin with `└`. */
export function transcript(channel: Channel, workspace: Workspace, options: TranscriptOptions = {}): string {
  const { seenBy } = options;
  const visible = channel.messages.filter((message) =>
    seenBy === undefined ? !message.deleted && !message.unseen : isVisibleTo(channel, message, seenBy),
  );
  const roots = visible.filter((message) => message.threadTs === undefined || message.threadTs === message.ts);
  const lines = roots.flatMap((root) => [
    entry(root, workspace, ''),
    ...visible
      .filter((message) => message.threadTs === root.ts && message !== root)
      .map((message) => entry(message, workspace, '└ ')),
  ]);
  const title = channel.kind === 'im' ? 'direct messages' : `#${channel.name}`;
  return [title, ...lines].join('\n');
}

function entry(message: SlackMessage, workspace: Workspace, mark: string): string {
  const { tombstone, onlyFor } = message;
  const time = new Date(msOf(message.ts)).toISOString().slice(11, 16);
  const author = message.bot?.name ?? workspace.person(message.author)?.name ?? message.author;
  const only = onlyFor === undefined ? '' : ` (only ${workspace.person(onlyFor)?.name ?? onlyFor} sees)`;
  const head = `${mark}${time} ${author}${only}  `;
  const text = tombstone ? 'This message was deleted.' : shownMessage(message, namesIn(workspace));
  const edited = isEdited(message) && !tombstone ? ' (edited)' : '';
  return `${head}${text.replaceAll('\n', `\n${' '.repeat(head.length)}`)}${edited}`;
}
