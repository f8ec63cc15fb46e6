// What a simulated box's owner really does, minute by minute, and the counters that a provider would show of it.
import type { Observation } from '../../src/providers/observed.ts';

export type Doing = 'nothing' | 'computing' | 'typing' | 'loading' | 'holding';

interface Stretch {
  /** Milliseconds since the epoch, as of `toMs` of the one before. */
  fromMs: number;
  toMs: number;
  doing: Doing;
}

export interface Timeline {
  doingAt(ms: number): Doing;
  /** For how long what goes on now has gone on, milliseconds. */
  lastingMs(ms: number): number;
  /** When it was used last, up to then. */
  usedUntil(ms: number): number;
  /** When somebody typed in it last, up to then; undefined when nobody did. */
  typedUntil(ms: number): number | undefined;
  /** It was started: counters begin at nothing. */
  restart(ms: number): void;
  observation(ms: number): Observation;
}

const MINUTE_MS = 60_000;
export const LOOKED_MINUTES = 11;
/** A share of a core that a box uses for itself: cron, a shell's prompt, an editor's watcher. */
const NOISE = 0.01;
const WORK = 0.6;
const NOISE_BYTES_PER_MS = 2_000 / MINUTE_MS;
const LOAD_BYTES_PER_MS = 400_000 / MINUTE_MS;
const DOINGS: readonly Doing[] = ['computing', 'typing', 'loading', 'holding'];

/** Use and rest in turns from `startMs` to `endMs`; uses last minutes to hours, rests up to half a day. */
export function createTimeline(random: () => number, startMs: number, endMs: number): Timeline {
  const stretches: Stretch[] = [];
  for (let at = startMs, used = random() < 0.5; at < endMs; used = !used) {
    // What holds a box is seen only if it is there when somebody looks.
    const minutes = used ? LOOKED_MINUTES + random() ** 3 * 480 : 5 + random() ** 2 * 1800;
    const toMs = at + Math.round(minutes * MINUTE_MS);
    stretches.push({
      fromMs: at,
      toMs,
      doing: used ? (DOINGS[Math.floor(random() * DOINGS.length)] ?? 'typing') : 'nothing',
    });
    at = toMs;
  }
  let startedAtMs = startMs;

  const at = (ms: number): Stretch | undefined =>
    stretches.find((stretch) => ms >= stretch.fromMs && ms < stretch.toMs);
  /** Milliseconds of these doings since the box was started. */
  function lasted(ms: number, doings: readonly Doing[]): number {
    return stretches
      .filter(({ doing }) => doings.includes(doing))
      .reduce((sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, ms) - Math.max(fromMs, startedAtMs)), 0);
  }

  return {
    doingAt: (ms) => at(ms)?.doing ?? 'nothing',
    lastingMs: (ms) => ms - (at(ms)?.fromMs ?? ms),
    usedUntil(ms) {
      const now = at(ms);
      if (now !== undefined && now.doing !== 'nothing') return ms;
      return stretches.findLast(({ toMs, doing }) => doing !== 'nothing' && toMs <= ms)?.toMs ?? startMs;
    },
    typedUntil(ms) {
      const typed = stretches.findLast(({ fromMs, doing }) => doing === 'typing' && fromMs <= ms);
      return typed && Math.min(typed.toMs, ms);
    },
    restart(ms) {
      startedAtMs = ms;
    },
    observation(ms) {
      const age = Math.max(0, ms - startedAtMs);
      const work = lasted(ms, ['computing']) * WORK;
      const processes = [
        { pid: 1, key: '1', command: 'sshd', cpuMs: age * NOISE * 0.1, ours: true, holds: false },
        { pid: 40, key: '40', command: 'pytest', cpuMs: work, ours: false, holds: false },
      ];
      if (at(ms)?.doing === 'holding')
        processes.push({ pid: 50, key: '50', command: 'shellbox-hold', cpuMs: 0, ours: false, holds: true });
      return {
        startedAtMs,
        cpuMs: work + age * NOISE,
        trafficBytes: age * NOISE_BYTES_PER_MS + lasted(ms, ['loading']) * LOAD_BYTES_PER_MS,
        processes,
      };
    },
  };
}
