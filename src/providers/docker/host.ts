// What this engine and this host can do for boxes; tried out once, because no version number tells.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { ContainerCreateOptions } from 'dockerode';
import type { Logger } from '../../log.ts';
import { ask, type Docker } from './engine.ts';
import { ensureFile, homeFile, removeFile } from './home-file.ts';
import { type HomeKind, homesDir } from './homes.ts';
import { isStatus } from './image-base.ts';

export interface Host {
  cpus: number;
  memoryBytes: number;
  /** Where the engine keeps containers; a path of the engine's machine. */
  engineDir: string;
  engineVersion: string;
  homes: HomeKind;
  /** Whether the engine limits what a container writes outside its home. */
  limitsRoot: boolean;
  /** Whether the engine maps root of a container to another account. */
  userNamespaces: boolean;
}

interface Wanted {
  docker: Docker;
  image: string;
  dataDir: string;
  logger: Logger;
  signal: AbortSignal;
}

const CLEANUP_TIMEOUT_MS = 10_000;

/** Asks the engine and tries both kinds of disk limit with containers that are never started. About 100 ms. */
export async function lookAtHost(wanted: Wanted): Promise<Host> {
  const { docker, signal } = wanted;
  const info = await ask({ doing: 'describe itself', signal }, () => engineInfo(docker));
  const limitsRoot = await accepts(wanted, { HostConfig: { StorageOpt: { size: '1G' } } });
  // Under user namespaces a container's accounts are not those of a file system that we made.
  const homes = !info.userNamespaces && (await mountsOurFiles(wanted)) ? 'file' : 'volume';
  return { ...info, homes, limitsRoot };
}

async function engineInfo(docker: Docker) {
  const info = await docker.info();
  const security: unknown[] = Array.isArray(info.SecurityOptions) ? info.SecurityOptions : [];
  return {
    cpus: Number(info.NCPU),
    memoryBytes: Number(info.MemTotal),
    engineDir: String(info.DockerRootDir),
    engineVersion: String(info.ServerVersion),
    userNamespaces: security.some((option) => typeof option === 'string' && /^name=(userns|rootless)/.test(option)),
  };
}

/** Whether a file system mounted here is there for the engine too: same machine, same view of it, loop devices to be had. */
async function mountsOurFiles(wanted: Wanted): Promise<boolean> {
  const { dataDir, logger, signal } = wanted;
  const dir = homesDir(dataDir);
  const probe = homeFile(dir, `probe-${randomUUID()}`);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await ensureFile(probe, 1, signal);
    const mount = { Type: 'bind', Source: probe.source, Target: '/probe' } as const;
    return await accepts(wanted, { HostConfig: { Mounts: [mount] } });
  } catch (error) {
    signal.throwIfAborted();
    logger.info({ error }, 'homes are plain volumes: no file system of limited size can be mounted here');
    return false;
  } finally {
    await removeFile(probe, AbortSignal.timeout(CLEANUP_TIMEOUT_MS)).catch((error: unknown) =>
      logger.warn({ error, home: probe.image }, 'a trial home could not be removed'),
    );
  }
}

/** Whether the engine makes such a container. It refuses an option it cannot honour with 400 or, in old versions, 500. */
async function accepts({ docker, image, signal }: Wanted, payload: ContainerCreateOptions): Promise<boolean> {
  return ask({ doing: 'make a trial container', signal, missing: 'image_missing' }, async (abortSignal) => {
    try {
      const container = await docker.createContainer({ ...payload, Image: image, abortSignal });
      await container.remove({ force: true });
      return true;
    } catch (error) {
      if (isStatus(error, 400) || isStatus(error, 500)) return false;
      throw error;
    }
  });
}
