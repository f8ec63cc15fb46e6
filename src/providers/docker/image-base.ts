// The base system under a box's image: from a registry where one answers, else made here by debootstrap and imported.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { ShellboxError } from '../../errors.ts';
import { isNotFound } from './engine-status.ts';
import { drainEngineEvents } from './image-events.ts';
import { runAsSource, runToEnd } from './image-process.ts';
import type { BaseKind } from './image-recipe.ts';

const SUITE = 'bookworm';
export const REGISTRY_BASE = 'debian:12-slim';
const DEBOOTSTRAP_BASE = `shellbox-base:${SUITE}`;
const BASE_LABEL = 'shellbox.base';
/** Raise it when the way the base is made changes; an image with another value is made again. */
const BASE_VERSION = `debootstrap-minbase-${SUITE}-1`;
/** A registry that has not begun to answer by then counts as not there. */
const REGISTRY_ANSWER_MS = 10_000;

/** Left out, as the registry's slim image leaves it out, or because it belongs to the machine that made it. */
const NOT_IN_BASE = [
  './etc/hostname',
  './etc/resolv.conf',
  './proc/*',
  './sys/*',
  './tmp/*',
  './usr/share/doc/*',
  './usr/share/info/*',
  './usr/share/locale/*',
  './usr/share/man/*',
  './var/cache/apt/*',
  './var/lib/apt/lists/*',
  './var/log/*',
];

interface BaseOptions {
  docker: Docker;
  signal: AbortSignal;
  /** A folder on a file system without nodev and noexec, for about 300 MiB for a minute. */
  workDir: string;
}

export interface Base {
  kind: BaseKind;
  /** What the Dockerfile's BASE is set to. */
  image: string;
  /** False when it was there already. */
  made: boolean;
}

/** Makes sure a base is in the engine. The failure, if any, says what to install or to reach. */
export async function ensureBase(options: BaseOptions): Promise<Base> {
  if (await pulled(options)) return { kind: 'registry', image: REGISTRY_BASE, made: true };
  if ((await labelOf(options.docker, REGISTRY_BASE)) !== undefined) {
    return { kind: 'registry', image: REGISTRY_BASE, made: false };
  }
  const made = await madeByDebootstrap(options);
  return { kind: 'debootstrap', image: DEBOOTSTRAP_BASE, made };
}

/** The image's base label ('' without one), or undefined where the engine has no such image. */
async function labelOf(docker: Docker, image: string): Promise<string | undefined> {
  try {
    const { Config } = await docker.getImage(image).inspect();
    return Config?.Labels?.[BASE_LABEL] ?? '';
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Whether a registry gave the base. Only the caller's abort is an error here: every other failure has a way round. */
async function pulled({ docker, signal }: BaseOptions): Promise<boolean> {
  const answer = new AbortController();
  const timer = setTimeout(() => answer.abort(), REGISTRY_ANSWER_MS);
  try {
    const stream = await docker.pull(REGISTRY_BASE, { abortSignal: AbortSignal.any([signal, answer.signal]) });
    clearTimeout(timer);
    await drainEngineEvents(stream);
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function madeByDebootstrap({ docker, signal, workDir }: BaseOptions): Promise<boolean> {
  const present = async () => (await labelOf(docker, DEBOOTSTRAP_BASE)) === BASE_VERSION;
  if (await present()) return false;
  const dir = await mkdtemp(join(workDir, 'shellbox-base-'));
  try {
    const root = join(dir, 'root');
    await debootstrap(root, signal);
    await importTree(docker, root, signal);
    return true;
  } finally {
    await removeTree(dir);
  }
}

async function debootstrap(root: string, signal: AbortSignal): Promise<void> {
  const argv = ['--variant=minbase', SUITE, root];
  const { status, output } = await runToEnd('debootstrap', argv, signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new ShellboxError('image_base_unavailable', 'No registry answers, and debootstrap is not installed.', {
      remedy: 'Install it with "apt-get install debootstrap", or let the Docker engine reach a registry.',
      cause,
    });
  });
  if (status === 0) return;
  throw new ShellboxError('image_base_failed', `debootstrap could not make the base system (exit status ${status}).`, {
    remedy:
      'It needs root and a Debian mirror; "debootstrap --variant=minbase bookworm /var/tmp/try" shows why it stops.',
    cause: new Error(output),
  });
}

async function importTree(docker: Docker, root: string, signal: AbortSignal): Promise<void> {
  const excludes = NOT_IN_BASE.map((path) => `--exclude=${path}`);
  const tar = runAsSource('tar', ['--numeric-owner', '-C', root, ...excludes, '-c', '.'], signal);
  const [repo, tag] = DEBOOTSTRAP_BASE.split(':');
  const changes = `LABEL ${BASE_LABEL}=${BASE_VERSION}`;
  const [stream, { status, output }] = await Promise.all([
    docker.importImage(tar.stdout, { repo, tag, changes, abortSignal: signal }),
    tar.finished,
  ]);
  await drainEngineEvents(stream);
  if (status === 0) return;
  throw new ShellboxError('image_base_failed', 'The base system could not be handed to the Docker engine.', {
    remedy: 'Look for free disk space, then try again.',
    cause: new Error(output),
  });
}

/** Removes the folder. Whatever debootstrap left mounted in it is unmounted first; what stays mounted is never deleted through. */
async function removeTree(dir: string): Promise<void> {
  const inside = async () =>
    (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${dir}/`))
      .reverse();
  for (const path of await inside()) await runToEnd('umount', ['--lazy', path], AbortSignal.timeout(10_000));
  const left = await inside();
  if (left.length > 0) {
    throw new ShellboxError('image_base_mounted', `${left.join(', ')} could not be unmounted.`, {
      remedy: `Unmount it, then remove ${dir}.`,
    });
  }
  await rm(dir, { recursive: true, force: true });
}
