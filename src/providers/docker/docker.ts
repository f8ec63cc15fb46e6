// Boxes as Docker containers: the provider's operations, each put together from the concern it belongs to.
import { availableParallelism } from 'node:os';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import type { Endpoint } from '../../boxes/endpoint.ts';
import { type BoxSpec, type InstanceView, type Provider, ProviderError } from '../provider.ts';
import { deliveryOf, firstFiles, folderMounts, laterFiles, putFiles, writeFolders } from './box-files.ts';
import { checkDocker } from './check.ts';
import { ask, connectEngine } from './engine.ts';
import { throwIfCancelled } from './errors.ts';
import { createHomes, filesDir, homesDir } from './homes.ts';
import { type Host, lookAtHost } from './host.ts';
import type { ArchiveFile } from './image-archive.ts';
import {
  alone,
  isUp,
  LONGEST_CREATE_MS,
  lookForOwn,
  makeOrAdopt,
  removeContainer,
  startContainer,
  startedView,
  stopContainer,
  writtenBytes,
} from './instances.ts';
import { ensureIsolation } from './isolation.ts';
import { ensureNetwork, networkName } from './network.ts';
import { createObserve } from './observe.ts';
import { DEFAULT_LEAST_FREE, DEFAULT_ROOT_GIB, type DockerOptions, defaultMemoryBudgetMiB } from './options.ts';
import { prepareImage } from './own-image.ts';
import { type HostTraits, LABELS } from './payload.ts';
import { probeHost, reachBox } from './reach.ts';
import { requireSpace } from './space.ts';
import { viewOf, viewOfListed } from './views.ts';

