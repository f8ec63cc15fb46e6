// The life of a box's container: made or adopted, started, stopped, removed; each step may be repeated after any outcome.
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerInspectInfo } from 'dockerode';
import { type BoxRef, type BoxSpec, type InstanceView, ProviderError } from '../provider.ts';
import { ask, type Docker } from './engine.ts';
import { isNotFound, isStatus } from './engine-status.ts';
import { withMachineLock } from './machine-lock.ts';
import { containerPayload, type HostTraits, STOP_SECONDS } from './payload.ts';
import { isOf, viewOf } from './views.ts';

const CREATE_MS = 30_000;
const START_MS = 60_000;
const STOP_MS = STOP_SECONDS * 1000 + 20_000;
const REMOVE_MS = 60_000;
/** Counting what a container wrote walks through all of it. */
const SIZE_MS = 60_000;
const REMOVED_POLL_MS = 50;

/** A create, a put, a start, and once more for a container that was just being removed. */
export const LONGEST_CREATE_MS = 2 * CREATE_MS + START_MS + REMOVE_MS;

/** The container, or undefined when the engine says that there is none; not checked for being the box's. */
async function look(docker: Docker, box: BoxRef, signal: AbortSignal): Promise<ContainerInspectInfo | undefined> {
  return ask({ doing: 'show the box', signal }, async (abortSignal) => {
    try {
      return await docker.getContainer(box.instanceName).inspect({ abortSignal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
}

/** The box's own container; somebody else's of that name counts as none. */
export async function lookForOwn(docker: Docker, box: BoxRef, signal: AbortSignal) {
  const container = await look(docker, box, signal);
  return container !== undefined && isOf(container, box) ? container : undefined;
}

/** Makes the container, or finds the one there is. Rejects with `invalid` when the name is somebody else's. */
export async function makeOrAdopt(
  docker: Docker,
  box: BoxSpec,
  sshPort: number,
  traits: HostTraits,
  signal: AbortSignal,
): Promise<ContainerInspectInfo> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(REMOVE_MS)]);
  for (;;) {
    const made = await ask(
      { doing: 'make the box', signal, deadlineMs: CREATE_MS, missing: 'image_missing' },
      (abortSignal) =>
        docker.createContainer({ ...containerPayload(box, sshPort, traits), abortSignal }).then(
          () => true,
          (error: unknown) => {
            if (isStatus(error, 409)) return false;
            throw error;
          },
        ),
    );
    const container = await look(docker, box, deadline);
    if (container !== undefined && !isOf(container, box)) {
      throw new ProviderError('invalid', `The name ${box.instanceName} belongs to a container that is not this box.`, {
        remedy: `Look at it, then remove it: "docker rm ${box.instanceName}".`,
      });
    }
    if (container !== undefined && (made || !isGoing(container))) return container;
    // It is being removed, or was between the two calls.
    await delay(REMOVED_POLL_MS, undefined, { signal: deadline }).catch(() => undefined);
  }
}

const isGoing = (container: ContainerInspectInfo): boolean =>
  container.State.Status === 'removing' || container.State.Dead;

/** One program at a time fills in and starts a container: sshd must never see a key file half written. */
export async function alone<T>(box: BoxRef, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await withMachineLock(`shellbox-${box.instanceName}`, { signal, onWait: () => undefined }, work);
  } catch (error) {
    if (error instanceof ProviderError || !signal.aborted) throw error;
    throw new ProviderError('timeout', 'Cancelled before the box was started.', { cause: error });
  }
}

/** Starts it, or lets it go on where somebody paused it; a running one is left alone. */
export async function startContainer(
  docker: Docker,
  container: ContainerInspectInfo,
  network: string,
  signal: AbortSignal,
): Promise<void> {
  const handle = docker.getContainer(container.Id);
  await ask({ doing: 'start the box', signal, deadlineMs: START_MS }, async (abortSignal) => {
    if (container.State.Paused) return handle.unpause({ abortSignal });
    const start = () =>
      handle.start({ abortSignal }).catch((error: unknown) => {
        if (!isStatus(error, 304)) throw error;
      });
    try {
      await start();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // A container remembers its network by id: one that was removed and made again is not found by it.
      await docker.getNetwork(network).disconnect({ Container: container.Id, Force: true });
      await docker.getNetwork(network).connect({ Container: container.Id });
      await start();
    }
  });
}

/** Running and not paused. */
export const isUp = ({ State }: ContainerInspectInfo): boolean => State.Running && !State.Paused;

/** The view of a container that was just started. */
export function startedView(container: ContainerInspectInfo, sshHost: string): InstanceView {
  const started = { ...container, State: { ...container.State, Running: true, Paused: false } };
  const view = viewOf(started, sshHost);
  if (view === undefined) throw new ProviderError('invalid', 'The container does not carry the labels of a box.');
  return view;
}

export async function stopContainer(docker: Docker, box: BoxRef, signal: AbortSignal): Promise<void> {
  const container = await lookForOwn(docker, box, signal);
  if (container === undefined || !container.State.Running) return;
  const handle = docker.getContainer(container.Id);
  await ask({ doing: 'stop the box', signal, deadlineMs: STOP_MS }, async (abortSignal) => {
    try {
      if (container.State.Paused) await handle.unpause({ abortSignal });
      await handle.stop({ t: STOP_SECONDS, abortSignal });
    } catch (error) {
      if (!isStatus(error, 304) && !isNotFound(error)) throw error;
    }
  });
}

/** Removes it and waits until it is gone. */
export async function removeContainer(docker: Docker, box: BoxRef, signal: AbortSignal): Promise<void> {
  const container = await lookForOwn(docker, box, signal);
  if (container === undefined) return;
  await ask({ doing: 'remove the box', signal, deadlineMs: REMOVE_MS }, async (abortSignal) => {
    try {
      await docker.getContainer(container.Id).remove({ force: true, v: true, abortSignal });
    } catch (error) {
      // 409: somebody else is removing it already.
      if (!isNotFound(error) && !isStatus(error, 409)) throw error;
    }
    while ((await look(docker, { ...box, instanceName: container.Id }, abortSignal)) !== undefined) {
      await delay(REMOVED_POLL_MS, undefined, { signal: abortSignal });
    }
  });
}

/** What the container wrote on top of its image, bytes, and into the three files of the engine that are mounted into it writable. */
export async function writtenBytes(docker: Docker, ref: string, signal: AbortSignal): Promise<number | undefined> {
  const container = await ask({ doing: 'measure the box', signal, deadlineMs: SIZE_MS }, (abortSignal) => {
    const withSize = { size: true, abortSignal };
    return docker.getContainer(ref).inspect(withSize);
  });
  const bytes: unknown = Reflect.get(container, 'SizeRw');
  if (typeof bytes !== 'number') return undefined;
  const beside = await Promise.all(
    [container.HostsPath, container.HostnamePath, container.ResolvConfPath].map((path) =>
      // Another machine's engine has them where we cannot see them.
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return beside.reduce((sum, size) => sum + size, bytes);
}
