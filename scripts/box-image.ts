// Builds the box image when it is missing or its recipe has changed; prints a line for each part, and nothing when it is current.
// What goes wrong is told in words, with exit status 1.
import Docker from 'dockerode';
import { messageForOperators, ShellboxError } from '../src/errors.ts';
import { toProviderError } from '../src/providers/docker/errors.ts';
import { ensureBoxImage } from '../src/providers/docker/image.ts';
import { OWN_IMAGE } from '../src/providers/docker/options.ts';

const DEADLINE_MS = 30 * 60_000;
const signal = AbortSignal.timeout(DEADLINE_MS);

try {
  await ensureBoxImage({
    docker: new Docker(),
    tag: OWN_IMAGE,
    onProgress: (line) => process.stdout.write(`  ${line}\n`),
    signal,
  });
} catch (error) {
  const told =
    error instanceof ShellboxError ? error : toProviderError(error, { doing: 'build the box image', signal });
  process.stderr.write(`${messageForOperators(told)}\n`);
  if (told.cause instanceof Error) process.stderr.write(`  (${told.cause.message})\n`);
  process.exitCode = 1;
}
