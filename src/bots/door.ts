// The contract of a door: how what arrives gets in, and how messages get out.
import { type ErrorDetails, ShellboxError } from '../errors.ts';
import type { DoorTraits, Intake, ThreadPlace } from '../threads/arrival.ts';
import type { HeldBack, MessageBody, Reply } from '../threads/reply.ts';
import type { Address, ThreadRef } from '../threads/thread.ts';

/** The person whom a message answers, or whose box it is about. */
export interface Asker {
  subject: string;
  display: string;
  /** What the arrival brought along for private answers; undefined for a notice that answers nothing. */
  ticket: string | undefined;
  /** When they asked; undefined for a notice that answers nothing. */
  askedAt: Date | undefined;
}

export type MessageKind = 'light' | 'progress' | 'final' | 'notice';

/** One platform message: sent when new, edited when `platformId` is known. */
export interface OutgoingMessage {
  id: string;
  thread: ThreadRef;
  kind: MessageKind;
  visibility: 'thread' | 'private';
  body: MessageBody;
  revision: number;
  platformId: string | undefined;
  /** An earlier attempt at this message ended without an answer: look for it before sending again. */
  maybeSent: boolean;
  command: string | undefined;
  /** Undefined when nobody is known who could be told in private. */
  asker: Asker | undefined;
}

/**
 * `sent`: the platform has it. `keep`: this thread cannot be reached any more (the connection is gone, the channel archived);
 * the message is kept and shown later.
 */
export type SendResult = { kind: 'sent'; platformId: string; place?: FoundPlace } | { kind: 'keep'; reason: string };

/** Where the thread turns out to be, when the platform gives that only with its first message. */
export interface FoundPlace {
  /** By which arrivals in it will name it. */
  key: string;
  address: Address;
}

/** How much a platform takes in one lane. */
export interface Pace {
  /** Sends that may follow each other at once. */
  burst: number;
  /** After that, one in this time; also between two edits in the lane. */
  everyMs: number;
}

/** The platform took nothing and wants no sends in this lane for a while. */
export class RateLimited extends ShellboxError<'rate_limited'> {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, details: ErrorDetails = {}) {
    super('rate_limited', message, details);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface HookRequest {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parts of the path that the hook gave names to. */
  params: Readonly<Record<string, string>>;
  /** As it came, for signatures. */
  body: Buffer;
}

export interface HookAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** A path of the service's own HTTP server to which the platform posts. It may be asked before the door is open. */
export interface Hook {
  /** With `:name` where a part of it is handed on in `params`. */
  path: string;
  /** Longer bodies are not taken; 1 MiB when left out. */
  mostBodyBytes?: number;
  /** For a whole body, in milliseconds; 30,000 when left out. */
  bodyMs?: number;
  /** Whether a body is taken at all; one that is not is answered with 401 before it was read. All are when left out. */
  admits?(request: Pick<HookRequest, 'headers' | 'params'>): boolean;
  answer(request: HookRequest): Promise<HookAnswer>;
}

/** What a direct message is about. */
export interface DirectTopic {
  /** Unique to the message. */
  id: string;
  box: { id: string; name: string } | undefined;
}

export interface Door {
  readonly name: string;
  /** Undefined: the platform posts nothing to us. */
  readonly hooks?: readonly Hook[];
  readonly traits: DoorTraits;
  /** `find`: the platform lets us look for a message whose outcome is unknown; `none`: a second send cannot be told apart. */
  readonly lookup: 'find' | 'none';
  /** Undefined: as fast as it goes. */
  readonly pace?: Pace;
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
  /**
   * Where a person is told what concerns them, outside every thread they began; undefined when this door has no way to them. Left out
   * where a door has no such places.
   */
  direct?(
    person: { tenant: string; subject: string },
    about: DirectTopic,
    signal: AbortSignal,
  ): Promise<ThreadPlace | undefined>;
  /** Whether what is said in a thread of this door is read by this person alone. */
  isDirect?(address: Address, subject: string): boolean;
  /** Shows it to whoever sits in that box now; `what` is asked for only if somebody does. Left out where nobody can. */
  interject?(boxId: string, what: () => Promise<Reply | undefined>): Promise<void>;
  /** Told of each answer that is not sent because it is one too many; for counters. */
  heldBack?(reason: HeldBack): void;
}
