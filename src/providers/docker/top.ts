// What the engine's `top` answers, as processes, and which of them are ours. The names in it are chosen inside the box.

/** The columns that every `ps` knows (procps and busybox). The name comes last: it may hold spaces. */
export const PS_ARGS = '-o pid,ppid,user,stat,time,comm';

export interface ListedProcess {
  /** As the engine's host counts. */
  hostPid: number;
  parentHostPid: number;
  /** Runs as root. */
  isRoot: boolean;
  /** Ended, and not yet taken note of by its parent. */
  isZombie: boolean;
  /** In whole seconds, as `ps` gives them. */
  cpuMs: number;
  command: string;
}

/** The rows that are whole; a row that is not is left out. */
export function readTop(answer: unknown): ListedProcess[] {
  const [titles, rows] = [field(answer, 'Titles'), field(answer, 'Processes')];
  if (!isTexts(titles) || !Array.isArray(rows)) return [];
  const columns = ['PID', 'PPID', 'USER', 'STAT', 'TIME', 'COMMAND'].map((title) => titles.indexOf(title));
  return rows.flatMap((row: unknown) => {
    if (!isTexts(row)) return [];
    const [pid = '', parent = '', user = '', state = '', time = '', command = ''] = columns.map(
      (column) => row[column] ?? '',
    );
    const [hostPid, parentHostPid, cpuMs] = [numberOf(pid), numberOf(parent), processorMs(time)];
    if (hostPid === undefined || parentHostPid === undefined || cpuMs === undefined) return [];
    return [
      {
        hostPid,
        parentHostPid,
        isRoot: user === 'root' || user === '0',
        isZombie: state.startsWith('Z'),
        cpuMs,
        command,
      },
    ];
  });
}

/** `[[days-]hours:]minutes:seconds` of ps(1), in milliseconds; undefined for anything else. */
export function processorMs(time: string): number | undefined {
  const match = /^(?:(?:(\d{1,6})-)?(\d{1,9}):)?(\d{1,9}):(\d{2})(?:\.\d+)?$/.exec(time);
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** What stands between the engine and a person's own programs: init, sshd and its sessions. */
const SYSTEM: ReadonlySet<string> = new Set(['docker-init', 'tini', 'sshd']);
/** Gets the box ready and then becomes sshd; what it calls meanwhile is ours as well. */
const ENTRY_POINT = 'entrypoint';
const HOLD = 'shellbox-hold';

/**
 * Host pids of processes that are ours: init, and what descends from it by system programs alone. Anybody may call a program `sshd`, so
 * ours run as root, but for the one process of each log-in that sshd hands to the person.
 */
export function oursOf(processes: readonly ListedProcess[], initHostPid: number): ReadonlySet<number> {
  const children = Map.groupBy(processes, ({ parentHostPid }) => parentHostPid);
  const ours = new Set<number>([initHostPid]);
  const preparing = new Set<number>();
  const rootSshd = new Set<number>();
  for (const parent of ours) {
    for (const { hostPid, command, isRoot } of children.get(parent) ?? []) {
      if (isRoot && (command === ENTRY_POINT || preparing.has(parent))) preparing.add(hostPid);
      const isHandedOver = command === 'sshd' && rootSshd.has(parent);
      if ((isRoot && SYSTEM.has(command)) || isHandedOver || preparing.has(hostPid)) ours.add(hostPid);
      if (isRoot && command === 'sshd') rootSshd.add(hostPid);
    }
  }
  return ours;
}

/** Host pids of `shellbox-hold` with a command that lives. */
export function holdersOf(processes: readonly ListedProcess[]): ReadonlySet<number> {
  const parents = new Set(processes.filter(({ isZombie }) => !isZombie).map(({ parentHostPid }) => parentHostPid));
  const holders = processes.filter(
    ({ command, isZombie, hostPid }) => command === HOLD && !isZombie && parents.has(hostPid),
  );
  return new Set(holders.map(({ hostPid }) => hostPid));
}

function numberOf(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
