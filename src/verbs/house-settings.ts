// From configuration to what the roles are told: the one place where the two meet.
import { join } from 'node:path';
import { generateHostKey } from '../bots/ssh/host-keys.ts';
import { readSecretKey } from '../config/secret-key.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { createProvider, PROVIDER_NAMES, type ProviderOptions } from '../providers/registry.ts';
import { createBoxShells } from '../providers/shared/box-shells.ts';
import { BOX_USER } from '../providers/shared/box-system.ts';
import type { HouseSettings } from '../roles/house.ts';
import { TIMINGS } from '../roles/timings.ts';
import type { Secret } from '../secret.ts';

interface Known {
  config: Config;
  servers: { databaseUrl: Secret; redisUrl: Secret };
  version: string;
  logger: Logger;
}

/** Reads the secret key, which is made in the data directory at the first time. */
export async function houseSettings({ config, servers, version, logger }: Known): Promise<HouseSettings> {
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
    idle: config.idle,
    defaultTimeZone: config.defaultTimeZone,
    retainDays: config.retainDays,
    timings: TIMINGS,
    providers: (installId, { privateKey }) => {
      const { docker } = providerOptions(config, installId, logger);
      const shells = createBoxShells({ user: BOX_USER.name, privateKey });
      // In the configuration's order: its first one is the default.
      return config.providers
        .flatMap((given) => PROVIDER_NAMES.filter((name) => name === given))
        .map((name) => createProvider(name, { docker: { ...docker, shells } }));
    },
    newKeyPair: generateHostKey,
    markFile: join(config.dataDir, 'seen.json'),
    logger,
  };
}

/** What the providers of an installation are told. */
export function providerOptions({ docker, dataDir }: Config, installId: string, logger: Logger): ProviderOptions {
  return {
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
  };
}
