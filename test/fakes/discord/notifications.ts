// Whom messages of the app pinged: what a test wants to see empty however much `@everyone` is in a box's output.
import type { AllowedMentions } from './content.ts';
import { pieces } from './markdown.ts';
import type { DiscordMessage } from './message.ts';
import type { State } from './state.ts';

export interface Notification {
  channelId: string;
  messageId: string;
  /** A person's or a role's id, `@everyone` or `@here`. */
  target: string;
}

/** Edits, embeds and ephemeral messages ping nobody. */
export function watchNotifications(state: State, appId: string): readonly Notification[] {
  const seen: Notification[] = [];
  state.onChange((change) => {
    if (change.kind !== 'posted' || change.message.authorId !== appId) return;
    for (const target of pinged(state, change.message))
      seen.push({ channelId: change.message.channelId, messageId: change.message.id, target });
  });
  return seen;
}

function pinged(state: State, message: DiscordMessage): string[] {
  if (message.onlyFor !== undefined) return [];
  const allowed = message.allowedMentions;
  const targets = new Set<string>();
  for (const piece of pieces(message.content)) {
    if (piece.kind === 'everyone' && mayParse(allowed, 'everyone')) targets.add(piece.text);
    if (piece.kind === 'person' && (mayParse(allowed, 'users') || allowed?.users?.includes(piece.id) === true))
      targets.add(piece.id);
    if (piece.kind === 'role' && (mayParse(allowed, 'roles') || allowed?.roles?.includes(piece.id) === true))
      targets.add(piece.id);
  }
  const author = answered(state, message);
  if (author !== undefined && (allowed === undefined || allowed.replied_user === true)) targets.add(author);
  targets.delete(message.authorId);
  return [...targets];
}

function mayParse(allowed: AllowedMentions | undefined, kind: 'users' | 'roles' | 'everyone'): boolean {
  return allowed === undefined || (allowed.parse ?? []).includes(kind);
}

function answered(state: State, message: DiscordMessage): string | undefined {
  const channel = state.channel(message.channelId);
  return channel?.messages.find(({ id }) => id === message.repliesTo)?.authorId;
}
