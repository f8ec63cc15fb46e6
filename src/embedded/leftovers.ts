// Stops what a killed Shellbox left running. The caller holds the data directory's lock, so whatever works in there is ours and stale.
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { StopStep } from './child.ts';

export interface LeftoverOptions {
  /** The program's name as the kernel knows it, at most 15 characters. */
  program: string;
  /** The directory that only this server works in: every process of it has it as its working directory. */
  directory: string;
  stopSteps: readonly StopStep[];
  logger: Logger;
  signal: AbortSignal;
}

/** Ends all leftovers, politely first, and resolves when none is left. @throws ShellboxError `leftover_running` */
export async function stopLeftovers(options: LeftoverOptions): Promise<void> {
  const directory = await realpath(options.directory);
  let pids = await findLeftovers(options.program, directory, await allPids());
  if (pids.length === 0) return;
  options.logger.warn({ program: options.program, pids }, 'stopping what an earlier run left behind');
  for (const step of options.stopSteps) {
    for (const pid of await withoutParentAmong(pids)) kill(pid, step.signal);
    const deadline = performance.now() + step.waitMs;
    while (pids.length > 0 && performance.now() < deadline) {
      await delay(20, undefined, { signal: options.signal });
      pids = await findLeftovers(options.program, directory, pids);
    }
    if (pids.length === 0) return;
  }
  throw new ShellboxError(
    'leftover_running',
    `${options.program} of an earlier run does not end (pid ${pids.join(', ')}).`,
    {
      remedy: `kill -9 ${pids.join(' ')}`,
    },
  );
}

async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** A pid alone proves nothing, it may have been given to another process: program and working directory do. */
async function findLeftovers(program: string, directory: string, pids: readonly number[]): Promise<number[]> {
  const ours = await Promise.all(
    pids.map(async (pid) => {
      const [workingDirectory, name] = await Promise.all([
        readlink(`/proc/${pid}/cwd`).catch(() => undefined),
        readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined),
      ]);
      return workingDirectory === directory && name?.trim() === program;
    }),
  );
  return pids.filter((_, index) => ours[index]);
}

/** The server itself, not the helpers it forked: those follow their parent. */
async function withoutParentAmong(pids: readonly number[]): Promise<number[]> {
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
    }),
  );
  return pids.filter((_, index) => !pids.includes(parents[index] ?? 0));
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
