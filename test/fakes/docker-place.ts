// The settings of a house whose boxes are real containers on this machine's engine, small ones.
import { generateHostKey } from '../../src/bots/ssh/host-keys.ts';
import { createDockerProvider } from '../../src/providers/docker/docker.ts';
import { createBoxShells } from '../../src/providers/shared/box-shells.ts';
import { BOX_USER } from '../../src/providers/shared/box-system.ts';
import type { HouseSettings } from '../../src/roles/house.ts';
import { OPTIONS_FOR_TESTS } from '../providers/docker/docker-host.ts';
import type { DockerSetting } from './service.ts';

export function onDocker(plain: HouseSettings, place: DockerSetting): HouseSettings {
  const { logger } = plain;
  return {
    ...plain,
    installId: place.installId,
    sizes: {
      small: { cpus: 1, memoryMiB: 256, homeGiB: 1 },
      medium: { cpus: 1, memoryMiB: 512, homeGiB: 1 },
      large: { cpus: 1, memoryMiB: 512, homeGiB: 1 },
    },
    providers(_, { privateKey }) {
      const shells = createBoxShells({ user: BOX_USER.name, privateKey });
      return [createDockerProvider({ ...OPTIONS_FOR_TESTS, ...place, shells, logger })];
    },
    newKeyPair: generateHostKey,
  };
}
