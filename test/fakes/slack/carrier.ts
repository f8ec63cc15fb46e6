// What the fake sends to the app, and what becomes of one attempt to do so; over HTTP or Socket Mode.
import type { Tampering } from './signing.ts';

export type PayloadKind = 'slash_commands' | 'events_api' | 'interactive';

export interface Outgoing {
  readonly kind: PayloadKind;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** As in `x-slack-retry-reason`. */
export type RetryReason = 'http_timeout' | 'http_error' | 'connection_failed';

export interface AttemptOptions {
  /** 0 for the first. */
  retryNumber: number;
  retryReason?: RetryReason | undefined;
  tampering?: Tampering | undefined;
  /** A request URL instead of those that are set; HTTP only. */
  to?: string | undefined;
}

/**
 * - `acknowledged`: a 2xx status or an envelope's acknowledgement in time.
 * - `refused`: another status.
 * - `late`: nothing in time; what comes afterwards is not heard.
 * - `unreachable`: nobody there.
 */
export interface Attempt {
  readonly outcome: 'acknowledged' | 'refused' | 'late' | 'unreachable';
  readonly to: string;
  readonly retryNumber: number;
  /** Undefined in Socket Mode and without an answer. */
  readonly status: number | undefined;
  /** What the acknowledgement carried; undefined when nothing. */
  readonly answer: Readonly<Record<string, unknown>> | undefined;
  /** The app has asked not to be sent this again. */
  readonly noRetry: boolean;
  readonly tookMs: number;
}

export interface Carrier {
  carry(outgoing: Outgoing, options: AttemptOptions): Promise<Attempt>;
}

export const REASONS: Record<Exclude<Attempt['outcome'], 'acknowledged'>, RetryReason> = {
  refused: 'http_error',
  late: 'http_timeout',
  unreachable: 'connection_failed',
};
