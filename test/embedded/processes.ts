// Looks at the machine's processes from outside: which servers work in a directory, and what they listen on.
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';

/** Pids of the servers (not their helpers) whose working directory is `directory` or below. */
export async function serversIn(directory: string): Promise<number[]> {
  const pids = await processesIn(directory);
  const parents = await Promise.all(pids.map(parentOf));
  return pids.filter((_, index) => !pids.includes(parents[index] ?? 0));
}

/** Pids of all processes that work in `directory` or below. */
export async function processesIn(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((_, index) => `${places[index]}/`.startsWith(`${directory}/`));
}

/** Inodes of the sockets that those processes hold. */
export async function socketsOf(pids: readonly number[]): Promise<Set<string>> {
  const inodes = new Set<string>();
  for (const pid of pids) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

/** Inodes of all sockets in one of the kernel's tables, e.g. `tcp`; `column` is where that table has the inode. */
export async function socketTable(name: string, column: number): Promise<string[]> {
  const lines = (await readFile(`/proc/net/${name}`, 'utf8')).trim().split('\n').slice(1);
  return lines.map((line) => line.trim().split(/\s+/)[column] ?? '');
}

/** Whether it still runs; one that has ended and that nobody has collected yet does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
}
