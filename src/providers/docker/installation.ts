// Takes what an installation has on a Docker host beside its boxes: the bridge network and the packet rules.
import { ask, connectEngine, type Docker } from './engine.ts';
import { isNotFound } from './engine-status.ts';
import { removeIsolation } from './isolation.ts';
import { networkName } from './network.ts';

/**
 * For the end of an installation, after its last box; `prepare` makes both again. Of nothing is success. Rejects with
 * `invalid` while a box is on the network, and with `isolation` where rules cannot be written.
 */
export async function removeDockerInstallation(
  { dockerHost, installId }: { dockerHost: string | undefined; installId: string },
  signal: AbortSignal,
): Promise<void> {
  await removeDockerNetwork(connectEngine(dockerHost), installId, signal);
  await removeIsolation(installId, signal);
}

/** Of none is success. Rejects with `invalid` while a box is on it. */
export async function removeDockerNetwork(docker: Docker, installId: string, signal: AbortSignal): Promise<void> {
  await ask({ doing: 'remove the network of the boxes', signal }, async (abortSignal) => {
    try {
      await docker.getNetwork(networkName(installId)).remove({ abortSignal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  });
}
