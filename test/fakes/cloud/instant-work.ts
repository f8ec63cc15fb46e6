// What people do in an instant machine, as its programs tell of it.
export interface InstantProcess {
  pid: number;
  command: string;
  /** The share of a processor that it uses. */
  share: number;
  sinceMs: number;
  isSystem: boolean;
  isHold: boolean;
}

export interface InstantWork {
  start(command: string, how?: { share?: number; isHold?: boolean }): InstantProcess;
  end(process: InstantProcess): void;
  traffic(bytes: number): void;
  /** As the program `facts` prints it. */
  facts(home: { totalBytes: number; usedBytes: number } | undefined): string;
}

const GIB = 1024 ** 3;

export function createInstantWork(): InstantWork {
  const bootTimeMs = Date.now();
  const clock = (): number => performance.now();
  const bootedMs = clock();
  const processes = new Set<InstantProcess>();
  let lastPid = 100;
  let ended = 0;
  let traffic = 0;
  const cpuOf = ({ share, sinceMs }: InstantProcess): number => Math.round(share * (clock() - sinceMs));
  const systemd = { pid: 1, command: 'systemd', share: 0, sinceMs: bootedMs, isSystem: true, isHold: false };
  processes.add(systemd);

  return {
    start(command, { share = 0, isHold = false } = {}) {
      const started = { pid: ++lastPid, command, share, sinceMs: clock(), isSystem: false, isHold };
      processes.add(started);
      return started;
    },
    end(process) {
      if (processes.delete(process)) ended += cpuOf(process);
    },
    traffic(bytes) {
      traffic += bytes;
    },
    facts(home) {
      const all = [...processes];
      const cpuMs = all.reduce((sum, one) => sum + cpuOf(one), ended);
      return JSON.stringify({
        bootTimeMs,
        cpuMs,
        trafficBytes: traffic,
        memory: { totalBytes: 4 * GIB, availableBytes: 3 * GIB },
        root: { totalBytes: 25 * GIB, usedBytes: GIB },
        home: home ?? null,
        load: [0.1, 0.1, 0.1],
        setup: 'ready',
        processes: all.map((one) => ({
          ...{ pid: one.pid, command: one.command, isSystem: one.isSystem, isHold: one.isHold },
          ...{ startTicks: Math.round(one.sinceMs), cpuMs: cpuOf(one) },
        })),
      });
    },
  };
}
