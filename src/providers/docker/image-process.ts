// Runs one program of the host to its end: argv only, killable with everything it started, its last words kept for the error.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const KEPT_OUTPUT_CHARS = 64_000;
/** How long children may take to end after SIGTERM. */
const GRACE_MS = 5_000;
const GROUP_POLL_MS = 50;

interface Finished {
  /** Exit status; null when a signal ended it. */
  status: number | null;
  /** The end of what it wrote to standard output and standard error. */
  output: string;
}

/** Sends `name` to the program and its children, which share its process group; false when none is left. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(-child.pid, name);
  } catch {
    return false;
  }
}

/** Waits until the last child is gone too; one that does not listen is killed. Bounded, as a zombie stays in its group. */
async function untilGroupGone(child: ChildProcess): Promise<void> {
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  while (elapsedMs() < 2 * GRACE_MS && signalGroup(child, elapsedMs() > GRACE_MS ? 'SIGKILL' : 0)) {
    await delay(GROUP_POLL_MS);
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
    const stop = () => signalGroup(child, 'SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    const done = (settle: () => void) => {
      signal.removeEventListener('abort', stop);
      settle();
    };
    child.once('error', (error) => done(() => reject(error)));
    child.once('close', (status) =>
      done(() => {
        if (!signal.aborted) return resolve({ status, output });
        // What comes after an abort (unmounting, removing) needs all of them gone.
        untilGroupGone(child).then(() => reject(signal.reason), reject);
      }),
    );
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
