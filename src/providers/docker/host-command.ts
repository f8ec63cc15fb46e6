// Runs one short program of the host: argv only, killed at the abort or the deadline, its output as data.
import { execFile } from 'node:child_process';

export interface HostCommand {
  file: string;
  argv: readonly string[];
  signal: AbortSignal;
  /** For standard input. */
  input?: string;
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_OUTPUT_BYTES = 8 * 1024 * 1024;

/**
 * Standard output of a program that ended with status 0. Rejects otherwise, with node's error: `code` is the exit status,
 * or an errno such as ENOENT; standard error is in its message.
 */
export function runOnHost({ file, argv, signal, input, timeoutMs = DEFAULT_TIMEOUT_MS }: HostCommand): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { signal, timeout: timeoutMs, maxBuffer: LONGEST_OUTPUT_BYTES, encoding: 'utf8' } as const;
    const child = execFile(file, argv, options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
    // A program that ends without reading all of it is judged by its exit status.
    child.stdin?.on('error', () => undefined).end(input ?? '');
  });
}

/** The status with which a program of `runOnHost` ended; an errno where it never ran, or of a call to the system. */
export function exitStatus(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
