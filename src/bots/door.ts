// The contract of a door: how what arrives gets in, and how messages get out.
import type { DoorTraits, Speaker } from '../commands/context.ts';
import type { Address, ThreadRef } from '../threads/thread.ts';
import type { MessageBody } from '../threads/reply.ts';

/** One thing that arrived, proven and in order; the door has checked signatures and dropped robots and edits. */
export interface Arrival {
  door: string;
  tenant: string;
  /** The platform's id of what arrived; the same id is the same arrival. */
  deliveryId: string;
  thread: ThreadPlace;
  speaker: Speaker;
  /** Commands as typed, one a line. */
  text: string;
  /** A person is there to answer a question. */
  interactive: boolean;
}

/** Where replies go, as the door names it. */
export interface ThreadPlace {
  /** Finds the thread again: unique in door and tenant. */
  key: string;
  address: Address;
  /** The platform's rate-limit key (a channel, a recipient, a connection's process). */
  lane: string;
}

/** What a door hands its arrivals to. */
export interface Intake {
  /** Writes the arrival down, once. The door acknowledges after it resolves, and does not when it rejects. */
  accept(arrival: Arrival): Promise<{ delivery: string; duplicate: boolean }>;
  /** Runs what was accepted. When the process dies before the end, another one finishes it. */
  work(delivery: string): Promise<void>;
}

/** One platform message: sent when new, edited when `platformId` is known. */
export interface OutgoingMessage {
  id: string;
  thread: ThreadRef;
  kind: 'progress' | 'final' | 'notice';
  visibility: 'thread' | 'private';
  body: MessageBody;
  revision: number;
  platformId: string | undefined;
  /** An earlier attempt at this message ended without an answer: look for it before sending again. */
  maybeSent: boolean;
  command: string | undefined;
}

/**
 * `sent`: the platform has it. `keep`: this thread cannot be reached any more (the connection is gone, the channel archived);
 * the message is kept and shown later.
 */
export type SendResult = { kind: 'sent'; platformId: string; address?: Address } | { kind: 'keep'; reason: string };

export interface Door {
  readonly name: string;
  readonly traits: DoorTraits;
  /** `find`: the platform lets us look for a message whose outcome is unknown; `none`: a second send cannot be told apart. */
  readonly lookup: 'find' | 'none';
  /** Lanes this process owns from the start, e.g. that of its own connections. */
  readonly ownLanes: readonly string[];
  /** Opens for arrivals. Rejects with a ShellboxError when it cannot (port taken, token refused). */
  open(intake: Intake): Promise<void>;
  /** Takes nothing new; resolves when what was acknowledged is written down. */
  close(): Promise<void>;
  /**
   * Sends or edits one message. Rejects when it may be tried again, with `rate_limited` and `retryAfterMs` where the platform
   * says how long to wait, and with any other error after which the outcome is unknown.
   */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult>;
}
