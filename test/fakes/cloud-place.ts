// The settings of a house whose boxes are machines of a vendor of tests, which boot in a moment: the real driver asks its API.
import { generateHostKey } from '../../src/bots/ssh/host-keys.ts';
import { createDigitalOcean } from '../../src/providers/digitalocean/digitalocean.ts';
import { createOvh } from '../../src/providers/ovh/ovh.ts';
import { createBoxShells } from '../../src/providers/shared/box-shells.ts';
import { BOX_USER } from '../../src/providers/shared/box-system.ts';
import type { Cloud } from '../../src/providers/shared/cloud/cloud.ts';
import { createCloudProvider } from '../../src/providers/shared/cloud/cloud-provider.ts';
import type { HouseSettings } from '../../src/roles/house.ts';
import { secret } from '../../src/secret.ts';
import { IN_CLOUD } from './cloud-timings.ts';
import type { VendorSetting } from './service.ts';

export function inCloud(plain: HouseSettings, vendor: VendorSetting, apiUrl: string): HouseSettings {
  const { logger } = plain;
  return {
    ...plain,
    // Everybody would have to confirm first.
    asksForPrices: false,
    providers(installId, { privateKey, publicKey: controlKey }) {
      const { listLagMs, phases } = IN_CLOUD;
      const cloud = { ...openCloud(vendor, { installId, controlKey, apiUrl }), listLagMs };
      const shells = createBoxShells({ user: BOX_USER.name, privateKey });
      return [createCloudProvider({ cloud, installId, shells, controlKey, sshPort: vendor.sshPort, phases, logger })];
    },
    newKeyPair: generateHostKey,
  };
}

function openCloud(vendor: VendorSetting, house: { installId: string; controlKey: string; apiUrl: string }): Cloud {
  if (vendor.kind === 'digitalocean') return createDigitalOcean({ ...vendor, ...house, token: secret(vendor.token) });
  const { applicationKey, applicationSecret, consumerKey, project, whenStopped } = vendor;
  const keys = { applicationKey, applicationSecret: secret(applicationSecret), consumerKey: secret(consumerKey) };
  return createOvh({ keys, project, whenStopped, apiUrl: house.apiUrl });
}
