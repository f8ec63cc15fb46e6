// From what a door brings in to a written delivery: many in one statement, and what is too much with its refusal instead of its work.
import { ShellboxError } from '../errors.ts';
import type { Meters } from '../meters.ts';
import type { Database } from '../store/database.ts';
import { type Delivery, insertDeliveries, type WrittenDown } from '../store/deliveries.ts';
import type { SecretBox } from '../store/secretbox.ts';
import { withSealedTicket } from '../store/tickets.ts';
import { rush, together } from '../store/together.ts';
import type { DoorTraits, Intake } from '../threads/arrival.ts';
import { fail } from '../threads/reply.ts';
import type { Askers } from './askers.ts';
import type { Entry } from './entry.ts';

/** Arrivals in one statement. */
const WRITE_AT_ONCE = 100;

export interface Arrivals {
  accept: Intake['accept'];
  /** What was written down here and not worked on yet, once; it counts as waiting until `done` is called. */
  take(delivery: string): Fresh | undefined;
  /** Resolves when no arrival is being written down, and after `longestMs` in any case. */
  over(longestMs: number): Promise<void>;
}

export interface Fresh {
  delivery: Delivery;
  done(): void;
}

export function createArrivals(options: {
  db: Database;
  secrets: SecretBox;
  traits: (door: string) => DoorTraits;
  askers: Askers;
  entry: Entry;
  meters: Pick<Meters, 'arrived'>;
}): Arrivals {
  const { db, secrets, askers, entry } = options;
  const writing = rush();
  const write = together((arrived: readonly WrittenDown[]) => insertDeliveries(db.tx, arrived), WRITE_AT_ONCE);
  const fresh = new Map<string, Fresh>();

  return {
    async accept(arrival) {
      const began = performance.now();
      const asker = askers.of(arrival.speaker);
      const refusal = entry.refusalFor(asker);
      if (refusal !== undefined && options.traits(arrival.door).answersItself === true)
        throw new ShellboxError('too_much', refusal);
      const sealed = withSealedTicket(arrival, secrets);
      const wanted = refusal === undefined ? sealed : { ...sealed, refusal: fail(refusal) };
      const { delivery, duplicate, fresh: made } = await writing.during(() => write(wanted));
      if (made !== undefined) fresh.set(delivery, { delivery: made, done: entry.waits(asker) });
      options.meters.arrived(arrival.door, performance.now() - began);
      return { delivery, duplicate };
    },
    take(delivery) {
      const taken = fresh.get(delivery);
      fresh.delete(delivery);
      return taken;
    },
    over: (longestMs) => writing.over(longestMs),
  };
}
