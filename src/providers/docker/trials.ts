// Trial containers and trial homes: what the engine accepts is found out by asking it, and nothing of that is left behind.
import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerCreateOptions } from 'dockerode';
import { ask, type Docker } from './engine.ts';
import { isNotFound, isStatus } from './engine-status.ts';
import { type HomeFile, homeFile, removeFile } from './home-file.ts';

const TRIAL_LABEL = 'shellbox.trial';
const TRIAL_HOME = 'trial-';
const CLEANUP_TIMEOUT_MS = 10_000;
/** How long an engine may go on making what nobody waits for any more. */
const STILL_MAKING_MS = 1_000;
const REMOVE_POLL_MS = 50;
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
    await removeTrialContainer(docker, name, signal.aborted);
  }
}

/** By name, as an abort may come before the engine's answer; it may even come before the container. */
async function removeTrialContainer(docker: Docker, name: string, aborted: boolean): Promise<void> {
  const deadlineMs = performance.now() + (aborted ? STILL_MAKING_MS : 0);
  // What cannot be removed now is swept later.
  while (!(await removeContainer(docker, name).catch(() => true)) && performance.now() < deadlineMs) {
    await delay(REMOVE_POLL_MS);
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
  for (const home of await trialHomesIn(homesDir)) {
    const made = await stat(home.image).catch(() => stat(home.mountPoint).catch(() => undefined));
    if (made === undefined || nowMs - made.mtimeMs > STALE_MS) await removeTrialHome(home);
  }
}

/** Of trials that are going on, too. */
export async function trialHomesIn(homesDir: string): Promise<HomeFile[]> {
  const entries = (await readdir(homesDir).catch(() => [])).filter((name) => name.startsWith(TRIAL_HOME));
  return [...new Set(entries.map((name) => name.replace(/\.img(\.new)?$/, '')))].map((name) =>
    homeFile(homesDir, name),
  );
}

/** Whether there was one. */
async function removeContainer(docker: Docker, id: string): Promise<boolean> {
  const abortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
  try {
    await docker.getContainer(id).remove({ force: true, abortSignal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
