// Processes of a box as this machine's kernel knows them, where the engine runs on it; proc(5).
import { readFileSync } from 'node:fs';

export interface HostProcess {
  /** In the box. */
  pid: number;
  /** Clock ticks from the machine's start to the process's; with its pid the same for no other process. */
  startTicks: string;
  cpuMs: number;
}

/** What a tick of /proc is on every architecture of Linux that has an engine (USER_HZ). */
const TICK_MS = 10;

/** Whether the process is in that container, so that its pids are this machine's: they are not with an engine elsewhere. */
export function isHere(hostPid: number, containerId: string): boolean {
  return textOf(hostPid, 'cgroup')?.includes(containerId) ?? false;
}

/** undefined when it has ended. */
export function readHostProcess(hostPid: number): HostProcess | undefined {
  const [stat, status] = [textOf(hostPid, 'stat'), textOf(hostPid, 'status')];
  if (stat === undefined || status === undefined) return undefined;
  return readProcess(stat, status);
}

/** From the two files; undefined when they are not what proc(5) says. */
export function readProcess(stat: string, status: string): HostProcess | undefined {
  // The name stands in parentheses and may hold any of them; a number is behind the last.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, startTicks] = [fields[11], fields[12], fields[19]];
  // The name of the process is escaped here, so that it begins no line of its own.
  const pid = Number(/^NSpid:.*\s(\d+)\s*$/m.exec(status)?.[1]);
  const cpuMs = (Number(user) + Number(system)) * TICK_MS;
  if (startTicks === undefined || !Number.isSafeInteger(pid) || !Number.isSafeInteger(cpuMs)) return undefined;
  return { pid, startTicks, cpuMs };
}

/** These files are made in memory: a thread for each of them costs more than the reading. */
function textOf(hostPid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${hostPid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
