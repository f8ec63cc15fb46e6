// The app under test as the workspace knows it: ids, tokens, scopes, subscriptions.
import { randomBytes } from 'node:crypto';

/** Events an app can subscribe to here. */
export const EVENT_NAMES = [
  'app_mention',
  'message.im',
  'message.channels',
  'message.groups',
  'app_home_opened',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

export const DEFAULT_EVENTS: readonly EventName[] = ['app_mention', 'message.im', 'app_home_opened'];

/** What the app needs for everything that the fake can do, except reading channels it was not asked in. */
export const DEFAULT_SCOPES: readonly string[] = [
  'app_mentions:read',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'team:read',
  'users:read',
];

export interface AppIdentity {
  readonly name: string;
  readonly appId: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** The old way to prove a request; still in every payload. */
  readonly verificationToken: string;
  readonly scopes: Set<string>;
  readonly events: Set<EventName>;
  revoked: boolean;
}

const secret = (bytes: number) => randomBytes(bytes).toString('hex');

export function createAppIdentity(name: string, scopes: readonly string[], events: readonly EventName[]): AppIdentity {
  return {
    name,
    appId: 'A0SHELLBOX1',
    botId: 'B0SHELLBOX1',
    botUserId: 'U0SHELLBOX1',
    botToken: `xoxb-${secret(12)}`,
    appToken: `xapp-1-A0SHELLBOX1-${secret(12)}`,
    signingSecret: secret(16),
    verificationToken: secret(12),
    scopes: new Set(scopes),
    events: new Set(events),
    revoked: false,
  };
}
