// What a machine says of itself, parsed: whoever has root in it can make it say anything, so it is bounded and never more than figures.
import { z } from 'zod';
import { parsedJson } from '../../../parsed-json.ts';
import type { Measurement, Observation } from '../../observed.ts';
import { ProviderError } from '../../provider.ts';

const MOST_PROCESSES = 300;
const LONGEST_COMMAND = 32;

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const load = z.number().nonnegative().max(1_000_000);
const diskSchema = z.object({ totalBytes: count, usedBytes: count });

/** Of the tools and the operator's script; `unknown` before they were begun. */
const SETUP_STATES = ['running', 'ready', 'failed', 'unknown'] as const;
export type SetupState = (typeof SETUP_STATES)[number];

const factsSchema = z.object({
  bootTimeMs: count,
  /** Of everything, since boot. */
  cpuMs: count,
  /** In and out over the machine's own interfaces, without SSH's port and the system's services; null while nothing counts them. */
  trafficBytes: count.nullable(),
  /** When somebody typed at a terminal last; null where there is none. Left out by boxes that were made before it was told. */
  typedAtMs: count.nullish(),
  memory: z.object({ totalBytes: count, availableBytes: count }),
  root: diskSchema,
  /** Null while no home is mounted. */
  home: diskSchema.nullable(),
  load: z.tuple([load, load, load]),
  setup: z.enum(SETUP_STATES),
  processes: z
    .array(
      z.object({
        pid: count,
        startTicks: count,
        command: z.string().transform((name) => name.slice(0, LONGEST_COMMAND)),
        cpuMs: count,
        isSystem: z.boolean(),
        isHold: z.boolean(),
      }),
    )
    .max(MOST_PROCESSES),
});
export type BoxFacts = z.infer<typeof factsSchema>;

/** @throws ProviderError `invalid` */
export function readFacts(text: string): BoxFacts {
  const { data, error } = factsSchema.safeParse(parsedJson(text));
  if (data === undefined)
    throw new ProviderError('invalid', 'What the box says of itself cannot be read.', { cause: error });
  return data;
}

export function observation(facts: BoxFacts): Observation {
  return {
    startedAtMs: facts.bootTimeMs,
    cpuMs: facts.cpuMs,
    trafficBytes: facts.trafficBytes ?? undefined,
    typedAtMs: facts.typedAtMs ?? undefined,
    processes: facts.processes.map(({ pid, startTicks, command, cpuMs, isSystem, isHold }) => ({
      pid,
      key: `${pid} ${startTicks}`,
      command,
      cpuMs,
      ours: isSystem,
      holds: isHold,
    })),
  };
}

const MOST_BUSY = 3;

/** The machine's own disk is its limit, so nobody has to watch over what is outside the home. */
export function measurement({ load: [load], memory, root, home, processes }: BoxFacts): Measurement {
  const busiest = processes
    .filter(({ isSystem, cpuMs }) => !isSystem && cpuMs > 0)
    .toSorted((one, other) => other.cpuMs - one.cpuMs)
    .slice(0, MOST_BUSY)
    .map(({ command, cpuMs }) => ({ command, cpuMs }));
  return {
    homeUsedBytes: home?.usedBytes,
    rootUsedBytes: undefined,
    figures: {
      load,
      memory: { usedBytes: Math.max(0, memory.totalBytes - memory.availableBytes), totalBytes: memory.totalBytes },
      ...(home === null ? {} : { home }),
      root,
      busiest,
    },
  };
}
