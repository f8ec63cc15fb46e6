// The service of a quickstart: `shellbox start` as a process of its own that does not outlive us, its log in a file.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ShellboxError } from '../../src/errors.ts';
import type { Place } from './place.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/shellbox', import.meta.url));

export interface Service {
  /** What it prints when it is up. */
  summary: readonly string[];
  /** Resolves with how it ended. */
  ended: Promise<number>;
  /** SIGTERM, and resolves with how it ended. */
  stop(): Promise<number>;
}

/** Resolves once it is up. @throws ShellboxError `service` with what it said, when it ends before */
export async function startService({ environment, folder }: Place, onLine: (line: string) => void): Promise<Service> {
  const logFile = join(folder, 'service.log');
  const log = openSync(logFile, 'w', 0o600);
  // Its own session: Ctrl-C reaches us alone. The kernel ends it when we are killed.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', PROGRAM, 'start'], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });
  const summary: string[] = [];
  const up = new Promise<void>((resolve) => {
    if (child.stdout === null) return; // never: it is a pipe
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('First command:')) resolve();
      if (line.startsWith('✗')) onLine(line);
      summary.push(line);
    });
  });
  const early = await Promise.race([up, ended]);
  if (early !== undefined) throw await startError(logFile);
  return {
    summary,
    ended,
    async stop() {
      child.kill('SIGTERM');
      return await ended;
    },
  };
}

/** What it wrote for people; the JSON lines are for the file. */
async function startError(logFile: string): Promise<ShellboxError> {
  const lines = (await readFile(logFile, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  const remedy = lines.length > 1 ? lines.pop() : undefined;
  return new ShellboxError('service', lines.join('\n') || 'The service did not start.', {
    remedy: remedy ?? `Look into ${logFile}.`,
  });
}
