// What a test lets go wrong at a cloud: for the next requests to a route.

export type Fault =
  /** Answers this instead, without doing anything. */
  | { kind: 'answer'; status: number; headers?: Readonly<Record<string, string>>; body?: unknown }
  /** Ends the connection without an answer, before or after it did what was asked. */
  | { kind: 'cut'; when: 'before' | 'after' }
  /** Waits for what the test does, before or after it did what was asked, and then answers as always. */
  | { kind: 'slow'; until: () => Promise<void> | void; when: 'before' | 'after' };

export interface CloudFaults {
  /** For the next `times` requests to a route, in the order in which faults were given. */
  next(route: string, fault: Fault, times?: number): void;
  /** Decides of all requests that no fault was given for. */
  otherwise(decide: (route: string) => Fault | undefined): void;
  /** Takes the fault of this request, if there is one. */
  take(route: string): Fault | undefined;
}

export function createCloudFaults(): CloudFaults {
  const waiting: { route: string; fault: Fault; times: number }[] = [];
  let decide: (route: string) => Fault | undefined = () => undefined;
  return {
    otherwise: (given) => {
      decide = given;
    },
    next: (route, fault, times = 1) => void waiting.push({ route, fault, times }),
    take(route) {
      const found = waiting.find((one) => one.route === route && one.times > 0);
      if (found === undefined) return decide(route);
      found.times--;
      return found.fault;
    },
  };
}
