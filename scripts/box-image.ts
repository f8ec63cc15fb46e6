// Builds the box image when it is missing or its recipe has changed; prints a line for each part, and nothing when it is current.
import Docker from 'dockerode';
import { ensureBoxImage } from '../src/providers/docker/image.ts';
import { OWN_IMAGE } from '../src/providers/docker/options.ts';

const DEADLINE_MS = 30 * 60_000;

await ensureBoxImage({
  docker: new Docker(),
  tag: OWN_IMAGE,
  onProgress: (line) => process.stdout.write(`  ${line}\n`),
  signal: AbortSignal.timeout(DEADLINE_MS),
});
