// What of a data directory is ours, and its removal; whatever else lies there is somebody's and stays.
import { lstat, readdir, readlink, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Entries that the service makes there, `homes` apart; `postgres-<version>` and unfinished copies of a file beside them. */
const OURS =
  /^(secret\.key|cluster|redis|run|pg_hba\.conf|pg_ident\.conf|lock|running\.json|seen\.json|database-home|quickstart|quickstart\.json|before-restore-\w+\.backup|postgres-[\w.-]+|(secret\.key|running\.json|seen\.json)\.[\w.-]+)$/;
const HOMES = 'homes';
/** Links of ours, and where what they name may lie: nothing else is followed. */
const LINKS: Readonly<Record<string, RegExp>> = {
  'database-home': /^\/var\/lib\/shellbox-[A-Za-z0-9]{6}$/,
  run: /^\/(run|tmp)\/shellbox-[A-Za-z0-9]{6}$/,
};

export interface DataDirRemains {
  /** Names in the directory that are ours. */
  ours: readonly string[];
  others: readonly string[];
  /** Folders elsewhere in which parts of it lie. */
  elsewhere: readonly string[];
}

/** Of no directory: nothing. */
export async function readDataDir(dataDir: string): Promise<DataDirRemains> {
  const names = (await readdir(dataDir).catch(() => [])).sort();
  const elsewhere: string[] = [];
  for (const [name, place] of Object.entries(LINKS)) {
    const target = await readlink(join(dataDir, name)).catch(() => undefined);
    const found = target === undefined ? undefined : await lstat(target).catch(() => undefined);
    if (target !== undefined && place.test(target) && found?.isDirectory()) elsewhere.push(target);
  }
  const isOurs = (name: string): boolean => OURS.test(name) || name === HOMES;
  return { ours: names.filter(isOurs), others: names.filter((name) => !isOurs(name)), elsewhere };
}

/** Homes that are still there stay, with their folder; so does the directory while anything is in it. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const { ours, elsewhere } = await readDataDir(dataDir);
  for (const folder of elsewhere) await rm(folder, { recursive: true, force: true });
  for (const name of ours) if (name !== HOMES) await rm(join(dataDir, name), { recursive: true, force: true });
  for (const folder of [join(dataDir, HOMES), dataDir]) await rmdir(folder).catch(unlessInUse);
}

function unlessInUse(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // EBUSY: a volume is mounted there, as in a container.
  if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EBUSY') throw error;
}
