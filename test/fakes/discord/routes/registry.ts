// All routes of the fake, and which of them a path means.
import { channelRoutes } from './channels.ts';
import { commandRoutes } from './commands.ts';
import { identityRoutes } from './identity.ts';
import { interactionRoutes } from './interactions.ts';
import { messageRoutes } from './messages.ts';
import type { Route } from './route.ts';
import { webhookRoutes } from './webhooks.ts';

export const ROUTES: readonly Route[] = [
  ...identityRoutes,
  ...channelRoutes,
  ...messageRoutes,
  ...commandRoutes,
  ...interactionRoutes,
  ...webhookRoutes,
];

const PATTERNS = ROUTES.map((route) => {
  const [method = '', template = ''] = route.name.split(' ');
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
  return { route, method, names, pattern };
});

export interface FoundRoute {
  route: Route;
  params: ReadonlyMap<string, string>;
}

/** `path` begins after the version: `/channels/1/messages`. */
export function findRoute(method: string, path: string): FoundRoute | undefined {
  const plain = path.replaceAll('%40', '@');
  for (const candidate of PATTERNS) {
    const match = candidate.method === method ? candidate.pattern.exec(plain) : null;
    if (match === null) continue;
    return {
      route: candidate.route,
      params: new Map(candidate.names.map((name, index) => [name, match[index + 1] ?? ''])),
    };
  }
  return undefined;
}
