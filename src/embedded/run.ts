// Runs a short-lived system tool and tells how it ended; children get a fixed environment, so that no secret of ours reaches them.
import { type ExecFileOptions, execFile } from 'node:child_process';

/** The whole environment of everything started here. */
export const CHILD_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const;

export interface RunAs {
  uid: number;
  gid: number;
}

export interface RunOptions {
  signal?: AbortSignal | undefined;
  timeoutMs: number;
  user?: RunAs | undefined;
}

export interface RunResult {
  /** The exit status; undefined when the tool could not be started or was killed. */
  status: number | undefined;
  stdout: string;
  stderr: string;
  error: Error | undefined;
}

/** Runs `command` to its end. Never rejects because of its exit status; rejects with the reason when `signal` aborts. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const execOptions: ExecFileOptions = {
    env: CHILD_ENV,
    cwd: '/',
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    ...(options.signal && { signal: options.signal }),
    ...(options.user && { uid: options.user.uid, gid: options.user.gid }),
  };
  const result = await new Promise<RunResult>((resolve) => {
    execFile(command, args, execOptions, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ status, stdout: String(stdout), stderr: String(stderr), error: error ?? undefined });
    });
  });
  options.signal?.throwIfAborted();
  return result;
}
