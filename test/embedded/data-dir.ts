// A data directory for one test, and what lies outside it because it links there.
import { chmod, mkdir, mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { isAlive, processesIn } from './processes.ts';

/** A path in a fresh directory that every user may enter, removed when the test ends. The directory itself is not made. */
export async function freshDataDir(...below: readonly string[]): Promise<string> {
  const { dataDir, remove } = await makeDataDir(...below);
  onTestFinished(remove);
  return dataDir;
}

/** The same for several tests; whoever calls it removes it. */
export async function makeDataDir(...below: readonly string[]): Promise<{ dataDir: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'shellbox-test-'));
  await chmod(root, 0o755);
  const dataDir = join(root, ...below, 'data');
  await mkdir(join(root, ...below), { recursive: true });
  const remove = async () => {
    const home = (await linkedFrom(join(dataDir, 'database-home'))) ?? dataDir;
    // A test that failed half-way may have left servers running; nobody else works in a directory made for this test.
    for (const pid of await processesIn(home)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    for (const path of [await linkedFrom(join(home, 'run')), home, root]) {
      if (path !== undefined) await rm(path, { recursive: true, force: true });
    }
  };
  return { dataDir, remove };
}

export async function linkedFrom(path: string): Promise<string | undefined> {
  return await readlink(path).catch(() => undefined);
}
