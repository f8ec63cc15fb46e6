// A place for boxes of the laboratory on this machine's engine, and what takes away everything that was left there.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerHoldings } from '../../src/providers/docker/holdings.ts';
import { testInstallId } from '../contracts/provider-spec.ts';
import type { DockerPlace } from '../fakes/service.ts';
import { nextPorts, within } from '../providers/docker/docker-host.ts';

const PORTS = 60;
const REMOVE_MS = 120_000;

export async function openDockerPlace(): Promise<{ docker: DockerPlace; remove(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shellbox-docker-'));
  const installId = testInstallId();
  return {
    docker: { dataDir, installId, ports: nextPorts(PORTS) },
    async remove() {
      const holdings = createDockerHoldings({ dockerHost: undefined, installId, dataDir, isolation: true });
      await holdings.remove({ keepHomes: false }, within(REMOVE_MS));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
