// This machine's engine as a place for boxes of the laboratory; closing it takes away everything that was left there.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createDockerHoldings } from '../../src/providers/docker/holdings.ts';
import { homeName } from '../../src/providers/docker/homes.ts';
import { LONGEST_CREATE_MS } from '../../src/providers/docker/instances.ts';
import { removeIsolation } from '../../src/providers/docker/isolation.ts';
import { LABELS } from '../../src/providers/docker/payload.ts';
import { testInstallId } from '../contracts/provider-spec.ts';
import { engine, nextPorts, within } from '../providers/docker/docker-host.ts';
import type { BoxPlace } from './box-place.ts';

const PORTS = 60;
const REMOVE_MS = 120_000;
const RULES_MS = 30_000;

const labelled = z.object({ [LABELS.box]: z.string(), [LABELS.incarnation]: z.coerce.number() });
const HOME_FILE = /^(sb-.*)\.img$/;

export async function openDockerPlace(): Promise<BoxPlace> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shellbox-docker-'));
  const installId = testInstallId();

  function containers() {
    return engine.listContainers({ all: true, filters: { label: [`${LABELS.install}=${installId}`] } });
  }

  return {
    setting: { kind: 'docker', dataDir, installId, ports: nextPorts(PORTS) },
    url: undefined,
    longestCreateMs: LONGEST_CREATE_MS,
    lagMs: 0,
    async reality(boxIds) {
      const found = await containers();
      const files = await readdir(join(dataDir, 'homes')).catch(() => []);
      const names = files.flatMap((file) => HOME_FILE.exec(file)?.[1] ?? []);
      return {
        instances: found.map(({ Labels, State }) => {
          const labels = labelled.parse(Labels);
          return { boxId: labels[LABELS.box], incarnation: labels[LABELS.incarnation], running: State === 'running' };
        }),
        homes: names.map((name) => boxIds.find((boxId) => homeName({ installId, boxId }) === name) ?? name),
      };
    },
    /** As somebody does who removes containers by hand. */
    async vanish(choose) {
      const found = await containers();
      const one = choose(found.map(({ Id, Labels }) => ({ Id, boxId: labelled.parse(Labels)[LABELS.box] })));
      if (one !== undefined) await engine.getContainer(one.Id).remove({ force: true });
    },
    unprotect: async () => void (await removeIsolation(installId, AbortSignal.timeout(RULES_MS))),
    secrets: [],
    // The engine keeps no book of what was.
    complaints: () => [],
    linesRun: () => 0,
    async close() {
      const holdings = createDockerHoldings({ dockerHost: undefined, installId, dataDir, isolation: true });
      await holdings.remove({ keepHomes: false }, within(REMOVE_MS));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
