// Orders for something that the cloud is at work on: refused, and given again at the next look, for as long as that may take.
import { type CallContext, ProviderError } from '../../provider.ts';
import type { Clock } from './clock.ts';

export interface PatienceOptions {
  clock: Pick<Clock, 'nowMs'>;
  /** From the first refusal on, milliseconds. */
  busyMs: number;
}

/** Gives an order; whether the cloud took it. Where it was busy for too long, it rejects with that. */
export type Order = (order: Promise<void>) => Promise<boolean>;

const BUSY = 'its machine is busy with something else; trying again';

/** For the orders of one call, which come one after the other until what they are for is seen. */
export function patient({ clock, busyMs }: PatienceOptions, { note }: Pick<CallContext, 'note'>): Order {
  let refusedAtMs: number | undefined;
  return async (order) => {
    try {
      await order;
      if (refusedAtMs !== undefined) note?.('');
      refusedAtMs = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.code !== 'busy') throw error;
      refusedAtMs ??= clock.nowMs();
      if (clock.nowMs() - refusedAtMs >= busyMs) throw error;
      note?.(BUSY);
      return false;
    }
  };
}

/** Of a volume: whoever asked looks again, and asks again, until its own deadline. What could not be asked was not done either. */
export async function unlessBusy(order: Promise<void>): Promise<void> {
  try {
    await order;
  } catch (error) {
    if (!(error instanceof ProviderError) || !NOT_NOW.includes(error.code)) throw error;
  }
}

const NOT_NOW = ['busy', 'unavailable'];