export function createDockerProvider(options: DockerOptions): Provider {
  const { image, sshHost, isolation, dataDir, logger } = options;
  const docker = connectEngine(options.dockerHost);
  const leastFree = options.leastFree ?? DEFAULT_LEAST_FREE;
  const homes = createHomes(docker, dataDir, leastFree);
  // Facts about the machine, not about boxes; looked up again by `prepare`.
  let known: Host | undefined;

  async function host(signal: AbortSignal): Promise<Host> {
    known ??= await lookAtHost({ docker, image, dataDir, logger, signal });
    return known;
  }

  /** Network and rules stand, or nothing starts; with isolation off only the network has to. */
  async function guard(installId: string, signal: AbortSignal): Promise<void> {
    const network = () => ensureNetwork(docker, installId, signal);
    try {
      const rules = await ensureIsolation(installId, network, signal);
      if (rules === 'written') logger.info({ provider: 'docker' }, 'The rules that keep boxes apart were written');
    } catch (error) {
      if (isolation || !(error instanceof ProviderError) || error.code !== 'isolation') throw error;
      await network();
    }
  }

  function traits({ cpus, limitsRoot, homes }: Host, box: BoxSpec, home: HostTraits['home']): HostTraits {
    const { bindAddress, sudo } = options;
    const rootGiB = limitsRoot ? (options.rootGiB ?? DEFAULT_ROOT_GIB) : undefined;
    const folders = homes === 'file' ? folderMounts(filesDir(dataDir, box)) : [];
    return { image, network: networkName(box.installId), bindAddress, sudo, cpus, rootGiB, home, folders };
  }

  /** The engine mounts folders that are there. */
  async function writeBefore(box: BoxSpec, facts: Host): Promise<void> {
    if (facts.homes === 'file') await writeFolders(filesDir(dataDir, box), firstFiles(box));
  }

  async function deliver(
    box: BoxSpec,
    container: ContainerInspectInfo,
    files: readonly ArchiveFile[],
    signal: AbortSignal,
  ) {
    if (deliveryOf(container) === 'folder') await writeFolders(filesDir(dataDir, box), files);
    else await putFiles(docker, container.Id, files, signal);
  }

  function runningOf(installId: string, signal: AbortSignal): Promise<ContainerInfo[]> {
    const filters = { label: [`${LABELS.install}=${installId}`] };
    return ask({ doing: 'list the boxes that run', signal }, (abortSignal) =>
      docker.listContainers({ filters, abortSignal }),
    );
  }

  const vanished = () => new ProviderError('vanished', 'The box’s container is gone.');

  return {
    name: 'docker',
    title: 'Docker',
    longestCreateMs: LONGEST_CREATE_MS,
    patienceMs: 0,
    keepsHomes: true,
    takesSnapshots: true,
    setsUp: false,
    regions: undefined,
    images: undefined,
    prices: undefined,
    ports: options.ports,
    get maximumCpus() {
      return known?.cpus ?? availableParallelism();
    },
    mostBoxes: undefined,
    get memoryBudgetMiB() {
      return options.memoryBudgetMiB ?? defaultMemoryBudgetMiB(known?.memoryBytes);
    },

    async prepare({ signal }) {
      await prepareImage({ docker, image, logger, signal });
      known = await lookAtHost({ docker, image, dataDir, logger, signal });
      await guard(options.installId, signal);
    },

    check: (context) =>
      checkDocker(
        {
          docker,
          options,
          host,
          guard: (signal) =>
            ensureIsolation(options.installId, () => ensureNetwork(docker, options.installId, signal), signal),
          isInUse: async (signal) => (await runningOf(options.installId, signal)).length > 0,
        },
        context,
      ),

    async admit({ signal }) {
      throwIfCancelled({ doing: 'look for free disk space', signal });
      const { engineDir } = await host(signal);
      await requireSpace([homesDir(dataDir), engineDir], leastFree);
    },

    async protect({ signal }) {
      await Promise.all([guard(options.installId, signal), homes.snapshots.mend(options.installId)]);
    },

    ensureHome: (box, { signal }) => homes.ensure(box, async () => (await host(signal)).homes, signal),

    create: (box, { signal }) =>
      alone(box, signal, async () => {
        const sshPort = portOf(box);
        const guarded = begun(guard(box.installId, signal));
        const facts = await host(signal);
        const [home] = await Promise.all([homes.attach(box, signal), writeBefore(box, facts)]);
        const container = await makeOrAdopt(docker, box, sshPort, traits(facts, box, home), signal);
        const files = isUp(container) ? laterFiles(box) : firstFiles(box);
        await Promise.all([deliver(box, container, files, signal), guarded]);
        if (!isUp(container)) await startContainer(docker, container, networkName(box.installId), signal);
        return startedView(container, sshHost);
      }),

    start: (box, { signal }) =>
      alone(box, signal, async () => {
        const container = await lookForOwn(docker, box, signal);
        if (container === undefined) throw vanished();
        if (!isUp(container)) {
          // The engine mounts the home to put files in, so it has to be there first.
          const filled = homes.attach(box, signal).then(() => deliver(box, container, firstFiles(box), signal));
          await Promise.all([filled, guard(box.installId, signal)]);
          await startContainer(docker, container, networkName(box.installId), signal);
        }
        return startedView(container, sshHost);
      }),

    async reach(box, instance, { signal }) {
      const endpoint = endpointOf(box, instance, sshHost);
      await reachBox(docker, box, { host: probeHost(options), port: endpoint.port }, { signal });
      return endpoint;
    },

    followSetup: async () => ({ state: 'ready' }),
    stop: (box, { signal }) => stopContainer(docker, box, signal),
    destroy: (box, { signal }) => removeContainer(docker, box, signal),
    destroyHome: (box, { signal }) => homes.remove(box, signal),

    async snapshotHome(box, snapshotId, { signal }) {
      const runs = async () => (await lookForOwn(docker, box, signal))?.State.Running ?? false;
      const take = (inUse: boolean) => homes.snapshots.take(box, snapshotId, { signal, inUse });
      if (await runs()) return take(true);
      // Whoever starts it meanwhile waits.
      return alone(box, signal, async () => take(await runs()));
    },
    snapshots: (installId, { signal }) => homes.snapshots.list(installId, signal),
    destroySnapshot: (snapshot, { signal }) => homes.snapshots.remove(snapshot, signal),

    async inspect(box, { signal }) {
      const container = await lookForOwn(docker, box, signal);
      return container && viewOf(container, sshHost);
    },

    async list(installId, { signal }) {
      const filters = { label: [`${LABELS.install}=${installId}`] };
      const containers = await ask({ doing: 'list the boxes', signal }, (abortSignal) =>
        docker.listContainers({ all: true, filters, abortSignal }),
      );
      return containers.flatMap((container) => viewOfListed(container, sshHost) ?? []);
    },

    async configure(box, { signal }) {
      const container = await lookForOwn(docker, box, signal);
      if (container === undefined) throw vanished();
      await deliver(box, container, laterFiles(box), signal);
    },

    async measure(box, { signal }) {
      const container = await lookForOwn(docker, box, signal);
      if (container === undefined) throw vanished();
      const { limitsRoot } = await host(signal);
      const [homeUsedBytes, rootUsedBytes] = await Promise.all([
        homes.usedBytes(box, signal),
        limitsRoot ? undefined : writtenBytes(docker, container.Id, signal),
      ]);
      return { homeUsedBytes, rootUsedBytes };
    },

    observe: createObserve(docker, logger),

    async exec(box, { endpoint, line, output }, { signal }) {
      const { shells } = options;
      if (shells === undefined) throw new ProviderError('invalid', 'No lines are run in boxes from here.');
      const at = { endpoint: { host: probeHost(options), port: endpoint.port }, hostPublicKey: box.hostKey.publicKey };
      return shells.run(at, line, { output, signal });
    },
  };
}

/** A promise that is awaited later; failing before that is not a fault of its own. */
function begun<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function portOf({ sshPort }: BoxSpec): number {
  if (sshPort !== undefined) return sshPort;
  throw new ProviderError('invalid', 'The box has no port for SSH on this host.', {
    remedy: 'Widen BOX_PORTS, then try again.',
  });
}

function endpointOf(box: BoxSpec, instance: InstanceView, host: string): Endpoint {
  return instance.endpoint ?? { host, port: portOf(box) };
}
