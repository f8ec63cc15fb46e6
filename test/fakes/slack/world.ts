// Everything that a Web API method can reach.
import type { AppIdentity } from './app-identity.ts';
import type { Files } from './files.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';
import type { Workspace } from './workspace.ts';

export interface World {
  readonly workspace: Workspace;
  readonly app: AppIdentity;
  readonly triggers: Triggers;
  readonly views: Views;
  readonly files: Files;
  /** Without a slash at the end. */
  origin(): string;
  /** A WebSocket URL that can be opened once, or undefined while Socket Mode is off or full. */
  grantSocketUrl(): string | undefined;
}
