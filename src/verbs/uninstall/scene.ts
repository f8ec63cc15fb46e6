// What there is of an installation: its id, its data directory, its database, its Redis and what its providers hold.
import type { Config } from '../../config.ts';
import { acquireDataDirLock } from '../../embedded/lock.ts';
import { clusterOwner } from '../../embedded/places.ts';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Holding, Holdings } from '../../providers/holdings.ts';
import { createHoldings, PROVIDER_NAMES } from '../../providers/registry.ts';
import { type QueueRemains, readQueueRemains } from '../../queue/remains.ts';
import { type Secret, secret } from '../../secret.ts';
import { type Remains, readRemains } from '../../store/remains.ts';
import { databaseError } from '../database-errors.ts';
import { vendorOptions } from '../house-settings.ts';
import { takeServers } from '../servers.ts';
import { type DataDirRemains, readDataDir } from './data-dir.ts';

/** Counting and removing may have to wait for many boxes that stop. */
const PROVIDERS_MS = 15 * 60_000;

interface Opened {
  config: Config;
  logger: Logger;
  signal: AbortSignal;
  /** Gets what has to be given back before the data directory can go. */
  stack: AsyncDisposableStack;
}

export interface Scene {
  installId: string;
  dataDir: DataDirRemains;
  /** Undefined: the private one, which goes with the data directory. */
  database: (Remains & { url: Secret }) | undefined;
  redis: (QueueRemains & { url: Secret }) | undefined;
  providers: readonly Holdings[];
  /** Homes that the database knows of. */
  knownHomes: number;
  /** What the providers have, now. */
  look(): Promise<readonly Holding[]>;
  removeHoldings(keepHomes: boolean): Promise<void>;
}

/** @throws ShellboxError `data_dir_locked`, `still_running`, `install_id_differs`, `no_installation`, and those of the database and of Redis */
export async function openScene(opened: Opened): Promise<Scene> {
  const { config, logger } = opened;
  const dataDir = await readDataDir(config.dataDir);
  const remains = await remainsOf(opened, dataDir);
  requireOneId(config.installId, remains?.installId);
  const installId = config.installId ?? remains?.installId;
  if (installId === undefined) throw dataDir.isHalfRemoved ? halfRemoved(config) : nothingFound(config);
  if (config.databaseUrl !== undefined && remains !== undefined) refuseWhileAtWork(remains);
  const signal = () => AbortSignal.any([opened.signal, AbortSignal.timeout(PROVIDERS_MS)]);
  // Nothing is begun any more, so nobody logs in.
  const options = vendorOptions(config, { installId, logger, controlKey: '' });
  const providers = PROVIDER_NAMES.filter((name) => config.providers.includes(name)).map((name) =>
    createHoldings(name, options),
  );
  const { databaseUrl, redisUrl } = config;
  return {
    installId,
    dataDir,
    database: databaseUrl === undefined || remains === undefined ? undefined : { url: databaseUrl, ...remains },
    redis: redisUrl === undefined ? undefined : { url: redisUrl, ...(await readQueueRemains(redisUrl)) },
    providers,
    knownHomes: remains?.homes ?? 0,
    async look() {
      const found: Holding[] = [];
      for (const provider of providers) found.push(...(await provider.list({ signal: signal() })));
      return found;
    },
    async removeHoldings(keepHomes) {
      for (const provider of providers) await provider.remove({ keepHomes }, { signal: signal() });
    },
  };
}

/** Holds the data directory's lock until the stack is disposed, so that no `start` begins meanwhile. */
async function remainsOf(opened: Opened, { ours }: DataDirRemains): Promise<Remains | undefined> {
  const { config, stack } = opened;
  if (config.databaseUrl === undefined && (await clusterOwner(config.dataDir)) !== undefined) {
    const { databaseUrl } = await takeServers({
      ...opened,
      config: { ...config, redisUrl: config.redisUrl ?? secret('') },
    });
    return await readRemains(databaseUrl);
  }
  if (ours.length > 0) {
    const lock = await acquireDataDirLock(config.dataDir);
    stack.defer(() => lock.release());
  }
  if (config.databaseUrl === undefined) return undefined;
  return await readRemains(config.databaseUrl).catch((error: unknown) => {
    throw databaseError(error);
  });
}

/** The boxes of one installation and the records of another would go together. */
function requireOneId(configured: string | undefined, known: string | undefined): void {
  if (configured === undefined || known === undefined || configured === known) return;
  throw new ShellboxError(
    'install_id_differs',
    `The database is of ${known}, and SHELLBOX_INSTALL_ID is ${configured}.`,
    {
      remedy: 'Nothing was changed. Correct SHELLBOX_INSTALL_ID, or the way to the database.',
    },
  );
}

/** Leases are dropped at a clean end, and run out soon after any other. */
function refuseWhileAtWork({ holders, heldForS }: Remains): void {
  if (holders.length === 0) return;
  throw new ShellboxError('still_running', `Shellbox still runs on this database: ${holders.join(', ')}.`, {
    remedy: `Stop every start, bots and worker first. If they were killed, try again in ${heldForS} s.`,
  });
}

function halfRemoved({ dataDir }: Config): ShellboxError {
  return new ShellboxError(
    'no_installation',
    `The database in ${dataDir} is removed already, and nothing else knows the id.`,
    {
      remedy: 'Go on with the id that was shown before:  SHELLBOX_INSTALL_ID=<id> shellbox uninstall',
    },
  );
}

function nothingFound({ dataDir, databaseUrl }: Config): ShellboxError {
  const where = databaseUrl === undefined ? `in ${dataDir}` : 'at DATABASE_URL';
  return new ShellboxError('no_installation', `There is no installation ${where}.`, {
    remedy: 'Run it with the .env or environment of the service, or set SHELLBOX_DATA_DIR, or SHELLBOX_INSTALL_ID.',
  });
}
