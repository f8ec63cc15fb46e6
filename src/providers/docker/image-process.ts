// Runs one program of the host to its end: argv only, killable with everything it started, its last words kept for the error.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

const KEPT_OUTPUT_CHARS = 64_000;

export interface Finished {
  /** Exit status; null when a signal ended it. */
  status: number | null;
  /** The end of what it wrote to standard output and standard error. */
  output: string;
}

/** Stops the program and its children, which share its process group. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // Already gone: that is what was wanted.
  }
}

function untilClosed(
  child: ChildProcess,
  signal: AbortSignal,
  sources: readonly (Readable | null)[],
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let output = '';
    for (const source of sources) {
      source?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-KEPT_OUTPUT_CHARS);
      });
    }
    const stop = () => killGroup(child);
    signal.addEventListener('abort', stop, { once: true });
    const done = (settle: () => void) => {
      signal.removeEventListener('abort', stop);
      settle();
    };
    child.once('error', (error) => done(() => reject(error)));
    // Waiting for the end even when aborted: what comes after (unmounting, removing) needs it gone.
    child.once('close', (status) => done(() => (signal.aborted ? reject(signal.reason) : resolve({ status, output }))));
  });
}

/** Runs `command` and waits. Rejects when it cannot be started (`ENOENT`) and, after killing it, when `signal` fires. */
export function runToEnd(command: string, argv: readonly string[], signal: AbortSignal): Promise<Finished> {
  signal.throwIfAborted();
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  return untilClosed(child, signal, [child.stdout, child.stderr]);
}

/** Starts `command` with its standard output as a stream; `finished` settles as `runToEnd` does. */
export function runAsSource(
  command: string,
  argv: readonly string[],
  signal: AbortSignal,
): { stdout: Readable; finished: Promise<Finished> } {
  signal.throwIfAborted();
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  return { stdout: child.stdout, finished: untilClosed(child, signal, [child.stderr]) };
}
