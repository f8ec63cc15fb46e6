// A cloud of tests as the contract suite wants it: machines that boot in a moment, and what exists seen without the driver.

import { createLogger } from '../../src/log.ts';
import type { BoxRef, BoxSpec } from '../../src/providers/provider.ts';
import { createBoxShells } from '../../src/providers/shared/box-shells.ts';
import { BOX_USER } from '../../src/providers/shared/box-system.ts';
import type { Cloud } from '../../src/providers/shared/cloud/cloud.ts';
import { type CloudProviderOptions, createCloudProvider } from '../../src/providers/shared/cloud/cloud-provider.ts';
import type { KeyPair } from '../../src/secret.ts';
import type { FakeDisk } from '../fakes/cloud/disk.ts';
import type { InstantBoxes } from '../fakes/cloud/instant-boxes.ts';
import type { InstantWork } from '../fakes/cloud/instant-work.ts';
import type { Machines } from '../fakes/cloud/machines.ts';
import type { CloudServer } from '../fakes/cloud/openapi-server.ts';
import { makeBoxSpec, makeHostKey } from './provider-spec.ts';
import type { ContractSubject } from './provider-subject.ts';

/** What a vendor's fake tells of itself. */
export interface CloudUnderTest<Boxes extends Machines = InstantBoxes> {
  installId: string;
  server: CloudServer;
  boxes: Boxes;
  /** A driver of its own, as every process has one. */
  open(controlKey: string): Cloud;
  /** One whose cloud does not answer. */
  unreachable(controlKey: string): Cloud;
  /** The vendor's id of a box's machine that runs. */
  machineOf(box: BoxRef): string | undefined;
  homeOf(box: BoxRef): { disk: FakeDisk; sizeGiB: number } | undefined;
  /** Of its volume and its machine; the image by the vendor's name. */
  whereabouts(box: BoxRef): { home: string | undefined; instance: string | undefined; image: unknown };
  removeMachine(box: BoxRef): void;
  /** A machine that is nobody's here; resolves to what takes it away. */
  plantStranger(): () => Promise<void>;
  /** Names, box ids and snapshot ids of an installation. */
  machines(installId: string): string[];
  homes(installId: string): string[];
  snapshots(installId: string): string[];
  /** All that is there of anybody, in words: machines, images, volumes, snapshots, firewalls, keys. */
  leftovers(): string[];
  /** Throws where a request or a reply did not fit the vendor's document. */
  assertClean(): void;
  close(): Promise<void>;
}

export const QUICK_PHASES = {
  activeMs: 20_000,
  portMs: 10_000,
  loginMs: 10_000,
  setupMs: 10_000,
  shutDownMs: 5_000,
  busyMs: 15_000,
};

export type CloudSettings = Pick<CloudProviderOptions, 'phases' | 'setupScript'> & { cloud?: Cloud };

/** A driver as a process has it that logs in with this key. */
export function cloudProviderFor(under: CloudUnderTest<Machines>, key: KeyPair, settings: CloudSettings = {}) {
  const { cloud = under.open(key.publicKey), phases = QUICK_PHASES, setupScript } = settings;
  const shells = createBoxShells({ user: BOX_USER.name, privateKey: key.privateKey });
  return {
    shells,
    provider: createCloudProvider({
      cloud,
      installId: under.installId,
      shells,
      controlKey: key.publicKey,
      sshPort: under.boxes.port,
      phases,
      setupScript,
      logger: createLogger({ level: 'silent', secrets: [] }),
    }),
  };
}

export function cloudSubject(
  under: CloudUnderTest,
  capabilities: ContractSubject['capabilities'] = {},
): ContractSubject {
  const key = makeHostKey();
  const drivers = [{}, {}, { cloud: under.unreachable(key.publicKey) }].map((settings) =>
    cloudProviderFor(under, key, settings),
  );
  const [provider, another, unreachable] = drivers.map((driver) => driver.provider);
  if (provider === undefined || another === undefined || unreachable === undefined) throw new Error('three drivers');
  const workOf = (box: BoxSpec): InstantWork => {
    const running = under.boxes.of(under.machineOf(box) ?? '');
    if (running === undefined) throw new Error(`${box.instanceName} does not run`);
    return running.work;
  };
  return {
    provider,
    another,
    unreachable,
    installId: under.installId,
    capabilities,
    makeSpec: (overrides) => makeBoxSpec({ installId: under.installId, ...overrides }),
    async cleanup() {
      for (const { shells } of drivers) shells.close();
      under.assertClean();
      await under.close();
    },
    home: {
      async write(box, text) {
        const home = under.homeOf(box);
        if (home !== undefined) home.disk.text = text;
      },
      read: async (box) => under.homeOf(box)?.disk.text,
      sizeGiB: async (box) => (under.homeOf(box)?.sizeGiB ?? 0) * 0.98,
    },
    whereabouts: async (box) => under.whereabouts(box),
    readKeys: async (box) => under.boxes.of(under.machineOf(box) ?? '')?.keys() ?? [],
    work: {
      async busy(box) {
        return workOf(box).start('busy', { share: 1 }).command;
      },
      sleeping: async (box) => workOf(box).start('sleep').command,
      async traffic(box) {
        workOf(box).traffic(100_000);
      },
      async hold(box) {
        const work = workOf(box);
        const hold = work.start('shellbox-hold', { isHold: true });
        return async () => work.end(hold);
      },
    },
    tamper: {
      async removeInstance(box) {
        under.removeMachine(box);
      },
      plantStranger: async () => under.plantStranger(),
    },
    ledger: {
      instances: async (installId) => under.machines(installId),
      homes: async (installId) => under.homes(installId),
      snapshots: async (installId) => under.snapshots(installId),
    },
  };
}
