// bin/shellbox as a child process, with nothing of our own environment but the path.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const BIN = fileURLToPath(new URL('../../bin/shellbox', import.meta.url));

export interface Ended {
  status: number | null;
  out: string;
  err: string;
}

/** A folder for one test, which the database's user can enter: its database would lie elsewhere otherwise, and stay. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shellbox-test-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves once standard output holds this; rejects when the program ends before. */
  says(text: string): Promise<void>;
}

/** Starts `shellbox <args>` in a folder; killed when the test ends, if it has not ended. */
export function startProgram(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
  bin = BIN,
): Started {
  const child = spawn(bin, args, {
    cwd,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  const waiting = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    said.out += data;
    for (const look of waiting) look();
  });
  child.stderr.on('data', (data: Buffer) => {
    said.err += data;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (status) => resolve({ status, ...said })));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    child,
    ended,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => said.out.includes(text) && resolve();
        waiting.add(look);
        look();
        void ended.then(({ status, err }) => reject(new Error(`ended with ${status}: ${err}`)));
      }),
  };
}

export function runProgram(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
  bin = BIN,
): Promise<Ended> {
  return startProgram(cwd, args, env, bin).ended;
}
