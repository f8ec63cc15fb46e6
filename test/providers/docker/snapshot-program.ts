// Takes a snapshot as a process of its own, and sends itself a signal when a program of the host that it ran has ended. Says how it ended.
import { ChildProcess, fork } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { z } from 'zod';
import { createDockerProvider } from '../../../src/providers/docker/docker.ts';
import type { DockerOptions } from '../../../src/providers/docker/options.ts';
import { type LiveBoxRef, ProviderError } from '../../../src/providers/provider.ts';
import { OPTIONS_FOR_TESTS, within } from './docker-host.ts';

const askedSchema = z.object({
  installId: z.string(),
  dataDir: z.string(),
  box: z.object({
    installId: z.string(),
    boxId: z.string(),
    incarnation: z.number(),
    instanceName: z.string(),
    hostKey: z.object({ publicKey: z.string() }),
  }),
  snapshotId: z.string(),
  program: z.string(),
  nth: z.number(),
  signal: z.enum(['SIGKILL', 'SIGSTOP']),
});
type Asked = Omit<z.infer<typeof askedSchema>, 'installId' | 'dataDir' | 'box'>;

export interface SnapshotProgram {
  process: ChildProcess;
  /** `done`, the code of the ProviderError, or the signal that ended it. */
  ended: Promise<string>;
}

/** `program`: when the nth of this name has ended, before anything else is done. */
export function runSnapshot(
  { installId, dataDir }: Pick<DockerOptions, 'installId' | 'dataDir'>,
  box: LiveBoxRef,
  asked: Asked,
) {
  const child = fork(new URL(import.meta.url).pathname, { execArgv: [] });
  const ended = once(child, 'exit').then(([, signal]) => String(signal));
  const told = once(child, 'message').then(([outcome]) => String(outcome));
  const { boxId, incarnation, instanceName, hostKey } = box;
  const { publicKey } = hostKey;
  child.send({
    ...asked,
    installId,
    dataDir,
    box: { installId, boxId, incarnation, instanceName, hostKey: { publicKey } },
  });
  return { process: child, ended: Promise.race([told, ended]) };
}

const spawning = z.object({ process: z.instanceof(ChildProcess), options: z.object({ file: z.string() }) });

async function main(message: unknown): Promise<void> {
  const { installId, dataDir, box, snapshotId, program, nth, signal } = askedSchema.parse(message);
  let left = nth;
  subscribe('tracing:child_process.spawn:start', (started) => {
    const { process: child, options } = spawning.parse(started);
    if (options.file !== program) return;
    child.prependOnceListener('exit', () => {
      left -= 1;
      if (left === 0) process.kill(process.pid, signal);
    });
  });
  const provider = createDockerProvider({ ...OPTIONS_FOR_TESTS, installId, dataDir });
  const outcome = await provider.snapshotHome(box, snapshotId, within(60_000)).then(
    () => 'done',
    (error: unknown) => (error instanceof ProviderError ? error.code : String(error)),
  );
  process.send?.(outcome, () => process.disconnect());
}

if (import.meta.main) process.once('message', (message) => void main(message));
