// Starts the service under measurement as a process of its own, and takes away everything it leaves.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { removeDockerInstallation } from '../src/providers/docker/installation.ts';

const PROGRAM = fileURLToPath(new URL('../bin/shellbox', import.meta.url));
/** As in bin/shellbox, which these stand for. */
export const NODE_OPTIONS = ['--max-semi-space-size=2', '--heap-growing-percent=40'];
const READY_MS = 120_000;
const STOP_MS = 40_000;
const CLEAN_UP_MS = 60_000;

export interface PrivateService {
  installId: string;
  dataDir: string;
  /** Of the SSH door. */
  port: number;
  /** `ssh-ed25519 AAAA…` of the door. */
  hostKey: string;
  process: ServiceProcess;
  stop(): Promise<void>;
}

/** `shellbox start` with the Docker provider; resolves once the door is open. Boxes publish the ports of `boxPorts`. */
export async function startShellbox(boxPorts: { first: number; last: number }): Promise<PrivateService> {
  const { installId, dataDir, port } = await freshPlace();
  const child = spawn(PROGRAM, ['start'], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      SHELLBOX_DATA_DIR: dataDir,
      SHELLBOX_INSTALL_ID: installId,
      SHELLBOX_PORT: String(await freePort()),
      SSH_LISTEN: `127.0.0.1:${port}`,
      SSH_SIGNUP: 'open',
      BOX_PORTS: `${boxPorts.first}-${boxPorts.last}`,
      LOG_LEVEL: 'warn',
    },
  });
  const running = serviceProcess(child);
  return {
    installId,
    dataDir,
    port,
    hostKey: await running.ready(doorKey(child)),
    process: running,
    async stop() {
      await running.end();
      await removeDockerInstallation({ dockerHost: undefined, installId }, AbortSignal.timeout(CLEAN_UP_MS));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What `start` prints: `known_hosts  [127.0.0.1]:2222 ssh-ed25519 AAAA…`. */
async function doorKey(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The service has no standard output.');
  for await (const line of createInterface({ input: child.stdout })) {
    const key = /^\s*known_hosts\s+\S+ (ssh-ed25519 \S+)$/.exec(line)?.[1];
    if (key !== undefined) {
      child.stdout.resume();
      return key;
    }
  }
  throw new Error('The service ended before its door was open.');
}

/** Where a service of its own can live: a data directory, an installation id, a port for its door. */
export async function freshPlace(): Promise<{ dataDir: string; installId: string; port: number }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shellbox-bench-'));
  const installId = `b${randomInt(36 ** 7)
    .toString(36)
    .padStart(7, '0')}`;
  return { dataDir, installId, port: await freePort() };
}

export interface ServiceProcess {
  /** What `becoming` resolves with; rejects when the process ends before, or after two minutes. */
  ready<T>(becoming: Promise<T>): Promise<T>;
  /** Resident memory, MiB. */
  residentMiB(): Promise<number>;
  /** Processor time used so far, milliseconds. */
  processorMs(): Promise<number>;
  /** Asks it to stop, and makes it after 40 s. */
  end(): Promise<void>;
}

export function serviceProcess(child: ChildProcess): ServiceProcess {
  const gone = once(child, 'exit');
  return {
    async ready(becoming) {
      const patience = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => patience.reject(new Error(`The service was not ready in ${READY_MS} ms.`)),
        READY_MS,
      );
      const ended = gone.then(([status]) => Promise.reject(new Error(`The service ended with status ${status}.`)));
      return Promise.race([becoming, ended, patience.promise]).finally(() => clearTimeout(timer));
    },
    async residentMiB() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
    /** The 14th and 15th field, in hundredths of a second (proc(5)); the second one may hold blanks. */
    async processorMs() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      return (Number(user) + Number(system)) * 10;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await gone;
      clearTimeout(patience);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}
