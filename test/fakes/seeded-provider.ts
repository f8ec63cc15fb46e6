// A provider over a simulated cloud: real outcomes, an independent ledger, and the faults that a seed decides.
import { setTimeout as delay } from 'node:timers/promises';
import { type BoxRef, type Provider, ProviderError, type ProviderErrorCode } from '../../src/providers/provider.ts';
import { createDriver, type Traits } from './seeded-driver.ts';
import { createFaultPlan, type Decision, type Faults, type Verb } from './seeded-faults.ts';
import { createLedger, type Ledger } from './seeded-ledger.ts';
import type { SeededWork } from './seeded-work.ts';
import { createWorld } from './seeded-world.ts';

export type { Traits } from './seeded-driver.ts';

export const SEEDED_TRAITS: Traits = {
  name: 'seeded',
  title: 'Seeded cloud',
  longestCreateMs: 2_000,
  patienceMs: 0,
  keepsHomes: true,
  takesSnapshots: true,
  setsUp: false,
  regions: undefined,
  images: undefined,
  prices: undefined,
  followSetup: async () => ({ state: 'ready' }),
  maximumCpus: undefined,
  memoryBudgetMiB: undefined,
  mostBoxes: undefined,
  ports: { first: 20_000, last: 29_999 },
};

export interface SeededCloudOptions {
  seed: number;
  /** Default `none`. */
  faults?: Faults;
  /** After so many calls of one verb on one box, one is answered without a fault. Default 2. */
  longestRun?: number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  now?: () => number;
  traits?: Partial<Traits>;
}

export interface SeededCloud {
  readonly seed: number;
  readonly ledger: Ledger;
  /** A driver; all drivers of one cloud see the same world. */
  provider(name?: string): Provider;
  setFaults(faults: Faults): void;
  /** The next calls of this verb, whoever makes them, are refused with this code before anything is done. */
  failNext(verb: Verb, code: ProviderErrorCode, times?: number): void;
  /** Takes an instance away behind everybody's back; false when there was none. */
  vanish(instanceName: string): boolean;
  /** Makes an instance by hand, without our tags; `installId` is empty in the ledger. */
  plant(instanceName: string): void;
  /** What an instance does from now on, until it is told otherwise, stopped or gone. What is left out stays as it was. */
  setWork(instanceName: string, work: Partial<SeededWork>): void;
  writeHome(box: BoxRef, text: string): void;
  readHome(box: BoxRef): string | undefined;
  homeGiB(box: BoxRef): number | undefined;
  regionOf(box: BoxRef): string | undefined;
  /** What the instance was made of. */
  imageOf(box: BoxRef): string | undefined;
  /** Resolves when all work that was begun is done, abandoned calls' too. */
  settled(): Promise<void>;
  /** Ends all waiting; work that has not reached the world by now never does. */
  close(): void;
}

export function createSeededCloud(options: SeededCloudOptions): SeededCloud {
  const now = options.now ?? Date.now;
  const sleep = options.sleep ?? (async (ms, signal) => void (await delay(ms, undefined, { signal })));
  const ledger = createLedger(now);
  const world = createWorld(ledger, now);
  const plan = createFaultPlan(options.seed, options.faults ?? 'none', options.longestRun ?? 2);
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const scripted: { verb: Verb; code: ProviderErrorCode }[] = [];
  // Names repeat from run to run and ids do not, so the seed decides by name as soon as it is known.
  const names = new Map<string, string>();

  async function pause(ms: number): Promise<void> {
    try {
      await sleep(ms, closing.signal);
    } catch (cause) {
      throw new ProviderError('unavailable', 'The simulated cloud is closed.', { cause });
    }
  }

  async function answered<T>(effect: () => T, waitMs: number): Promise<T> {
    try {
      return effect();
    } finally {
      await pause(waitMs);
    }
  }

  async function perform<T>(verb: Verb, decision: Decision, effect: () => T): Promise<T> {
    const script = scripted.findIndex((entry) => entry.verb === verb);
    const forced = script < 0 ? undefined : scripted.splice(script, 1)[0];
    if (forced !== undefined) {
      await pause(decision.latencyMs);
      throw new ProviderError(forced.code, `The simulated cloud was told to refuse ${verb}.`);
    }
    const { fault, latencyMs, slowMs, retryAfterMs } = decision;
    switch (fault) {
      case 'unavailable':
        await pause(latencyMs);
        throw new ProviderError('unavailable', 'The simulated cloud answered with status 500.');
      case 'rate_limited':
        throw new ProviderError('rate_limited', `The simulated cloud asks for ${retryAfterMs} ms.`, { retryAfterMs });
      case 'slow':
        await pause(slowMs / 2);
        return await answered(effect, slowMs / 2);
      case 'late':
        keep(pause(slowMs).then(effect));
        await pause(latencyMs);
        throw timedOut(verb);
      case 'lost_answer':
        await answered(effect, latencyMs);
        throw timedOut(verb);
      default:
        return await answered(effect, latencyMs);
    }
  }

  /** Work goes on in the cloud whether or not its caller still listens. */
  function keep<T>(work: Promise<T>): Promise<T> {
    const entry = Promise.allSettled([work]);
    underWay.add(entry);
    void entry.finally(() => underWay.delete(entry));
    return work;
  }

  async function call<T>(verb: Verb, subject: string, signal: AbortSignal, effect: (decision: Decision) => T) {
    if (signal.aborted) throw abandoned(verb);
    const decision = plan.decide(verb, names.get(subject) ?? subject);
    ledger.called(verb, subject, decision.attempt, decision.fault);
    const work = keep(perform(verb, decision, () => effect(decision)));
    return await unlessAborted(work, signal, verb);
  }

  return {
    seed: options.seed,
    ledger,
    provider: (name) =>
      createDriver({ ...SEEDED_TRAITS, ...options.traits, ...(name === undefined ? {} : { name }) }, world, call, {
        names,
        now,
      }),
    setFaults: plan.setFaults,
    failNext(verb, code, times = 1) {
      for (let count = 0; count < times; count++) scripted.push({ verb, code });
    },
    vanish: (instanceName) => world.remove({ instanceName }, 'vanished'),
    plant: world.plant,
    setWork: world.setWork,
    writeHome: world.writeHome,
    readHome: world.readHome,
    homeGiB: world.homeGiB,
    regionOf: world.regionOf,
    imageOf: world.imageOf,
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: () => closing.abort(),
  };
}

/** The work's outcome, or a time-out as soon as nobody waits for it any more. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, verb: Verb): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(abandoned(verb));
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}

function abandoned(verb: Verb): ProviderError {
  return new ProviderError('timeout', `Nobody waits for ${verb} any more; its outcome is unknown.`);
}

function timedOut(verb: Verb): ProviderError {
  return new ProviderError('timeout', `The simulated cloud did not answer ${verb} in time.`);
}
