// Where a quickstart works: the configured data directory, or with --once a temporary one with ports of its own.
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Config, Environment } from '../../src/config.ts';
import { acquireDataDirLock } from '../../src/embedded/lock.ts';
import { ShellboxError } from '../../src/errors.ts';
import { readConfig } from '../../src/verbs/configuration.ts';
import { ONCE_FOLDER, ONCE_PREFIX, ONCE_RECORD, type OnceRecord, startTimeOf } from './leftovers.ts';

export interface Place {
  config: Config;
  /** For the service, on top of which `.env` counts. */
  environment: Environment;
  /** Of our own keys, known hosts and log, in the data directory. */
  folder: string;
  /** Set with --once: what has to be removed at the end. */
  temporary: { dataDir: string; installId: string } | undefined;
}

/** Empty means unset, also over what `.env` says: a throw-away service uses nobody's database and no public address. */
const UNSET = {
  DATABASE_URL: '',
  REDIS_URL: '',
  SHELLBOX_SECRET_KEY: '',
  SHELLBOX_ADMINS: '',
  SSH_PUBLIC_HOST: '',
  SSH_PUBLIC_PORT: '',
  METRICS_LISTEN: '',
  SHELLBOX_HOST: '',
  SHELLBOX_PUBLIC_URL: '',
  BOX_BIND: '',
  BOX_SSH_HOST: '',
};

const PORTS_OF_ONE_RUN = 50;

const LOCK_PATIENCE_MS = 5000;

/** Waits for the service of a quickstart that was just killed, which is still ending. @throws ShellboxError `data_dir_locked` */
async function waitForDirectory(dataDir: string, patienceMs = LOCK_PATIENCE_MS): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      const lock = await acquireDataDirLock(dataDir);
      return lock.release();
    } catch (error) {
      const isLocked = error instanceof ShellboxError && error.code === 'data_dir_locked';
      if (!isLocked || performance.now() > until) throw error;
    }
  }
}

export async function choosePlace(own: Environment, once: boolean): Promise<Place> {
  const open = { ...own, SSH_SIGNUP: 'open' };
  if (!once) return await placeIn(open, undefined);
  const dataDir = await mkdtemp(join(ONCE_FOLDER, ONCE_PREFIX));
  const installId = `q${Array.from({ length: 7 }, () => randomInt(36).toString(36)).join('')}`;
  const record: OnceRecord = { pid: process.pid, startTime: await startTimeOf(process.pid), installId };
  await writeFile(join(dataDir, ONCE_RECORD), JSON.stringify(record), { mode: 0o600 });
  const [sshPort, httpPort] = await freePorts();
  const firstPort = 20_000 + randomInt(9_900);
  const environment = {
    ...open,
    ...UNSET,
    SHELLBOX_DATA_DIR: dataDir,
    SHELLBOX_INSTALL_ID: installId,
    SSH_LISTEN: `127.0.0.1:${sshPort}`,
    SHELLBOX_PORT: String(httpPort),
    DESTROY_KEEP_HOURS: '0',
    BOX_PORTS: `${firstPort}-${firstPort + PORTS_OF_ONE_RUN}`,
  };
  return await placeIn(environment, { dataDir, installId });
}

async function placeIn(environment: Environment, temporary: Place['temporary']): Promise<Place> {
  const cwd = process.cwd();
  const config = readConfig(cwd, () => {}, environment);
  await waitForDirectory(config.dataDir);
  const folder = join(config.dataDir, 'quickstart');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return { config, environment, folder, temporary };
}

/** Below the ephemeral range, from which any program is given ports at any moment; above those of boxes. */
const FIRST_PORT = 30_000;
const LAST_PORT = 32_768;

/** Two ports that are free now. */
async function freePorts(): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < 2) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (!ports.includes(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}
