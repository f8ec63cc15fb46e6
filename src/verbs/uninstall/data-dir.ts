// What of a data directory is ours, and its removal; whatever else lies there is somebody's and stays.
import { lstat, readdir, readlink, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Entries that the service makes there, `homes` apart; `postgres-<version>` and unfinished copies of a file beside them. */
const OURS =
  /^(secret\.key|cluster|cluster-partial-\w+|redis|run|pg_hba\.conf|pg_ident\.conf|lock|running\.json|seen\.json|database-home|quickstart|quickstart\.json|before-restore-\w+\.backup|postgres-[\w.-]+|(secret\.key|running\.json|seen\.json)\.[\w.-]+)$/;
const HOMES = 'homes';
/** A cluster that is being removed; whoever makes a new one removes it, too, as it does one that was never whole. */
const RETIRED = 'cluster-partial-removed';
/** Links of ours, and where what they name may lie: nothing else is followed. */
const LINKS: Readonly<Record<string, RegExp>> = {
  'database-home': /^\/var\/lib\/shellbox-[A-Za-z0-9]{6}$/,
  run: /^\/(run|tmp)\/shellbox-[A-Za-z0-9]{6}$/,
};

export interface DataDirRemains {
  /** Names in the directory that are ours. */
  ours: readonly string[];
  others: readonly string[];
  /** Its removal was broken off after its database, which knew its id, had gone. */
  isHalfRemoved: boolean;
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
  const homes = await Promise.all(elsewhere.map((folder) => readdir(folder).catch(() => [])));
  return {
    ours: names.filter(isOurs),
    others: names.filter((name) => !isOurs(name)),
    isHalfRemoved: [names, ...homes].some((each) => each.includes(RETIRED)),
    elsewhere,
  };
}

/** Homes that are still there stay, with their folder; so does the directory while anything is in it. */
export async function removeDataDir(dataDir: string): Promise<void> {
  await Promise.all((await readDataDir(dataDir)).elsewhere.concat(dataDir).map(retire));
  const { ours, elsewhere } = await readDataDir(dataDir);
  for (const folder of elsewhere) await rm(folder, { recursive: true, force: true });
  for (const name of ours) if (name !== HOMES) await rm(join(dataDir, name), { recursive: true, force: true });
  for (const folder of [join(dataDir, HOMES), dataDir]) await rmdir(folder).catch(unlessInUse);
}

/** By one rename, before anything of it is deleted: when that is broken off, no half of a database can be taken for one. */
async function retire(home: string): Promise<void> {
  if ((await lstat(join(home, 'cluster')).catch(() => undefined)) === undefined) return;
  await rm(join(home, RETIRED), { recursive: true, force: true });
  await rename(join(home, 'cluster'), join(home, RETIRED));
}

function unlessInUse(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // EBUSY: a volume is mounted there, as in a container.
  if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EBUSY') throw error;
}
