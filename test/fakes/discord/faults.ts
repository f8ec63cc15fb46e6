// What goes wrong on purpose with the next requests to a route.
import type { RefusalName } from './refusal.ts';

/**
 * - `none`: all goes well; for requests before the one that is meant.
 * - `status`: an HTTP error, nothing done.
 * - `refuse`: one of Discord's errors, nothing done.
 * - `lost`: done, but the connection breaks before the answer.
 * - `taken`: done, and no answer until the caller gives up.
 * - `hang`: nothing done, no answer until the caller gives up.
 * - `wait`: 429 with this retry_after, nothing done.
 */
export type Fault =
  | { kind: 'none' }
  | { kind: 'status'; status: number }
  | { kind: 'refuse'; with: RefusalName }
  | { kind: 'lost' }
  | { kind: 'taken' }
  | { kind: 'hang' }
  | { kind: 'wait'; seconds: number; global?: boolean };

export interface PlannedFault {
  /** Resolves when a request has met it, and what it says was done. */
  met: Promise<void>;
}

export interface Faults {
  /** `POST /channels/{channel_id}/messages`, as in Discord's reference. Several for one route are met in turn. */
  failNext(route: string, fault: Fault): PlannedFault;
  /** The fault of this request, which is then used up. */
  next(route: string): Fault | undefined;
}

export function createFaults(isRoute: (route: string) => boolean): Faults {
  const planned = new Map<string, { fault: Fault; meet: () => void }[]>();
  return {
    failNext(route, fault) {
      if (!isRoute(route)) throw new Error(`No route ${route}.`);
      const { promise, resolve } = Promise.withResolvers<void>();
      planned.set(route, [...(planned.get(route) ?? []), { fault, meet: resolve }]);
      return { met: promise };
    },
    next(route) {
      const first = planned.get(route)?.shift();
      if (first !== undefined) setImmediate(first.meet);
      return first?.fault;
    },
  };
}
