// A Docker provider for tests on the machine's real engine, and what takes away everything it left.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import type { Logger } from '../../../src/log.ts';
import { createDockerProvider } from '../../../src/providers/docker/docker.ts';
import { removeDockerInstallation } from '../../../src/providers/docker/installation.ts';
import { type DockerOptions, OWN_IMAGE } from '../../../src/providers/docker/options.ts';
import { LABELS } from '../../../src/providers/docker/payload.ts';
import type { BoxRef, BoxSpec, Provider } from '../../../src/providers/provider.ts';
import { createBoxShells } from '../../../src/providers/shared/box-shells.ts';
import { BOX_USER } from '../../../src/providers/shared/box-system.ts';
import { makeBoxSpec, makeHostKey, testInstallId } from '../../contracts/provider-spec.ts';

export const engine = new Docker({ socketPath: '/var/run/docker.sock' });

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface DockerHost {
  options: DockerOptions;
  provider: Provider;
  installId: string;
  dataDir: string;
  /** A box of this host with a port of its own. */
  spec(overrides?: Partial<BoxSpec>): BoxSpec;
  /** Another provider on the same folder and engine. */
  another(overrides?: Partial<DockerOptions>): Provider;
  /** An installation id whose things are taken away as well. */
  alsoInstall(): string;
  /** Containers, homes, networks, rules and folders of this host's installations. */
  remove(): Promise<void>;
}

export const OPTIONS_FOR_TESTS: DockerOptions = {
  dockerHost: undefined,
  installId: 'tnothing',
  image: OWN_IMAGE,
  bindAddress: '127.0.0.1',
  sshHost: '127.0.0.1',
  ports: { first: 20_000, last: 29_999 },
  memoryBudgetMiB: undefined,
  isolation: true,
  sudo: true,
  dataDir: '/nonexistent',
  logger: silent,
};

export async function makeDockerHost(overrides: Partial<DockerOptions> = {}): Promise<DockerHost> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shellbox-docker-'));
  const installId = testInstallId();
  const installs = new Set([installId]);
  // With what the worker logs in: every box of this host lets it in.
  const gateway = makeHostKey();
  const shells = createBoxShells({ user: BOX_USER.name, privateKey: gateway.privateKey });
  const options: DockerOptions = { ...OPTIONS_FOR_TESTS, installId, dataDir, shells, ...overrides };
  const provider = createDockerProvider(options);
  const specs: BoxSpec[] = [];
  return {
    options,
    provider,
    installId,
    dataDir,
    spec(given = {}) {
      const authorizedKeys = [gateway.publicKey, makeHostKey().publicKey];
      const box = makeBoxSpec({ installId, sshPort: nextPort(), authorizedKeys, ...given });
      installs.add(box.installId);
      specs.push(box);
      return box;
    },
    another: (changed = {}) => createDockerProvider({ ...options, ...changed }),
    alsoInstall() {
      const id = testInstallId();
      installs.add(id);
      return id;
    },
    async remove() {
      shells.close();
      for (const id of installs) await removeContainers(id);
      for (const box of specs) await provider.destroyHome(box, within(60_000));
      for (const id of installs)
        await removeDockerInstallation({ dockerHost: undefined, installId: id }, within(60_000).signal);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const within = (timeoutMs: number): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(timeoutMs) });

async function removeContainers(installId: string): Promise<void> {
  const found = await engine.listContainers({ all: true, filters: { label: [`${LABELS.install}=${installId}`] } });
  await Promise.all(found.map(({ Id }) => engine.getContainer(Id).remove({ force: true, v: true })));
}

/** Ports below the ephemeral range, each test process in a stretch of its own: nobody else is given one by chance. */
const STRETCH = 200;
const firstPort = 12_000 + (process.pid % 100) * STRETCH;
let usedPorts = 0;
export const nextPort = (): number => firstPort + (usedPorts++ % STRETCH);

/** So many in a row, which nobody else is given. */
export function nextPorts(count: number): { first: number; last: number } {
  const first = firstPort + usedPorts;
  usedPorts += count;
  if (usedPorts > STRETCH) throw new Error('This process has used up its ports.');
  return { first, last: first + count - 1 };
}

/** The container of a box, seen by the engine. */
export const containerOf = (box: BoxRef): Docker.Container => engine.getContainer(box.instanceName);

/** Names of the home files in a data folder. */
export async function homeFiles(dataDir: string): Promise<string[]> {
  return (await readdir(join(dataDir, 'homes')).catch(() => [])).sort();
}

/** What a command prints inside a running box, as `user`, both streams, and its exit status. */
export async function inBox(
  box: BoxRef,
  command: readonly string[],
  user = 'dev',
): Promise<{ status: number | null; text: string }> {
  const exec = await containerOf(box).exec({
    Cmd: [...command],
    User: user,
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  const stream = await exec.start({ Tty: true });
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  const { ExitCode } = await exec.inspect();
  return { status: ExitCode, text: text.replaceAll('\r\n', '\n') };
}
