// From configuration to what the roles are told: the one place where the two meet.
import { join } from 'node:path';
import { generateHostKey } from '../bots/ssh/host-keys.ts';
import { readSecretKey } from '../config/secret-key.ts';
import { type Config, configError } from '../config.ts';
import type { Logger } from '../log.ts';
import { createProvider, PROVIDER_NAMES, type ProviderOptions, type VendorOptions } from '../providers/registry.ts';
import { type BoxShells, createBoxShells } from '../providers/shared/box-shells.ts';
import { BOX_USER } from '../providers/shared/box-system.ts';
import type { HouseSettings } from '../roles/house.ts';
import { TIMINGS } from '../roles/timings.ts';
import type { Secret } from '../secret.ts';
import { readGivenFile } from './given-file.ts';

interface Known {
  config: Config;
  servers: { databaseUrl: Secret; redisUrl: Secret };
  version: string;
  logger: Logger;
  /** Whether boxes are made here: then the operator's script for new ones has to be there. */
  makesBoxes: boolean;
}

/**
 * Reads the secret key, which is made in the data directory at the first time.
 *
 * @throws ShellboxError `config` when the script of BOX_SETUP_SCRIPT cannot be read, now and not at somebody's spinup
 */
export async function houseSettings(known: Known): Promise<HouseSettings> {
  const { config, servers, version, logger } = known;
  const setupScript = known.makesBoxes ? await setupScriptOf(config) : undefined;
  return {
    ...servers,
    secretKey: await readSecretKey(config.secretKey, config.dataDir),
    installId: config.installId,
    version,
    sizes: config.sizes,
    tiers: config.tiers,
    ssh: config.ssh.reached,
    admins: config.admins,
    destroyKeepHours: config.destroyKeepHours,
    asksForPrices: config.asksForPrices,
    idle: config.idle,
    defaultTimeZone: config.defaultTimeZone,
    retainDays: config.retainDays,
    timings: TIMINGS,
    providers: (installId, { privateKey, publicKey }) => {
      const shells = createBoxShells({ user: BOX_USER.name, privateKey });
      const installation = { installId, logger, shells, controlKey: publicKey, setupScript };
      const options = providerOptions(config, installation);
      // In the configuration's order: its first one is the default.
      return config.providers
        .flatMap((given) => PROVIDER_NAMES.filter((name) => name === given))
        .map((name) => createProvider(name, options));
    },
    newKeyPair: generateHostKey,
    markFile: join(config.dataDir, 'seen.json'),
    logger,
  };
}

/** For whom the providers work, and how they get into boxes. */
interface Installation {
  installId: string;
  logger: Logger;
  shells: BoxShells;
  /** OpenSSH public key line of whoever `shells` logs in as. */
  controlKey: string;
  setupScript: string | undefined;
}

async function setupScriptOf({ setupScript: path }: Config): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const given = await readGivenFile('BOX_SETUP_SCRIPT', path);
  if ('fault' in given) throw configError([given.fault]);
  return given.text;
}

/** What the providers of an installation are told. */
function providerOptions(config: Config, installation: Installation): ProviderOptions {
  const { installId, logger, shells, controlKey, setupScript } = installation;
  const { docker, ...vendors } = vendorOptions(config, installation);
  return {
    ...vendors,
    docker: { ...docker, shells },
    clouds: { installId, shells, controlKey, setupScript, logger },
  };
}

/** Of these, what is needed to find what an installation has. */
export function vendorOptions(
  config: Config,
  { installId, logger, controlKey }: Omit<Installation, 'shells' | 'setupScript'>,
): VendorOptions {
  const { docker, dataDir } = config;
  return {
    installId,
    docker: {
      dockerHost: docker.host?.reveal(),
      installId,
      image: docker.image,
      bindAddress: docker.bind,
      sshHost: docker.sshHost,
      ports: docker.ports,
      memoryBudgetMiB: docker.memoryMiB,
      isolation: docker.isolation,
      sudo: docker.sudo,
      dataDir,
      logger,
    },
    ...cloudOptions(config, { installId, controlKey, logger }),
  };
}

export function cloudOptions(
  { digitalocean, ovh, sizes }: Config,
  { installId, controlKey, logger }: Pick<Installation, 'installId' | 'controlKey'> & { logger?: Logger },
): Pick<VendorOptions, 'digitalocean' | 'ovh'> {
  return {
    digitalocean: digitalocean && { ...digitalocean, installId, controlKey, smallest: sizes.small },
    ovh: ovh && { ...ovh, sizes, logger },
  };
}
