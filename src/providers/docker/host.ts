// What this engine and this host can do for boxes; tried out once, because no version number tells.
import { mkdir } from 'node:fs/promises';
import type { Logger } from '../../log.ts';
import { ask, type Docker } from './engine.ts';
import { throwIfCancelled } from './errors.ts';
import { ensureFile, type HomeFile } from './home-file.ts';
import { type HomeKind, homesDir } from './homes.ts';
import { accepts, removeStaleTrials, removeTrialHome, trialHome } from './trials.ts';

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

/** Asks the engine and tries both kinds of disk limit with containers that are never started. About 100 ms. */
export async function lookAtHost(wanted: Wanted): Promise<Host> {
  const { docker, signal } = wanted;
  const info = await ask({ doing: 'describe itself', signal }, () => engineInfo(docker));
  await removeStaleTrials(docker, homesDir(wanted.dataDir), Date.now(), signal);
  const limited = { StorageOpt: { size: '1G' } };
  // Old engines answer 500 to a limit that their storage cannot keep.
  const limitsRoot = await accepts({ ...wanted, hostConfig: limited, refusals: [400, 500] });
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
  const trial = trialHome(dir);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await ensureFile(trial, 1, signal);
  } catch (error) {
    await removeTrial(trial, logger);
    throwIfCancelled({ doing: 'try a home', signal });
    logger.info({ error }, 'homes are plain volumes: no file system of limited size can be mounted here');
    return false;
  }
  try {
    const mount = { Type: 'bind', Source: trial.source, Target: '/trial' } as const;
    return await accepts({ ...wanted, hostConfig: { Mounts: [mount] }, refusals: [400] });
  } finally {
    await removeTrial(trial, logger);
  }
}

async function removeTrial(trial: HomeFile, logger: Logger): Promise<void> {
  await removeTrialHome(trial).catch((error: unknown) =>
    logger.warn({ error, home: trial.image }, 'a trial home could not be removed'),
  );
}
