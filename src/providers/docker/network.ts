// One bridge network an installation; made when it is missing, never changed.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ProviderError } from '../provider.ts';
import { ask, type Docker } from './engine.ts';
import { isNotFound, isStatus } from './engine-status.ts';
import { LABELS } from './payload.ts';

export interface BoxNetwork {
  name: string;
  /** The host's interface; at most 15 characters. */
  bridge: string;
  /** IPv4, in CIDR notation. */
  subnet: string;
}

const LOOKS = 50;
const LOOK_EVERY_MS = 100;

export const networkName = (installId: string): string => `shellbox-${installId}`;
export const bridgeName = (installId: string): string => `sbr-${installId}`;

/** The installation's network; several callers may make it at once, one wins and all get the same. */
export async function ensureNetwork(docker: Docker, installId: string, signal: AbortSignal): Promise<BoxNetwork> {
  const found = await findNetwork(docker, installId, signal);
  if (found !== undefined) return found;
  await ask({ doing: 'make the network of the boxes', signal }, async (abortSignal) => {
    const mtu = await hostMtu();
    const payload = networkPayload(installId, mtu);
    try {
      await docker.createNetwork({ ...payload, abortSignal });
    } catch (error) {
      // Made by somebody else since: 409 names the network, 403 the bridge.
      if (isStatus(error, 409) || isStatus(error, 403)) return;
      // An engine that has no address range left answers 404, which means another thing elsewhere.
      if (isNotFound(error)) throw networkError(installId, error);
      throw error;
    }
  });
  // Whoever makes it holds its name and bridge for a moment before it can be seen.
  for (let look = 1; look <= LOOKS; look++) {
    const made = await findNetwork(docker, installId, signal);
    if (made !== undefined) return made;
    await ask({ doing: 'wait for the network of the boxes', signal }, (abortSignal) =>
      delay(LOOK_EVERY_MS, undefined, { signal: abortSignal }),
    );
  }
  throw networkError(installId, undefined);
}

function networkError(installId: string, cause: unknown): ProviderError {
  return new ProviderError('unavailable', 'The network of the boxes could not be made.', {
    remedy: `Remove networks that nobody uses, and any other with the interface ${bridgeName(installId)}: "docker network prune".`,
    cause,
  });
}

/** Boxes see no IPv6: Docker switches it off in containers whose network has none. */
function networkPayload(installId: string, mtu: number | undefined) {
  return {
    Name: networkName(installId),
    Driver: 'bridge',
    CheckDuplicate: true,
    EnableIPv6: false,
    Labels: { [LABELS.install]: installId },
    Options: {
      'com.docker.network.bridge.name': bridgeName(installId),
      'com.docker.network.bridge.enable_icc': 'false',
      ...(mtu === undefined ? {} : { 'com.docker.network.driver.mtu': String(mtu) }),
    },
  };
}

async function findNetwork(docker: Docker, installId: string, signal: AbortSignal): Promise<BoxNetwork | undefined> {
  return ask({ doing: 'show the network of the boxes', signal }, async () => {
    try {
      const { Labels, IPAM } = await docker.getNetwork(networkName(installId)).inspect();
      const subnet = IPAM?.Config?.[0]?.Subnet;
      if (Labels?.[LABELS.install] !== installId || subnet === undefined) {
        throw new ProviderError('invalid', `The network ${networkName(installId)} is not the one Shellbox makes.`, {
          remedy: `Remove it: "docker network rm ${networkName(installId)}".`,
        });
      }
      return { name: networkName(installId), bridge: bridgeName(installId), subnet };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
}

/**
 * The MTU of the interface that leads out of this host, where it is below Docker's 1500: a tunnel or cloud network would
 * swallow larger packets of the boxes without a word. undefined where nothing is known.
 */
async function hostMtu(): Promise<number | undefined> {
  try {
    const routes = (await readFile('/proc/net/route', 'utf8')).split('\n').map((line) => line.split('\t'));
    const device = routes.find(([, destination]) => destination === '00000000')?.[0];
    if (device === undefined) return undefined;
    const mtu = Number(await readFile(`/sys/class/net/${device}/mtu`, 'utf8'));
    return mtu < 1500 ? mtu : undefined;
  } catch {
    return undefined;
  }
}
