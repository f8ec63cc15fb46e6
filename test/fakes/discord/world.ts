// Everything that Discord's routes work on.
import type { AppIdentity } from './app-identity.ts';
import type { Commands } from './commands.ts';
import type { Interactions } from './interactions.ts';
import type { Modals } from './modals.ts';
import type { Nonces } from './nonces.ts';
import type { State } from './state.ts';

export interface World {
  readonly state: State;
  readonly app: AppIdentity;
  readonly commands: Commands;
  readonly interactions: Interactions;
  readonly modals: Modals;
  readonly nonces: Nonces;
  /** `http://127.0.0.1:…`; known when the listener is open. */
  readonly origin: () => string;
  /** How many sessions may still be started today. */
  readonly sessionsLeft: () => number;
  /** The app writes in this channel: people see it. */
  readonly typing: { channelId: string; atMs: number }[];
}
