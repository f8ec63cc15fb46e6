// Which fault a call to the simulated cloud meets: decided by seed, verb, box and attempt, never by timing.
import { hash32, mulberry32 } from './seeded-random.ts';

export const VERBS = [
  'prepare',
  'check',
  'admit',
  'protect',
  'ensureHome',
  'create',
  'start',
  'reach',
  'stop',
  'destroy',
  'destroyHome',
  'snapshotHome',
  'snapshots',
  'destroySnapshot',
  'inspect',
  'list',
  'configure',
  'measure',
  'observe',
  'exec',
] as const;
export type Verb = (typeof VERBS)[number];

export const FAULT_KINDS = [
  'slow', // half of a long wait before the work, half after it
  'lost_answer', // the work is done, the answer is a time-out
  'late', // the answer is a time-out, and the work is done some time after it
  'unavailable', // 5xx before anything was done
  'rate_limited', // refused before anything was done, with a time to wait
  'vanish', // the instance is gone when the call arrives
  'stale_list', // a list from a moment ago: what is new is missing, what is gone is in it
  'empty_list', // a list that looks certain and holds nothing
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Share of calls, 0 to 1, for each fault that a verb can meet. */
export type FaultRates = Readonly<Record<FaultKind, number>>;
export type Faults = 'none' | 'standard' | Partial<FaultRates>;

const NO_FAULTS: FaultRates = {
  slow: 0,
  lost_answer: 0,
  late: 0,
  unavailable: 0,
  rate_limited: 0,
  vanish: 0,
  stale_list: 0,
  empty_list: 0,
};

/** `late` is left out: it makes orphans even of calls that were retried correctly, so a test asks for it by name. */
export const STANDARD_FAULTS: FaultRates = {
  ...NO_FAULTS,
  slow: 0.08,
  lost_answer: 0.1,
  unavailable: 0.1,
  rate_limited: 0.05,
  vanish: 0.01,
  stale_list: 0.25,
  empty_list: 0.05,
};

const CHANGES = [
  'ensureHome',
  'create',
  'start',
  'stop',
  'destroy',
  'destroyHome',
  'snapshotHome',
  'destroySnapshot',
  'configure',
  'exec',
] as const;
const MEETS = {
  slow: () => true,
  lost_answer: (verb) => CHANGES.some((change) => change === verb),
  late: (verb) => CHANGES.some((change) => change === verb),
  unavailable: () => true,
  rate_limited: () => true,
  vanish: (verb) => ['start', 'reach', 'inspect', 'configure', 'measure', 'exec'].includes(verb),
  stale_list: (verb) => verb === 'list',
  empty_list: (verb) => verb === 'list',
} satisfies Record<FaultKind, (verb: Verb) => boolean>;

/** Longest usual answer of each verb, milliseconds; the shortest is an eighth of it. */
const USUAL_MS = {
  prepare: 10,
  check: 5,
  admit: 3,
  protect: 3,
  ensureHome: 10,
  create: 40,
  start: 20,
  reach: 20,
  stop: 20,
  destroy: 20,
  destroyHome: 10,
  snapshotHome: 20,
  snapshots: 10,
  destroySnapshot: 10,
  inspect: 5,
  list: 10,
  configure: 10,
  measure: 5,
  observe: 5,
  exec: 20,
} satisfies Record<Verb, number>;

export interface Decision {
  /** 1 for the first call of this verb on this box. */
  attempt: number;
  fault: FaultKind | undefined;
  latencyMs: number;
  /** How long `slow` and `late` take. */
  slowMs: number;
  /** How old the answer of `stale_list` is. */
  lagMs: number;
  retryAfterMs: number;
}

export interface FaultPlan {
  /** Counts the call and decides it. `key` is what the call is about: a box, an installation. */
  decide(verb: Verb, key: string): Decision;
  /** From the next call on. */
  setFaults(faults: Faults): void;
}

/** `longestRun`: after so many calls of one verb on one box, one is answered without a fault, so that retries can end. */
export function createFaultPlan(seed: number, faults: Faults, longestRun: number): FaultPlan {
  let rates = ratesOf(faults);
  const attempts = new Map<string, number>();
  return {
    decide(verb, key) {
      const counter = `${verb} ${key}`;
      const attempt = (attempts.get(counter) ?? 0) + 1;
      attempts.set(counter, attempt);
      const next = mulberry32(hash32(seed, verb, key, attempt));
      const roll = next();
      const spared = attempt % (longestRun + 1) === 0;
      return {
        attempt,
        fault: spared ? undefined : pick(rates, verb, roll),
        latencyMs: Math.ceil(USUAL_MS[verb] * (1 + 7 * next()) * 0.125),
        slowMs: Math.ceil(100 + 300 * next()),
        lagMs: Math.ceil(200 + 1_800 * next()),
        retryAfterMs: Math.ceil(20 + 180 * next()),
      };
    },
    setFaults(changed) {
      rates = ratesOf(changed);
    },
  };
}

function ratesOf(faults: Faults): FaultRates {
  if (faults === 'none') return NO_FAULTS;
  return faults === 'standard' ? STANDARD_FAULTS : { ...NO_FAULTS, ...faults };
}

function pick(rates: FaultRates, verb: Verb, roll: number): FaultKind | undefined {
  let reached = 0;
  for (const kind of FAULT_KINDS) {
    if (!MEETS[kind](verb)) continue;
    reached += rates[kind];
    if (roll < reached) return kind;
  }
  return undefined;
}
