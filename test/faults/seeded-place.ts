// The simulated cloud as a place for boxes of the laboratory.
import type { Faults } from '../fakes/seeded-faults.ts';
import { createSeededCloud, SEEDED_TRAITS, type SeededCloud } from '../fakes/seeded-provider.ts';
import { serveSeededCloud } from '../fakes/seeded-server.ts';
import type { BoxPlace } from './box-place.ts';

export async function openSeededPlace(
  seed: number,
  faults: Faults,
): Promise<BoxPlace & { cloud: SeededCloud; url: string }> {
  const cloud = createSeededCloud({ seed, faults });
  const { ledger } = cloud;
  const { url, close } = await serveSeededCloud(cloud);
  return {
    cloud,
    setting: { kind: 'seeded' },
    url,
    longestCreateMs: SEEDED_TRAITS.longestCreateMs,
    lagMs: 0,
    async reality() {
      return {
        instances: ledger.instances().map(({ boxId, incarnation, power }) => ({
          boxId,
          incarnation,
          running: power.at(-1)?.running ?? false,
        })),
        homes: ledger.homes().map(({ boxId }) => boxId),
        snapshots: ledger.snapshots().map(({ snapshotId }) => snapshotId),
      };
    },
    async vanish(choose) {
      const one = choose(ledger.instances());
      if (one !== undefined) cloud.vanish(one.instanceName);
    },
    // Nothing there keeps boxes apart.
    unprotect: async () => undefined,
    secrets: [],
    complaints: () =>
      ledger
        .duplicates()
        .filter((pair) => pair.sameIncarnation)
        .map(({ boxId }) => `box ${boxId} was made twice`),
    linesRun: () => ledger.history().filter(({ what }) => what === 'ran').length,
    close,
  };
}
