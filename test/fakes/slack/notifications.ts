// Whom messages of the app would notify: what a test wants to see empty when box output is full of `<!channel>`.
import type { AppIdentity } from './app-identity.ts';
import type { SlackMessage } from './message.ts';
import { mentionsIn } from './mrkdwn.ts';
import type { Change, Workspace } from './workspace.ts';

export interface Notification {
  channel: string;
  ts: string;
  /** A user id, `channel`, `here`, `everyone`, or a group. */
  target: string;
}

export interface Notifications {
  /** People who may be mentioned with intent. */
  allow(personId: string): void;
  list(): readonly Notification[];
}

export function watchNotifications(workspace: Workspace, app: AppIdentity): Notifications {
  const allowed = new Set<string>();
  const seen: Notification[] = [];

  function look(change: Change, message: SlackMessage): void {
    if (change === 'deleted' || message.bot?.id !== app.botId) return;
    for (const target of new Set(targetsOf(message))) {
      const isPerson = workspace.person(target) !== undefined;
      // Edits and ephemeral messages ping nobody, but @channel in them was never meant.
      if (isPerson && (change === 'edited' || message.onlyFor !== undefined || allowed.has(target))) continue;
      seen.push({ channel: message.channel, ts: message.ts, target });
    }
  }
  workspace.onChange(look);
  return { allow: (personId) => void allowed.add(personId), list: () => seen };
}

function targetsOf(message: SlackMessage): string[] {
  const parts: string[] = [message.text];
  const inRichText: string[] = [];
  walk(message.blocks, (node) => {
    if (node.type === 'mrkdwn') parts.push(String(node.text));
    if (node.type === 'user') inRichText.push(String(node.user_id));
    if (node.type === 'broadcast') inRichText.push(String(node.range));
  });
  return [...parts.flatMap(mentionsIn), ...inRichText];
}

function walk(value: unknown, visit: (node: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(Object.fromEntries(Object.entries(value)));
  for (const inner of Object.values(value)) walk(inner, visit);
}
