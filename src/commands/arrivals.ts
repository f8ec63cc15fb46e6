// From what a door brings in to a written delivery: many in one statement, and what is too much with its refusal instead of its work.
import { withoutPrivateKeys } from '../accounts/private-key.ts';
import { ShellboxError } from '../errors.ts';
import type { Meters } from '../meters.ts';
import type { Database } from '../store/database.ts';
import { type Delivery, insertDeliveries, type WrittenDown } from '../store/deliveries.ts';
import type { SecretBox } from '../store/secretbox.ts';
import { withSealedTicket } from '../store/tickets.ts';
import { rush, together } from '../store/together.ts';
import type { DoorTraits, Intake, Speaker } from '../threads/arrival.ts';
import { fail } from '../threads/reply.ts';
import { type Askers, isOfStrangers } from './askers.ts';
import type { Entry } from './entry.ts';
import { shortened } from './normalise.ts';

/** Arrivals in one statement. */
const WRITE_AT_ONCE = 100;
/** A door that did not wait for its arrival to be written down never hands it in; then `adopt` takes it up, here or elsewhere. */
const LEFT_MS = 60_000;

export interface Arrivals {
  accept: Intake['accept'];
  /** What was written down here within the last minute and not worked on yet, once; it counts as waiting until `done` is called. */
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
  /** A clock that is never set. */
  nowMs: () => number;
}): Arrivals {
  const { db, secrets, askers, entry, nowMs } = options;
  const writing = rush();
  const write = together((arrived: readonly WrittenDown[]) => insertDeliveries(db.tx, arrived), WRITE_AT_ONCE);
  /** The oldest first. */
  const fresh = new Map<string, Fresh & { writtenMs: number }>();

  function forgetLeft(): void {
    for (const [delivery, { writtenMs, done }] of fresh) {
      if (nowMs() - writtenMs < LEFT_MS) return;
      fresh.delete(delivery);
      done();
    }
  }

  /** Nobody with an account is refused for what strangers do, even when it is not known here yet that they have one. */
  async function comesIn(speaker: Speaker): Promise<{ asker: string; refusal: string | undefined }> {
    const asker = askers.of(speaker);
    const refusal = entry.refusalFor(asker);
    if (refusal === undefined || !isOfStrangers(asker)) return { asker, refusal };
    const found = await askers.find(speaker);
    return isOfStrangers(found) ? { asker, refusal } : { asker: found, refusal: entry.refusalFor(found) };
  }

  return {
    async accept(arrival) {
      const began = nowMs();
      forgetLeft();
      const { asker, refusal } = await comesIn(arrival.speaker);
      if (refusal !== undefined && options.traits(arrival.door).answersItself === true)
        throw new ShellboxError('too_much', refusal);
      // A key that was cut would not be taken for one any more.
      const text = shortened(withoutPrivateKeys(arrival.text));
      const sealed = withSealedTicket({ ...arrival, text }, secrets);
      const wanted = refusal === undefined ? sealed : { ...sealed, refusal: fail(refusal) };
      const { delivery, duplicate, fresh: made } = await writing.during(() => write(wanted));
      if (made !== undefined) fresh.set(delivery, { delivery: made, done: entry.waits(asker), writtenMs: nowMs() });
      options.meters.arrived(arrival.door, nowMs() - began);
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
