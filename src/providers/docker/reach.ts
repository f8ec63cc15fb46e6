// Waits for a box's SSH where it is published, and notices soon when the box ended instead.
import { type BoxSpec, type CallContext, ProviderError } from '../provider.ts';
import { probeSsh } from '../shared/ssh-probe.ts';
import type { Docker } from './engine.ts';
import { isUp, lookForOwn } from './instances.ts';
import type { DockerOptions } from './options.ts';

/** Between these stretches the container is looked at; 30 s in all. */
const STRETCHES_MS = [2_000, 4_000, 8_000, 16_000];

/** Rejects as `probeSsh` does, with `unavailable` when the container does not run, `vanished` when it is gone. */
export async function reachBox(
  docker: Docker,
  box: BoxSpec,
  { host, port }: { host: string; port: number },
  { signal }: CallContext,
): Promise<void> {
  let unanswered: unknown;
  for (const deadlineMs of STRETCHES_MS) {
    try {
      return await probeSsh({ host, port, publicKey: box.hostKey.publicKey, signal, deadlineMs });
    } catch (error) {
      if (signal.aborted || !(error instanceof ProviderError) || error.code !== 'timeout') throw error;
      unanswered = error.cause;
    }
    const container = await lookForOwn(docker, box, signal);
    if (container === undefined) throw new ProviderError('vanished', 'The box’s container is gone.');
    if (!isUp(container)) {
      const { ExitCode } = container.State;
      throw new ProviderError('unavailable', `The box ended right after its start (exit status ${ExitCode}).`, {
        remedy: 'Start it again. If it ends again, destroy it and make it anew.',
        remedyFor: 'everybody',
        cause: unanswered,
      });
    }
  }
  const seconds = STRETCHES_MS.reduce((sum, ms) => sum + ms, 0) / 1000;
  throw new ProviderError('timeout', `SSH did not answer within ${seconds} s.`, { cause: unanswered });
}

/** From here a box is reached where it publishes its port; an engine elsewhere publishes on its own machine. */
export function probeHost({ dockerHost, bindAddress, sshHost }: DockerOptions): string {
  const engine = dockerHost === undefined || dockerHost.startsWith('unix:') ? undefined : new URL(dockerHost).hostname;
  if (engine !== undefined && engine !== 'localhost' && !engine.startsWith('127.')) return sshHost;
  if (bindAddress === '0.0.0.0') return '127.0.0.1';
  return bindAddress === '::' ? '::1' : bindAddress;
}
