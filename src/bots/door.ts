// The contract of a door: how what arrives gets in, and how messages get out.
import { type ErrorDetails, ShellboxError } from '../errors.ts';
import type { DoorTraits, Intake } from '../threads/arrival.ts';
import type { MessageBody } from '../threads/reply.ts';
import type { Address, ThreadRef } from '../threads/thread.ts';

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

/** The platform took nothing and wants no sends in this lane for a while. */
export class RateLimited extends ShellboxError<'rate_limited'> {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, details: ErrorDetails = {}) {
    super('rate_limited', message, details);
    this.retryAfterMs = retryAfterMs;
  }
}

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
   * Sends or edits one message. Rejects when it may be tried again: with RateLimited where the platform says how long to
   * wait, and with any other error when the outcome is unknown.
   */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult>;
}
