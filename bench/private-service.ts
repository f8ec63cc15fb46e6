// Starts the service under measurement as a process of its own, and takes away everything it leaves.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { ServiceMessage, ServiceSettings } from './service.ts';

const PROGRAM = fileURLToPath(new URL('service.ts', import.meta.url));
const READY_MS = 90_000;
const STOP_MS = 40_000;
/** Below the ports that the kernel gives to clients. */
const BOX_PORTS = { first: 30_000, last: 30_999 };

export interface PrivateService {
  settings: ServiceSettings;
  port: number;
  /** `ssh-ed25519 AAAA…` of the door. */
  hostKey: string;
  /** When the arrival of that text from that key was written down, wall-clock milliseconds. */
  writtenAt(subject: string, text: string): number | undefined;
  sql<T extends object>(text: string): Promise<T[]>;
  /** Resident memory of the service's own process, MiB. */
  residentMiB(): Promise<number>;
  /** Processor time that the service's own process has used, milliseconds. */
  processorMs(): Promise<number>;
  stop(): Promise<void>;
}

/** `nodeOptions` go before the program, e.g. for a profile. */
export async function startPrivateService(
  wanted: { cloud?: string; nodeOptions?: readonly string[] } = {},
): Promise<PrivateService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shellbox-bench-'));
  const settings: ServiceSettings = {
    dataDir,
    installId: `b${randomInt(36 ** 7)
      .toString(36)
      .padStart(7, '0')}`,
    sshPort: await freePort(),
    boxPorts: BOX_PORTS,
    log: 'warn',
    ...(wanted.cloud === undefined ? {} : { cloud: wanted.cloud }),
  };
  const argv = [...(wanted.nodeOptions ?? []), PROGRAM, JSON.stringify(settings)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const written = new Map<string, number>();
  const ready = Promise.withResolvers<Extract<ServiceMessage, { kind: 'ready' }>>();
  child.on('message', (message: ServiceMessage) => {
    if (message.kind === 'ready') ready.resolve(message);
    else written.set(`${message.subject} ${message.text}`, message.at);
  });
  child.once('exit', (status) => ready.reject(new Error(`The service ended with status ${status}.`)));
  const late = setTimeout(() => ready.reject(new Error(`The service was not ready within ${READY_MS} ms.`)), READY_MS);
  const { hostKey, databaseUrl } = await ready.promise.finally(() => clearTimeout(late));
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  return {
    settings,
    port: settings.sshPort,
    hostKey,
    writtenAt: (subject, text) => written.get(`${subject} ${text}`),
    sql: async <T extends object>(text: string) => (await database.query<T>(text)).rows,
    residentMiB: () => residentMiB(child),
    processorMs: () => processorMs(child),
    async stop() {
      await database.end();
      await end(child);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(patience);
}

async function residentMiB(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** The 14th and 15th field, in hundredths of a second (proc(5)); the second one may hold blanks. */
async function processorMs(child: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
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
