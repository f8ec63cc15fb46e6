// The floor of a spinup: what the engine, the kernel and sshd need at the least, asked for without anything in between.
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { v7 } from 'uuid';
import { generateHostKey } from '../src/bots/ssh/host-keys.ts';
import { DEFAULT_SIZES, resourcesOf } from '../src/boxes/sizes.ts';
import { firstFiles, folderMounts, removeFolders, writeFolders } from '../src/providers/docker/box-files.ts';
import { ensureFile, homeFile, removeFile } from '../src/providers/docker/home-file.ts';
import { filesDir, homeName, homesDir } from '../src/providers/docker/homes.ts';
import { networkName } from '../src/providers/docker/network.ts';
import { OWN_IMAGE } from '../src/providers/docker/options.ts';
import { containerPayload } from '../src/providers/docker/payload.ts';
import { instanceName } from '../src/providers/names.ts';
import type { BoxSpec } from '../src/providers/provider.ts';
import { sshTrue } from './open-ssh.ts';

const RETRY_PAUSE_MS = 5;
const DEADLINE_MS = 30_000;

export interface FloorOptions {
  /** The installation whose network the container joins. */
  installId: string;
  dataDir: string;
  port: number;
  /** Who logs in: path of the private key, and the line of the public one. */
  identity: string;
  publicKey: string;
}

/** Milliseconds from nothing to a log-in, and where they went. */
export interface FloorTimes {
  totalMs: number;
  homeMs: number;
  keysMs: number;
  createMs: number;
  startMs: number;
  sshMs: number;
}

const engine = new Docker({ socketPath: '/var/run/docker.sock' });

/** Makes a box by hand, logs in, and takes it away again. */
export async function measureFloor(options: FloorOptions): Promise<FloorTimes> {
  const { dataDir } = options;
  const box = specOf(options);
  const home = homeFile(homesDir(dataDir), homeName(box));
  const files = filesDir(dataDir, box);
  const knownHosts = join(dataDir, `known-${box.boxId}`);
  const { signal } = new AbortController();
  await mkdir(homesDir(dataDir), { recursive: true, mode: 0o711 });
  await writeFile(knownHosts, `[127.0.0.1]:${options.port} ${box.hostKey.publicKey}\n`);
  const traits = {
    image: OWN_IMAGE,
    network: networkName(box.installId),
    bindAddress: '127.0.0.1',
    sudo: true,
    cpus: availableParallelism(),
    rootGiB: undefined,
    home: { Type: 'bind' as const, Source: home.source },
    folders: folderMounts(files),
  };
  try {
    const marks = [performance.now()];
    await ensureFile(home, box.resources.homeGiB, signal);
    marks.push(performance.now());
    await writeFolders(files, firstFiles(box));
    marks.push(performance.now());
    const container = await engine.createContainer(containerPayload(box, options.port, traits));
    marks.push(performance.now());
    await container.start();
    marks.push(performance.now());
    await untilLoggedIn({ ...options, knownHosts });
    marks.push(performance.now());
    const took = (from: number, to: number): number => (marks[to] ?? Number.NaN) - (marks[from] ?? Number.NaN);
    return {
      totalMs: took(0, 5),
      homeMs: took(0, 1),
      keysMs: took(1, 2),
      createMs: took(2, 3),
      startMs: took(3, 4),
      sshMs: took(4, 5),
    };
  } finally {
    await engine.getContainer(box.instanceName).remove({ force: true, v: true });
    await removeFile(home, signal);
    await removeFolders(files);
  }
}

async function untilLoggedIn({ port, identity, knownHosts }: { port: number; identity: string; knownHosts: string }) {
  const deadline = performance.now() + DEADLINE_MS;
  while ((await sshTrue({ host: '127.0.0.1', port, user: 'dev', identity, knownHosts })) !== 0) {
    if (performance.now() > deadline) throw new Error(`The floor's box let nobody in within ${DEADLINE_MS} ms.`);
    await delay(RETRY_PAUSE_MS);
  }
}

function specOf({ installId, port, publicKey }: FloorOptions): BoxSpec {
  const boxId = v7();
  return {
    installId,
    boxId,
    incarnation: 1,
    instanceName: instanceName(installId, boxId, 1),
    boxName: 'floor-box',
    resources: resourcesOf(DEFAULT_SIZES.small),
    hostKey: generateHostKey(),
    authorizedKeys: [publicKey],
    sshPort: port,
    stopNote: 'is the floor',
    hasRun: false,
    from: undefined,
    region: undefined,
    image: undefined,
    mostHourly: undefined,
  };
}
