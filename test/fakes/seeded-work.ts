// What a machine of the simulated cloud does while it runs: a test says how fast, the cloud's clock does the rest.
import type { Observation, ObservedProcess } from '../../src/providers/observed.ts';

export interface SeededWork {
  /** Programs that people run, by name: the share of one core that each uses. One that is left out has ended. */
  programs: Readonly<Record<string, number>>;
  trafficBytesPerMinute: number;
  /** A command runs under `shellbox-hold`. */
  held: boolean;
  /** False: it runs, and cannot be observed. */
  seen: boolean;
}

export interface Workbench {
  set(work: Partial<SeededWork>): void;
  observe(): Observation | undefined;
}

const MINUTE_MS = 60_000;
/** What init and sshd need by themselves. */
const SYSTEM_SHARE = 0.0005;
const FIRST_PID = 100;

interface Program {
  pid: number;
  cpuMs: number;
}

/** A machine that was started now, with nothing to do. */
export function createWorkbench(now: () => number): Workbench {
  const startedAtMs = now();
  let work: SeededWork = { programs: {}, trafficBytesPerMinute: 0, held: false, seen: true };
  let at = startedAtMs;
  let pids = FIRST_PID;
  let endedMs = 0;
  let trafficBytes = 0;
  const programs = new Map<string, Program>();

  function settle(): void {
    const passedMs = Math.max(0, now() - at);
    at = now();
    trafficBytes += (work.trafficBytesPerMinute * passedMs) / MINUTE_MS;
    for (const [name, share] of Object.entries(work.programs)) {
      const program = programs.get(name);
      if (program !== undefined) program.cpuMs += share * passedMs;
    }
  }

  function startAndEnd(): void {
    const wanted = { ...work.programs, ...(work.held ? { 'shellbox-hold': 0 } : {}) };
    for (const [name, { cpuMs }] of programs) {
      if (name in wanted) continue;
      endedMs += cpuMs;
      programs.delete(name);
    }
    for (const name of Object.keys(wanted)) {
      if (!programs.has(name)) programs.set(name, { pid: pids++, cpuMs: 0 });
    }
  }

  return {
    set(changed) {
      settle();
      work = { ...work, ...changed };
      startAndEnd();
    },
    observe() {
      settle();
      if (!work.seen) return undefined;
      const systemMs = Math.round((at - startedAtMs) * SYSTEM_SHARE);
      const system = { pid: 1, key: '1', command: 'sshd', cpuMs: systemMs, ours: true, holds: false };
      const theirs = [...programs].map(([command, { pid, cpuMs }]): ObservedProcess => {
        const holds = command === 'shellbox-hold';
        return { pid, key: String(pid), command, cpuMs: Math.round(cpuMs), ours: false, holds };
      });
      const processes = [system, ...theirs];
      const cpuMs = processes.reduce((sum, process) => sum + process.cpuMs, Math.round(endedMs));
      return { startedAtMs, cpuMs, trafficBytes: Math.round(trafficBytes), processes };
    },
  };
}
