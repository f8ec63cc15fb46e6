// Trial containers and trial homes: what the engine accepts is found out by asking it, and nothing of that is left behind.
import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import type { ContainerCreateOptions } from 'dockerode';
import { ask, type Docker } from './engine.ts';
import { type HomeFile, homeFile, removeFile } from './home-file.ts';
import { isNotFound, isStatus } from './image-base.ts';

const TRIAL_LABEL = 'shellbox.trial';
const TRIAL_HOME = 'trial-';
const CLEANUP_TIMEOUT_MS = 10_000;
/** A trial takes a second; one this old belongs to a program that was killed. */
const STALE_MS = 5 * 60_000;

/** `refusals`: the statuses with which the engine says that it cannot; any other failure is one of the trial. */
interface Trial {
  docker: Docker;
  image: string;
  hostConfig: NonNullable<ContainerCreateOptions['HostConfig']>;
  refusals: readonly number[];
  signal: AbortSignal;
}

/** Whether the engine makes such a container, which is never started. */
export async function accepts({ docker, image, hostConfig, refusals, signal }: Trial): Promise<boolean> {
  const name = `shellbox-trial-${randomUUID()}`;
  const trial = { name, Image: image, Labels: { [TRIAL_LABEL]: name }, HostConfig: hostConfig };
  try {
    return await ask({ doing: 'make a trial container', signal, missing: 'image_missing' }, (abortSignal) =>
      docker.createContainer({ ...trial, abortSignal }).then(
        () => true,
        (error: unknown) => {
          if (refusals.some((status) => isStatus(error, status))) return false;
          throw error;
        },
      ),
    );
  } finally {
    // By name: an abort may have come between the making and its answer.
    await removeContainer(docker, name).catch(() => undefined);
  }
}

export const trialHome = (homesDir: string): HomeFile => homeFile(homesDir, `${TRIAL_HOME}${randomUUID()}`);

export async function removeTrialHome(home: HomeFile): Promise<void> {
  await removeFile(home, AbortSignal.timeout(CLEANUP_TIMEOUT_MS));
}

/** Takes away what programs left that were killed in the middle of a trial. */
export async function removeStaleTrials(docker: Docker, homesDir: string, nowMs: number, signal: AbortSignal) {
  const containers = await ask({ doing: 'list trial containers', signal }, (abortSignal) =>
    docker.listContainers({ all: true, filters: { label: [TRIAL_LABEL] }, abortSignal }),
  );
  for (const { Id, Created } of containers) {
    if (nowMs - Created * 1000 > STALE_MS) await removeContainer(docker, Id);
  }
  const images = (await readdir(homesDir).catch(() => [])).filter((name) => name.startsWith(TRIAL_HOME));
  for (const name of new Set(images.map((name) => name.replace(/\.img(\.new)?$/, '')))) {
    const home = homeFile(homesDir, name);
    const made = await stat(home.image).catch(() => stat(home.mountPoint).catch(() => undefined));
    if (made === undefined || nowMs - made.mtimeMs > STALE_MS) await removeTrialHome(home);
  }
}

async function removeContainer(docker: Docker, id: string): Promise<void> {
  const abortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
  await docker
    .getContainer(id)
    .remove({ force: true, abortSignal })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
}
