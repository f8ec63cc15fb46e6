// The app under test as Discord knows it: ids, token, and which privileged intents its operator switched on.
import { randomBytes } from 'node:crypto';
import { GatewayIntentBits } from 'discord-api-types/v10';
import { ALL_PERMISSIONS, type Permission } from './state.ts';

export const PRIVILEGED_INTENTS =
  GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences | GatewayIntentBits.MessageContent;

export interface AppIdentity {
  /** Of the application and of its bot. */
  readonly id: string;
  readonly name: string;
  readonly token: string;
  readonly publicKey: string;
  /** Bits of privileged intents that it may ask for. */
  grantedIntents: number;
  /** The token is refused from now on. */
  revoked: boolean;
  /** What it may do in the server as a whole; undefined: it is not in there. */
  permissions: Set<Permission> | undefined;
  /** Switches on the application's pages. */
  isPublic: boolean;
  needsCodeGrant: boolean;
  interactionsUrl: string | null;
}

export function createAppIdentity(id: string, name: string, grantedIntents: number): AppIdentity {
  const token = `${Buffer.from(id).toString('base64url')}.${randomBytes(4).toString('base64url')}.${randomBytes(20).toString('base64url')}`;
  return {
    id,
    name,
    token,
    publicKey: randomBytes(32).toString('hex'),
    grantedIntents,
    revoked: false,
    permissions: new Set(ALL_PERMISSIONS),
    isPublic: false,
    needsCodeGrant: false,
    interactionsUrl: null,
  };
}
