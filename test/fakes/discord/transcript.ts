// A channel as text: threads below the message that they began with, ephemeral messages marked, everything in its present form.
import { type DiscordMessage, MESSAGE_TYPE } from './message.ts';
import { shownMessage } from './rendering.ts';
import { type Channel, isVisibleTo, type State } from './state.ts';

export interface TranscriptOptions {
  /** Only what this person sees; otherwise everything that somebody sees. */
  seenBy?: string;
}

/** `14:02 ana  text`, times in UTC; messages in threads begin with `└`. */
export function transcript(channel: Channel, state: State, options: TranscriptOptions = {}): string {
  const threads = state.channels().filter(({ parentId }) => parentId === channel.id);
  const rootless = threads.filter(({ id }) => !channel.messages.some((message) => message.id === id));
  const title = channel.kind === 'text' ? `#${channel.name}` : channel.name;
  const inThread = (thread: Channel | undefined) =>
    thread === undefined
      ? []
      : [`└ thread "${thread.name}"${thread.archived ? ' (archived)' : ''}`, ...lines(thread, state, options, '└ ')];
  const own = seen(channel, options).flatMap((message) => [
    entry(message, state, ''),
    ...inThread(threads.find(({ id }) => id === message.id)),
  ]);
  return [title, ...own, ...rootless.flatMap(inThread)].join('\n');
}

function lines(channel: Channel, state: State, options: TranscriptOptions, mark: string): string[] {
  return seen(channel, options).map((message) => entry(message, state, mark));
}

function seen(channel: Channel, { seenBy }: TranscriptOptions): DiscordMessage[] {
  return channel.messages.filter(
    (message) =>
      message.type !== MESSAGE_TYPE.threadStarter &&
      (seenBy === undefined ? !message.deleted : isVisibleTo(message, seenBy)),
  );
}

function entry(message: DiscordMessage, state: State, mark: string): string {
  const time = new Date(message.atMs).toISOString().slice(11, 16);
  const author = state.person(message.authorId)?.name ?? message.authorId;
  const only = message.onlyFor === undefined ? '' : ` (only ${state.person(message.onlyFor)?.name} sees)`;
  const head = `${mark}${time} ${author}${only}  `;
  const edited = message.editedMs === undefined ? '' : ' (edited)';
  return `${head}${shownMessage(message, state).replaceAll('\n', `\n${' '.repeat(head.length)}`)}${edited}`;
}
