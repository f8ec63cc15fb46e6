// The seeded cloud, without faults, keeps the provider contract: in this process and over HTTP.
import { describe, expect } from 'vitest';
import { createSeededClient } from '../fakes/seeded-client.ts';
import { createSeededCloud, type SeededCloud, type Traits } from '../fakes/seeded-provider.ts';
import { serveSeededCloud } from '../fakes/seeded-server.ts';
import { freePort } from '../support/free-port.ts';
import { providerContract } from './provider.ts';
import { makeBoxSpec, testInstallId } from './provider-spec.ts';
import type { ContractSubject } from './provider-subject.ts';

function subjectOf(cloud: SeededCloud): Omit<ContractSubject, 'provider' | 'another' | 'cleanup'> {
  const installId = testInstallId();
  let sshPort = 20_000;
  return {
    installId,
    makeSpec: (overrides) => makeBoxSpec({ installId, sshPort: sshPort++, ...overrides }),
    home: {
      write: async (box, text) => cloud.writeHome(box, text),
      read: async (box) => cloud.readHome(box),
      sizeGiB: async (box) => cloud.homeGiB(box) ?? 0,
    },
    changing: {
      times: 5,
      async begin(box) {
        const truths: string[] = [];
        const change = () => {
          truths.push(`line ${truths.length}`);
          cloud.writeHome(box, truths.at(-1) ?? '');
        };
        const timer = setInterval(change, 1);
        return {
          async changed() {
            const before = truths.length;
            await expect.poll(() => truths.length, { interval: 2 }).toBeGreaterThan(before);
          },
          async end() {
            clearInterval(timer);
            return truths;
          },
          hash: async (box) => cloud.readHome(box) ?? '',
        };
      },
    },
    whereabouts: async (box) => {
      const region = cloud.regionOf(box);
      return { home: region, instance: region, image: cloud.imageOf(box) };
    },
    readKeys: async ({ installId, instanceName }) =>
      cloud.ledger.instances(installId).find((instance) => instance.instanceName === instanceName)?.authorizedKeys ??
      [],
    work: {
      async busy({ instanceName }) {
        cloud.setWork(instanceName, { programs: { pytest: 1 } });
        return 'pytest';
      },
      async sleeping({ instanceName }) {
        cloud.setWork(instanceName, { programs: { sleep: 0 } });
        return 'sleep';
      },
      async traffic({ instanceName }) {
        cloud.setWork(instanceName, { trafficBytesPerMinute: 1_000_000 });
      },
      async hold({ instanceName }) {
        cloud.setWork(instanceName, { held: true });
        return async () => cloud.setWork(instanceName, { held: false });
      },
    },
    tamper: {
      removeInstance: async ({ instanceName }) => void cloud.vanish(instanceName),
      async plantStranger() {
        cloud.plant('by-hand');
        return async () => void cloud.vanish('by-hand');
      },
    },
    ledger: {
      instances: async (install) => cloud.ledger.instances(install).map((instance) => instance.instanceName),
      homes: async (install) => cloud.ledger.homes(install).map((home) => home.boxId),
      snapshots: async (install) => cloud.ledger.snapshots(install).map(({ snapshotId }) => snapshotId),
    },
  };
}

const CHOICE: Partial<Traits> = {
  regions: { unasked: ['north', 'south'], more: ['west'] },
  images: { unasked: ['debian-12'], more: ['ubuntu-24.04'] },
};

describe('seeded cloud', () => {
  providerContract('in process', async () => {
    const cloud = createSeededCloud({ seed: 1 });
    const cleanup = async () => cloud.close();
    const unreachable = createSeededClient(`http://127.0.0.1:${await freePort()}`);
    return { ...subjectOf(cloud), provider: cloud.provider(), another: cloud.provider(), unreachable, cleanup };
  });

  providerContract('over HTTP, with regions and images', async () => {
    const { url, cloud, close } = await serveSeededCloud(createSeededCloud({ seed: 2, traits: CHOICE }));
    const [provider, another] = [createSeededClient(url, CHOICE), createSeededClient(url, CHOICE)];
    const unreachable = createSeededClient(`http://127.0.0.1:${await freePort()}`);
    return { ...subjectOf(cloud), provider, another, unreachable, cleanup: close };
  });
});
