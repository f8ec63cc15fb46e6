// Sees to it that something reaches the app: once for commands and clicks, with up to three retries for events.
// Source: https://docs.slack.dev/apis/events-api#retries
import { type Attempt, type Carrier, type Outgoing, REASONS } from './carrier.ts';
import { EVENT_RETRIES } from './limits.ts';
import type { Tampering } from './signing.ts';

/** `at-once`: a failed event is sent again right away; `stepwise`: when a test calls `retryNow`. */
export type RetryPolicy = 'at-once' | 'stepwise';

export interface SendOptions {
  /** Sent so many times, all at once. */
  copies?: number;
  /** To each of these request URLs, all at once, instead of to the next one. */
  deliverTo?: readonly string[];
  tampering?: Tampering;
  /** Changes the payload before it is signed. */
  change?: (payload: Record<string, unknown>) => Record<string, unknown>;
}

export interface Delivery {
  readonly outgoing: Outgoing;
  attempts(): readonly Attempt[];
  /** Resolves with the last attempt of all that the policy makes on its own. */
  readonly settled: Promise<Attempt>;
  /** The next try of an event. Rejects for anything else, and after the third retry. */
  retryNow(): Promise<Attempt>;
}

export interface Courier {
  send(outgoing: Outgoing, options?: SendOptions): readonly Delivery[];
  /** Everything sent so far. */
  deliveries(): readonly Delivery[];
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createCourier(carrier: Carrier, policy: RetryPolicy): Courier {
  const all: Delivery[] = [];

  function deliver(outgoing: Outgoing, to: string | undefined, tampering: Tampering | undefined): Delivery {
    const attempts: Attempt[] = [];
    async function attempt(): Promise<Attempt> {
      const last = attempts.at(-1);
      const retryReason = last === undefined || last.outcome === 'acknowledged' ? undefined : REASONS[last.outcome];
      const made = await carrier.carry(outgoing, { retryNumber: attempts.length, retryReason, tampering, to });
      attempts.push(made);
      return made;
    }
    async function asThePolicySays(): Promise<Attempt> {
      let made = await attempt();
      const again = () => made.outcome !== 'acknowledged' && !made.noRetry && made.retryNumber < EVENT_RETRIES;
      while (policy === 'at-once' && outgoing.kind === 'events_api' && again()) made = await attempt();
      return made;
    }
    const settled = asThePolicySays();
    return {
      outgoing,
      attempts: () => attempts,
      settled,
      async retryNow() {
        await settled;
        if (outgoing.kind !== 'events_api') throw new Error('Slack sends a command or a click once.');
        if (attempts.length > EVENT_RETRIES) throw new Error(`Slack retries ${EVENT_RETRIES} times.`);
        return await attempt();
      },
    };
  }

  return {
    send({ kind, payload }, options = {}) {
      const outgoing = { kind, payload: options.change?.({ ...payload }) ?? payload };
      const targets = options.deliverTo ?? [undefined];
      const copies = targets.flatMap((to) => Array.from({ length: options.copies ?? 1 }, () => to));
      const made = copies.map((to) => deliver(outgoing, to, options.tampering));
      all.push(...made);
      return made;
    },
    deliveries: () => all,
    async idle() {
      for (let seen = -1; seen !== all.length; ) {
        seen = all.length;
        await Promise.all(all.map(({ settled }) => settled));
      }
    },
  };
}
