// What really exists for boxes, asked of whoever made it: the simulated cloud's ledger, or the machine's engine and disk.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { homeName } from '../../src/providers/docker/homes.ts';
import { LABELS } from '../../src/providers/docker/payload.ts';
import type { Ledger } from '../fakes/seeded-ledger.ts';
import type { SeededCloud } from '../fakes/seeded-provider.ts';
import type { DockerPlace } from '../fakes/service.ts';
import { engine } from '../providers/docker/docker-host.ts';

export interface Reality {
  instances: readonly { boxId: string; incarnation: number; running: boolean }[];
  /** Ids of boxes that have a home. */
  homes: readonly string[];
}

export function realityOfCloud(ledger: Ledger): Reality {
  return {
    instances: ledger.instances().map(({ boxId, incarnation, power }) => ({
      boxId,
      incarnation,
      running: power.at(-1)?.running ?? false,
    })),
    homes: ledger.homes().map(({ boxId }) => boxId),
  };
}

const labelled = z.object({ [LABELS.box]: z.string(), [LABELS.incarnation]: z.coerce.number() });
const HOME_FILE = /^(sb-.*)\.img$/;

export async function realityOfDocker(
  { installId, dataDir }: DockerPlace,
  boxIds: readonly string[],
): Promise<Reality> {
  const found = await containersOf(installId);
  const files = await readdir(join(dataDir, 'homes')).catch(() => []);
  const names = files.flatMap((file) => HOME_FILE.exec(file)?.[1] ?? []);
  return {
    instances: found.map(({ Labels, State }) => {
      const labels = labelled.parse(Labels);
      return { boxId: labels[LABELS.box], incarnation: labels[LABELS.incarnation], running: State === 'running' };
    }),
    homes: names.map((name) => boxIds.find((boxId) => homeName({ installId, boxId }) === name) ?? name),
  };
}

function containersOf(installId: string) {
  return engine.listContainers({ all: true, filters: { label: [`${LABELS.install}=${installId}`] } });
}

type Choose = <T extends { boxId: string }>(instances: readonly T[]) => T | undefined;

export function vanishFromCloud(cloud: SeededCloud): (choose: Choose) => Promise<void> {
  return async (choose) => {
    const one = choose(cloud.ledger.instances());
    if (one !== undefined) cloud.vanish(one.instanceName);
  };
}

/** As somebody does who removes containers by hand. */
export function vanishFromDocker({ installId }: DockerPlace): (choose: Choose) => Promise<void> {
  return async (choose) => {
    const found = await containersOf(installId);
    const one = choose(found.map(({ Id, Labels }) => ({ Id, boxId: labelled.parse(Labels)[LABELS.box] })));
    if (one !== undefined) await engine.getContainer(one.Id).remove({ force: true });
  };
}
