// The variables that say what counts as use of a box, and how its stop is announced.
import type { z } from 'zod';
import { wholeNumber } from './values.ts';

export const idleVariables = {
  IDLE_CPU_PERCENT: wholeNumber(1, 100).optional(),
  IDLE_TRAFFIC_KIB: wholeNumber(1, 1_048_576).optional(),
  IDLE_PROBE_SECONDS: wholeNumber(5, 3600).optional(),
  IDLE_WARN_MINUTES: wholeNumber(1, 1440).optional(),
  IDLE_UNKNOWN_HOURS: wholeNumber(1, 8760).optional(),
};
type Given = { [K in keyof typeof idleVariables]?: z.infer<(typeof idleVariables)[K]> };

export interface IdleConfig {
  /** Of one core. */
  readonly cpuPercent: number;
  readonly trafficKibPerMinute: number;
  /** Between two looks at a box. */
  readonly intervalMs: number;
  readonly warnMinutes: number;
  readonly unknownMinutes: number;
}

export function idleConfig(given: Given): IdleConfig {
  return {
    cpuPercent: given.IDLE_CPU_PERCENT ?? 5,
    trafficKibPerMinute: given.IDLE_TRAFFIC_KIB ?? 10,
    intervalMs: (given.IDLE_PROBE_SECONDS ?? 60) * 1000,
    warnMinutes: given.IDLE_WARN_MINUTES ?? 10,
    unknownMinutes: (given.IDLE_UNKNOWN_HOURS ?? 24) * 60,
  };
}
