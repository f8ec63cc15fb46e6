// Where the embedded servers keep their files: in the data directory, or, where that cannot work, in a directory it links to.
import { chmod, chown, lstat, mkdir, mkdtemp, readlink, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type RunAs, run } from './run.ts';

export interface Places {
  /** Holds everything below; ours, and open to the service user for passing through only. */
  home: string;
  /** PostgreSQL's data directory. */
  cluster: string;
  /** Redis's working directory; nothing is kept in it. */
  redis: string;
  /** The directory of both sockets, 0700. */
  sockets: string;
}

export interface PlacesOptions {
  dataDir: string;
  /** The user of the servers, when it is not ourselves. */
  user: RunAs | undefined;
  logger: Logger;
  signal: AbortSignal;
}

/** sockaddr_un holds 107 bytes and a NUL; two are kept because ioredis reads `unix:///x` as `///x`. */
const MAX_SOCKET_BYTES = 105;
const LONGEST_SOCKET_NAME = '.s.PGSQL.5432.lock';

/** Anything else would have to be escaped differently in a URL and in PostgreSQL's comma-separated list. */
const PLAIN_PATH = /^[A-Za-z0-9/._-]+$/;

/** The directory's entry that links to the home when it lies elsewhere. */
const HOME_LINK = 'database-home';

/** Makes the directories, with the owners and modes they need. May be called again and again. */
export async function openPlaces(options: PlacesOptions): Promise<Places> {
  const { user } = options;
  const home = await findHome(options);
  const places = {
    home,
    cluster: join(home, 'cluster'),
    redis: join(home, 'redis'),
    sockets: await findSockets(home, user),
  };
  await mkdir(places.redis, { recursive: true, mode: 0o700 });
  await giveTo(user, places.redis);
  return places;
}

/** Who owns the database of this data directory, if there is one yet. */
export async function clusterOwner(dataDir: string): Promise<RunAs | undefined> {
  for (const home of [join(dataDir, HOME_LINK), dataDir]) {
    const found = await stat(join(home, 'cluster')).catch(() => undefined);
    if (found !== undefined) return { uid: found.uid, gid: found.gid };
  }
  return undefined;
}

/** Whether a database was ever made for this data directory; where that cannot be seen, it may be. */
export async function hadDatabase(dataDir: string): Promise<boolean> {
  for (const name of ['cluster', HOME_LINK]) if (!(await isAbsent(join(dataDir, name)))) return true;
  return false;
}

async function isAbsent(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => false,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT',
  );
}

/** Hands a directory to the service user, closed to everybody else. */
export async function giveTo(user: RunAs | undefined, directory: string): Promise<void> {
  await chmod(directory, 0o700);
  if (user !== undefined) await chown(directory, user.uid, user.gid);
}

/** Whether that user may pass through the directory and all above it; asked of the kernel, which also knows about ACLs. */
export async function canEnter(user: RunAs, path: string, signal: AbortSignal): Promise<boolean> {
  return (await run('test', ['-x', path], { user, signal, timeoutMs: 5_000 })).status === 0;
}

async function findHome({ dataDir, user, logger, signal }: PlacesOptions): Promise<string> {
  const linked = await readlink(join(dataDir, HOME_LINK)).catch(() => undefined);
  if (linked !== undefined) return await checkLinkedHome(dataDir, linked);
  if (user === undefined) return dataDir;
  await letPass(user, dataDir);
  if (await canEnter(user, dataDir, signal)) return dataDir;
  if ((await lstat(join(dataDir, 'cluster')).catch(() => undefined)) !== undefined) {
    throw new ShellboxError(
      'data_dir_unreachable',
      `The user of PostgreSQL can no longer enter ${dataDir}, where its database lies.`,
      {
        remedy: `Let user id ${user.uid} pass through the folders above it (chmod o+x), or move it to where it was.`,
      },
    );
  }
  const home = await mkdtemp('/var/lib/shellbox-');
  await letPass(user, home);
  await symlink(home, join(dataDir, HOME_LINK));
  logger.warn(
    { dataDir, home },
    'the user of PostgreSQL cannot enter the data directory; the database is kept elsewhere',
  );
  return home;
}

/** A link to a home that is gone is refused: an empty database in its place would look like lost data. */
async function checkLinkedHome(dataDir: string, home: string): Promise<string> {
  const found = await lstat(home).catch(() => undefined);
  if (found?.isDirectory() && found.uid === process.getuid?.()) return home;
  throw new ShellboxError(
    'database_missing',
    `The database of ${dataDir} should be in ${home}, but that directory is not there.`,
    {
      remedy: `Restore it, or remove ${join(dataDir, HOME_LINK)} to begin with an empty database.`,
    },
  );
}

/** Opens a directory that is root's alone to the service user's group: for passing through, not for reading. */
async function letPass(user: RunAs, directory: string): Promise<void> {
  const found = await lstat(directory);
  if (found.uid !== 0 || (found.mode & 0o077) !== 0) return;
  await chown(directory, 0, user.gid);
  await chmod(directory, 0o710);
}

async function findSockets(home: string, user: RunAs | undefined): Promise<string> {
  const sockets = join(home, 'run');
  const longest = Buffer.byteLength(join(sockets, LONGEST_SOCKET_NAME));
  if (longest <= MAX_SOCKET_BYTES && PLAIN_PATH.test(sockets)) {
    await mkdir(sockets, { recursive: true, mode: 0o700 });
    await giveTo(user, sockets);
    return sockets;
  }
  return await shortSockets(sockets, user);
}

/** A short directory that `link` names. It holds sockets only, so one that is gone or somebody else's by now is replaced. */
async function shortSockets(link: string, user: RunAs | undefined): Promise<string> {
  const linked = await readlink(link).catch(() => undefined);
  const found = linked === undefined ? undefined : await lstat(linked).catch(() => undefined);
  const owner = user?.uid ?? process.getuid?.();
  if (linked !== undefined && found?.isDirectory() && found.uid === owner && (found.mode & 0o777) === 0o700)
    return linked;
  await rm(link, { force: true, recursive: true });
  const directory = await mkdtemp(process.getuid?.() === 0 ? '/run/shellbox-' : '/tmp/shellbox-');
  await giveTo(user, directory);
  await symlink(directory, link);
  return directory;
}
