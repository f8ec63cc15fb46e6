// What a process counts and times while it works, for whoever reads its metrics; who counts knows nothing of how they are read.

export interface Meters {
  /** A command was written down, so that its door could acknowledge it; from being handed in. */
  arrived(door: string, tookMs: number): void;
  /** The final answer went out; since its delivery was written down. */
  answered(door: string, tookMs: number): void;
  /** A message was handed to its platform, kept for later, or is to be tried again. */
  sent(door: string, outcome: 'sent' | 'kept' | 'retried'): void;
  /** A step of a job is over. */
  stepped(kind: string, step: string, outcome: 'done' | 'failed', tookMs: number): void;
  /** A try of a job is over; `code` is that of the error, `none` without one. */
  tried(kind: string, outcome: 'succeeded' | 'failed' | 'retried', code: string): void;
}

const nothing = (): void => {};

/** For where nobody reads them. */
export const NO_METERS: Meters = {
  arrived: nothing,
  answered: nothing,
  sent: nothing,
  stepped: nothing,
  tried: nothing,
};
