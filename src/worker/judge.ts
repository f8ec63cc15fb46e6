// Tells from two observations of a box whether somebody used it between them, and says why: pure.
import type { Activity } from '../boxes/planned-stop.ts';
import type { Observation, ObservedProcess } from '../providers/observed.ts';
import { shown } from '../threads/shown.ts';

/** From what on a box counts as active. */
export interface ActivityLimits {
  /** Of one core, over the interval. */
  cpuPercent: number;
  /** Over the box's interface. */
  trafficKibPerMinute: number;
  /** The interval between two looks. Over a longer one as much as this one would allow counts, so that a gap hides no burst. */
  intervalMs: number;
}

export interface Glance {
  /** Of a clock that is never set, milliseconds. */
  atMs: number;
  observation: Observation;
}

export interface Judgement {
  activity: Exclude<Activity, 'unknown'>;
  /** For people, e.g. `pytest (pid 4121), CPU 87 %`. */
  why: string;
  /** The same as long as the reason is, whatever its figures. */
  reason: string;
}

const LONGEST_COMMAND = 24;
/** The shortest time to which the limits are applied: in a moment, a few packets look like a flood. */
const LEAST_SHARE = 1 / 3;

/**
 * `sessionUsed`: input or output in a session through the gateway since the first look. Undefined where the two do not compare,
 * because the box was started anew between them.
 */
export function judge(
  before: Glance,
  after: Glance,
  sessionUsed: boolean,
  limits: ActivityLimits,
): Judgement | undefined {
  const [one, other] = [before.observation, after.observation];
  const holder = other.processes.find((process) => process.holds);
  if (holder !== undefined) return { activity: 'active', why: 'a command runs under shellbox-hold', reason: 'hold' };
  if (one.startedAtMs === other.startedAtMs && one.processes.some((process) => process.holds))
    return { activity: 'active', why: 'a command under shellbox-hold has just ended', reason: 'hold' };
  if (sessionUsed) return { activity: 'active', why: 'a session is in use', reason: 'session' };
  if (one.startedAtMs !== other.startedAtMs) return undefined;
  if (other.typedAtMs !== undefined && other.typedAtMs > (one.typedAtMs ?? 0))
    return { activity: 'active', why: 'somebody typed at a terminal', reason: 'typed' };
  const elapsedMs = Math.max(1, after.atMs - before.atMs);
  const countedMs = Math.min(Math.max(elapsedMs, limits.intervalMs * LEAST_SHARE), limits.intervalMs);
  const work = workBetween(one, other);
  const cpu = `CPU ${percent(work.cpuMs / elapsedMs)}`;
  if (work.cpuMs >= (countedMs * limits.cpuPercent) / 100) {
    const name = work.busiest === undefined ? 'programs that have ended' : nameOf(work.busiest);
    return { activity: 'active', why: `${name}, ${cpu}`, reason: `cpu ${work.busiest?.command ?? ''}` };
  }
  // Somebody who counts from now on knows nothing of the time before.
  if (one.trafficBytes === undefined || other.trafficBytes === undefined)
    return { activity: 'idle', why: `no session, ${cpu}, network not counted`, reason: 'idle' };
  const trafficKib = Math.max(0, other.trafficBytes - one.trafficBytes) / 1024;
  const traffic = `${Math.round((trafficKib / elapsedMs) * 60_000)} KiB a minute over the network`;
  if (trafficKib >= (countedMs / 60_000) * limits.trafficKibPerMinute)
    return { activity: 'active', why: traffic, reason: 'traffic' };
  return { activity: 'idle', why: `no session, ${cpu}, ${traffic}`, reason: 'idle' };
}

interface Work {
  cpuMs: number;
  /** The program of the person's that worked most; undefined when those that worked are gone. */
  busiest: ObservedProcess | undefined;
}

/** What the box's processor did without what is ours: also for programs that came and went between two looks. */
function workBetween(before: Observation, after: Observation): Work {
  const known = new Map(before.processes.map((process) => [process.key, process.cpuMs]));
  const worked = after.processes.map((process) => ({
    process,
    cpuMs: Math.max(0, process.cpuMs - (known.get(process.key) ?? 0)),
  }));
  const ours = worked.filter(({ process }) => process.ours).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const [most] = worked.filter(({ process }) => !process.ours).sort((one, other) => other.cpuMs - one.cpuMs);
  return {
    cpuMs: Math.max(0, after.cpuMs - before.cpuMs - ours),
    busiest: most !== undefined && most.cpuMs > 0 ? most.process : undefined,
  };
}

function nameOf({ command, pid }: ObservedProcess): string {
  const name = shown(command, LONGEST_COMMAND);
  return pid === undefined ? name : `${name} (pid ${pid})`;
}

/** `0.3 %`, `87 %` */
function percent(share: number): string {
  const value = share * 100;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} %`;
}
