// What an installation has on a Docker host, boxes and homes included, and its removal in an order that can be repeated.
import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Holding, Holdings } from '../holdings.ts';
import { ProviderError } from '../provider.ts';
import { removeFolders } from './box-files.ts';
import { ask, connectEngine, type Docker } from './engine.ts';
import { isNotFound, isStatus } from './engine-status.ts';
import { homeFile, putAwayFile, removeFile } from './home-file.ts';
import { homesDir } from './homes.ts';
import { removeDockerNetwork } from './installation.ts';
import { findIsolation, removeIsolation } from './isolation.ts';
import { networkName } from './network.ts';
import type { DockerOptions } from './options.ts';
import { LABELS, STOP_SECONDS } from './payload.ts';
import { snapshotFiles, snapshotsDir } from './snapshot-names.ts';
import { removeTrialHome, trialHomesIn } from './trials.ts';

const LONGEST_STOP_MS = (STOP_SECONDS + 30) * 1000;

type Wanted = Pick<DockerOptions, 'dockerHost' | 'installId' | 'dataDir' | 'isolation'>;

export function createDockerHoldings(options: Wanted): Holdings {
  const { installId, dataDir } = options;
  const docker = connectEngine(options.dockerHost);
  const homes = homesDir(dataDir);

  return {
    title: 'Docker',

    async list({ signal }) {
      const [containers, volumes, networks, rules, files, snapshots] = await Promise.all([
        containersOf(docker, installId, signal),
        volumesOf(docker, installId, signal),
        networksOf(docker, installId, signal),
        unlessUnguarded(options, findIsolation(installId, signal), []),
        homesIn(homes, installId),
        snapshotFiles(homes, installId),
      ]);
      return [
        ...containers.map(({ name }) => holding('box', name)),
        ...[...new Set([...files, ...volumes])].map((name) => holding('home', name)),
        ...snapshots.map(({ path }) => holding('snapshot', basename(path))),
        ...networks.map((name) => holding('network', name)),
        ...rules.map((name) => holding('rules', name)),
      ];
    },

    async remove({ keepHomes }, { signal }) {
      for (const { id } of await containersOf(docker, installId, signal)) {
        // What a program has not written yet is wanted in a home that stays.
        if (keepHomes) await stop(docker, id, signal);
        await unlessGone('remove a box', signal, () => docker.getContainer(id).remove({ force: true, v: true }));
      }
      for (const name of await homesIn(homes, installId)) {
        await (keepHomes ? putAwayFile : removeFile)(homeFile(homes, name), signal);
        await removeFolders(`${homes}/${name}.files`);
      }
      await removeSnapshots(homes, installId, keepHomes);
      for (const trial of await trialHomesIn(homes)) await removeTrialHome(trial);
      for (const name of keepHomes ? [] : await volumesOf(docker, installId, signal))
        await unlessGone('remove a home', signal, () => docker.getVolume(name).remove());
      if ((await networksOf(docker, installId, signal)).length > 0)
        await removeDockerNetwork(docker, installId, signal);
      await unlessUnguarded(options, removeIsolation(installId, signal), undefined);
    },
  };
}

const holding = (kind: Holding['kind'], name: string): Holding => ({ kind, name });

async function containersOf(docker: Docker, installId: string, signal: AbortSignal) {
  const filters = { label: [`${LABELS.install}=${installId}`] };
  const found = await ask({ doing: 'list the boxes', signal }, (abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  return found.map(({ Id, Names }) => ({ id: Id, name: Names[0]?.slice(1) ?? Id }));
}

async function volumesOf(docker: Docker, installId: string, signal: AbortSignal): Promise<string[]> {
  const filters = { label: [`${LABELS.install}=${installId}`] };
  const { Volumes } = await ask({ doing: 'list the homes', signal }, (abortSignal) =>
    docker.listVolumes({ filters, abortSignal }),
  );
  return Volumes.map(({ Name }) => Name);
}

async function networksOf(docker: Docker, installId: string, signal: AbortSignal): Promise<string[]> {
  const filters = { label: [`${LABELS.install}=${installId}`] };
  const found = await ask({ doing: 'list the networks', signal }, (abortSignal) =>
    docker.listNetworks({ filters, abortSignal }),
  );
  return found.map(({ Name }) => Name).filter((name) => name === networkName(installId));
}

/** Names of homes of which a file, a mount point or a folder with keys is there. */
async function homesIn(folder: string, installId: string): Promise<string[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new ProviderError('unavailable', `The homes in ${folder} cannot be read.`, { remedy: 'Run as root.', cause });
  });
  const names = entries.map((entry) => entry.replace(/\.(img|img\.new|files)$/, ''));
  return [...new Set(names)].filter((name) => name.startsWith(`sb-${installId}-`)).sort();
}

/** What is half goes in any case: its home is thawed by now. */
async function removeSnapshots(folder: string, installId: string, keepWhole: boolean): Promise<void> {
  for (const { path, whole } of await snapshotFiles(folder, installId)) {
    if (!(whole && keepWhole)) await rm(path, { force: true });
  }
  // There may be none, or those of a neighbour.
  await rmdir(snapshotsDir(folder)).catch(() => undefined);
}

async function stop(docker: Docker, id: string, signal: AbortSignal): Promise<void> {
  // 304: it does not run.
  await ask({ doing: 'stop a box', signal, deadlineMs: LONGEST_STOP_MS }, (abortSignal) =>
    docker
      .getContainer(id)
      .stop({ t: STOP_SECONDS, abortSignal })
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isStatus(error, 304)) throw error;
      }),
  );
}

async function unlessGone(doing: string, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  await ask({ doing, signal, deadlineMs: LONGEST_STOP_MS }, () =>
    work().catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    }),
  );
}

/** Where boxes may run without rules, a host that cannot even be asked for them has none of ours. */
async function unlessUnguarded<T>({ isolation }: Wanted, work: Promise<T>, none: T): Promise<T> {
  return work.catch((error: unknown) => {
    if (!isolation && error instanceof ProviderError && error.code === 'isolation') return none;
    throw error;
  });
}
