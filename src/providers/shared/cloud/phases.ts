// The waits of a box that comes up or goes down, each with a deadline of its own.
import { type CallContext, ProviderError } from '../../provider.ts';
import { type Clock, timeLimit } from './clock.ts';

/** Milliseconds. A single call has its own, in the client. */
export interface Phases {
  /** From the call until the machine runs. */
  activeMs: number;
  /** From then until something answers at its port with the right key. */
  portMs: number;
  /** From then until somebody can log in. */
  loginMs: number;
  /** From then until what is set up in the background is ready. */
  setupMs: number;
  /** What a system has to shut down before its machine is switched off. */
  shutDownMs: number;
  /** How long a machine may be busy with something else before that is the answer; shorter than `activeMs`, whose end says less. */
  busyMs: number;
}

export const PHASES: Phases = {
  activeMs: 300_000,
  portMs: 300_000,
  loginMs: 120_000,
  setupMs: 600_000,
  shutDownMs: 60_000,
  busyMs: 240_000,
};

/** Runs `work` under a deadline; says what was waited for when it has passed. */
export async function inTime<T>(
  context: CallContext,
  { ms, what, clock }: { ms: number; what: string; clock: Clock },
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  using deadline = timeLimit(clock, ms);
  try {
    return await work({ ...context, signal: AbortSignal.any([context.signal, deadline.signal]) });
  } catch (cause) {
    if (!deadline.signal.aborted || context.signal.aborted) throw cause;
    throw new ProviderError('timeout', `After ${Math.round(ms / 1000)} s there is not ${what}.`, { cause });
  }
}
