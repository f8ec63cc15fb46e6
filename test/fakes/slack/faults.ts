// What goes wrong on purpose with the next calls of a method.

/**
 * - `none`: all goes well; for calls before the one that is meant.
 * - `status`: an HTTP error, nothing done.
 * - `lost`: done, but the connection breaks before the answer.
 * - `taken`: done, and no answer until the caller gives up.
 * - `hang`: nothing done, no answer until the caller gives up.
 * - `refuse`: a Slack error, nothing done.
 * - `wait`: 429 with this Retry-After, nothing done.
 */
export type Fault =
  | { kind: 'none' }
  | { kind: 'status'; status: number }
  | { kind: 'lost' }
  | { kind: 'taken' }
  | { kind: 'hang' }
  | { kind: 'refuse'; code: string }
  | { kind: 'wait'; seconds: number };

export interface PlannedFault {
  /** Resolves when a call has met it. */
  met: Promise<void>;
}

export interface Faults {
  /** `response_url` stands for those URLs. Several for one method are met in turn. */
  failNext(method: string, fault: Fault): PlannedFault;
  /** The fault of this call, which is then used up; `met` resolves once what it says was done. */
  next(method: string): Fault | undefined;
}

export function createFaults(): Faults {
  const planned = new Map<string, { fault: Fault; meet: () => void }[]>();
  return {
    failNext(method, fault) {
      const { promise, resolve } = Promise.withResolvers<void>();
      planned.set(method, [...(planned.get(method) ?? []), { fault, meet: resolve }]);
      return { met: promise };
    },
    next(method) {
      const first = planned.get(method)?.shift();
      if (first !== undefined) setImmediate(first.meet);
      return first?.fault;
    },
  };
}
