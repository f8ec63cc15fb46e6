// A vendor of tests as a place for boxes of the laboratory: its API with a world of its own, and machines that boot in a moment.
import { parseInstanceName } from '../../src/providers/names.ts';
import type { CloudUnderTest } from '../contracts/cloud-subject.ts';
import { FAKE_TOKEN } from '../fakes/cloud/digitalocean.ts';
import { IN_CLOUD } from '../fakes/cloud-timings.ts';
import { INSTALL_ID, type VendorSetting } from '../fakes/service.ts';
import { digitalOceanUnderTest } from '../providers/digitalocean/under-test.ts';
import { ovhUnderTest } from '../providers/ovh/under-test.ts';
import type { BoxPlace } from './box-place.ts';
import {
  createVendorFaults,
  digitalOceanFaults,
  type OwnFaults,
  ovhFaults,
  STRANGE_ON_PURPOSE,
} from './vendor-faults.ts';

export type Vendor = VendorSetting['kind'];

interface Opened {
  under: CloudUnderTest;
  setting: VendorSetting;
  /** Takes away what the installation has as a whole. */
  unprotect(): void;
  ownFaults: OwnFaults;
  secrets: readonly string[];
}

/** More than there are ever boxes. */
const QUOTA = 1_000;

async function openDigitalOcean(whenStopped: VendorSetting['whenStopped']): Promise<Opened> {
  const under = await digitalOceanUnderTest(whenStopped, INSTALL_ID, IN_CLOUD.actionMs);
  const { world } = under.fake;
  world.lag.set(IN_CLOUD.lagMs);
  return {
    under,
    setting: { kind: 'digitalocean', token: FAKE_TOKEN, whenStopped, sshPort: under.boxes.port },
    unprotect() {
      world.firewalls.clear();
      world.keys.clear();
    },
    ownFaults: digitalOceanFaults(world),
    secrets: [FAKE_TOKEN],
  };
}

async function openOvh(whenStopped: VendorSetting['whenStopped']): Promise<Opened> {
  const under = await ovhUnderTest(whenStopped, INSTALL_ID, IN_CLOUD.timesFaster);
  const { world, goods, options, login } = under.fake;
  world.lag.set(IN_CLOUD.lagMs);
  for (const region of goods.quota.keys()) goods.quota.set(region, QUOTA);
  const { applicationKey, applicationSecret, consumerKey } = login;
  const access = { project: options.project, applicationKey, applicationSecret, consumerKey };
  return {
    under,
    setting: { kind: 'ovh', ...access, whenStopped, sshPort: under.boxes.port },
    // Each machine has a firewall of its own.
    unprotect: () => undefined,
    ownFaults: ovhFaults(under.fake),
    secrets: [applicationSecret, consumerKey],
  };
}

const OPEN = { digitalocean: openDigitalOcean, ovh: openOvh } satisfies Record<Vendor, unknown>;

/** With a seed its requests meet faults. */
export async function openCloudPlace(
  vendor: Vendor,
  whenStopped: VendorSetting['whenStopped'],
  seed?: number,
): Promise<BoxPlace> {
  const { under, setting, unprotect, ownFaults, secrets } = await OPEN[vendor](whenStopped);
  const { server, boxes } = under;
  if (seed !== undefined) server.faults.otherwise(createVendorFaults(seed, ownFaults));

  function machines() {
    return under.machines(INSTALL_ID).flatMap((instanceName) => {
      const mark = parseInstanceName(instanceName);
      return mark === undefined ? [] : [{ ...mark, instanceName }];
    });
  }

  return {
    setting,
    url: server.url,
    longestCreateMs: IN_CLOUD.phases.activeMs + IN_CLOUD.listLagMs,
    lagMs: IN_CLOUD.lagMs,
    async reality() {
      return {
        instances: machines().map((machine) => ({
          boxId: machine.boxId,
          incarnation: machine.incarnation,
          running: boxes.of(under.machineOf(machine) ?? '') !== undefined,
        })),
        homes: under.homes(INSTALL_ID),
        snapshots: under.snapshots(INSTALL_ID),
      };
    },
    async vanish(choose) {
      const one = choose(machines());
      if (one !== undefined) under.removeMachine(one);
    },
    unprotect: async () => unprotect(),
    secrets,
    complaints: () => server.violations().filter((violation) => !STRANGE_ON_PURPOSE.test(violation)),
    linesRun: () => boxes.linesRun(),
    close: () => under.close(),
  };
}
