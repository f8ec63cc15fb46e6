// What a `quickstart -- --once` makes outside its process, and its removal: at its own end, or by the next one when it was killed.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbedded } from '../../src/embedded/embedded.ts';
import { ShellboxError } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import { createDockerProvider } from '../../src/providers/docker/docker.ts';
import { removeDockerInstallation } from '../../src/providers/docker/installation.ts';
import { OWN_IMAGE } from '../../src/providers/docker/options.ts';

/** Not /tmp, which may be small and in memory: homes of boxes lie there. */
export const ONCE_FOLDER = '/var/tmp';
export const ONCE_PREFIX = 'shellbox-quickstart-';
export const ONCE_RECORD = 'quickstart.json';

export interface OnceRecord {
  pid: number;
  /** Field 22 of proc(5) stat: with the pid it names a process for good. */
  startTime: string;
  installId: string;
}

const DEADLINE_MS = 60_000;
/** A service that stops has 30 s. */
const ENDING_MS = 35_000;
const logger = createLogger({ level: 'silent', secrets: [] });

/** Takes away what killed runs left: servers, boxes, network, rules, folders. Returns how many runs that were. */
export async function removeKilledRuns(dockerHost: string | undefined): Promise<number> {
  const names = (await readdir(ONCE_FOLDER)).filter((name) => name.startsWith(ONCE_PREFIX));
  let removed = 0;
  for (const name of names) {
    const dataDir = join(ONCE_FOLDER, name);
    const record = await readRecord(dataDir);
    if (record === undefined || (await startTimeOf(record.pid)) === record.startTime) continue;
    if (!(await stopServers(dataDir))) continue; // its service is still ending
    await removeOnce({ dataDir, installId: record.installId, dockerHost });
    removed++;
  }
  return removed;
}

/** Everything of one run; its service has ended. May be called again. */
export async function removeOnce(run: {
  dataDir: string;
  installId: string;
  dockerHost: string | undefined;
}): Promise<void> {
  const { dataDir, installId, dockerHost } = run;
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const provider = createDockerProvider({
    dockerHost,
    installId,
    dataDir,
    image: OWN_IMAGE,
    bindAddress: '127.0.0.1',
    sshHost: '127.0.0.1',
    ports: { first: 20_000, last: 29_999 },
    memoryBudgetMiB: undefined,
    isolation: true,
    sudo: true,
    logger,
  });
  for (const { boxId, incarnation, instanceName } of await provider.list(installId, { signal })) {
    const box = { installId, boxId, incarnation, instanceName };
    await provider.destroy(box, { signal });
    await provider.destroyHome(box, { signal });
  }
  await removeDockerInstallation({ dockerHost, installId }, signal);
  await rm(dataDir, { recursive: true, force: true });
}

/**
 * Starting the embedded servers is what stops those that a kill left behind. A service that outlived its quickstart is ending
 * and gets the time for it; false when it, or another program, keeps the directory.
 */
async function stopServers(dataDir: string): Promise<boolean> {
  const until = performance.now() + ENDING_MS;
  for (;;) {
    try {
      const servers = await startEmbedded({ dataDir, logger, signal: AbortSignal.timeout(DEADLINE_MS) });
      await servers.stop();
      return true;
    } catch (error) {
      if (!(error instanceof ShellboxError) || error.code !== 'data_dir_locked') throw error;
      if (performance.now() > until) return false;
    }
  }
}

async function readRecord(dataDir: string): Promise<OnceRecord | undefined> {
  const text = await readFile(join(dataDir, ONCE_RECORD), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** '' when there is no such process; one that has ended and that nobody has collected yet is none. */
export async function startTimeOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /^[ZX]/.test(fields[0] ?? '') ? '' : (fields[19] ?? '');
}
