// The private PostgreSQL: made once, then run under supervision, reachable through a unix socket by our own user alone.
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { postgresBinaries } from './binaries.ts';
import { type ChildSpec, type StopStep, superviseChild } from './child.ts';
import { diskError } from './disk.ts';
import { stopLeftovers } from './leftovers.ts';
import { giveTo, type Places } from './places.ts';
import { type RunAs, run } from './run.ts';
import { ownUserName } from './service-user.ts';

export interface PostgresOptions {
  places: Places;
  user: RunAs | undefined;
  logger: Logger;
  signal: AbortSignal;
  packageDir?: string | undefined;
}

export interface EmbeddedPostgres {
  databaseUrl: string;
  stop(): Promise<void>;
}

/** The service's own role: owns its database, is no superuser. */
const ROLE = 'shellbox';
const DATABASE = 'shellbox';
const SUPERUSER = 'postgres';
const PORT = 5432; // of the socket's name only

const INIT_TIMEOUT_MS = 60_000;
/** Recovery after a crash replays at most max_wal_size. */
const READY_TIMEOUT_MS = 60_000;
const INIT_FREE_MIB = 200;

/** Fast shutdown; immediate shutdown (recovers at the next start); the end. Nothing committed is lost by any of them. */
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 6_000 },
  { signal: 'SIGQUIT', waitMs: 2_000 },
  { signal: 'SIGKILL', waitMs: 1_000 },
];

/** @throws ShellboxError `postgres_failed`, `postgres_version`, `postgres_binaries_missing`, `disk_full`, `leftover_running` */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { places, logger, signal } = options;
  const binaries = await diskError(places.home, () => postgresBinaries({ ...options, home: places.home }));
  await writeAccessRules(places);
  if ((await stat(places.cluster).catch(() => undefined)) === undefined) await initialise(binaries, options);
  await checkVersion(binaries, options);
  const spec = childSpec(binaries, options);
  const child = await diskError(places.home, () => superviseChild(spec, logger, signal));
  return { databaseUrl: urlOf(places, ROLE, DATABASE), stop: child.stop };
}

/** Peer authentication: the kernel says who is at the other end, so there is no password to keep, and only our own user gets in. */
async function writeAccessRules({ home }: Places): Promise<void> {
  const user = JSON.stringify(ownUserName());
  await writeOpen(join(home, 'pg_hba.conf'), 'local all all peer map=shellbox\n');
  await writeOpen(join(home, 'pg_ident.conf'), `shellbox ${user} ${ROLE}\nshellbox ${user} ${SUPERUSER}\n`);
}

/** Readable for the server's user, whatever the umask; written beside the cluster, where that user could not plant a link. */
async function writeOpen(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o644);
}

/** initdb into a directory of its own, which gets its name when it is whole: a start that is killed leaves no half cluster. */
async function initialise(binaries: string, { places, user, signal }: PostgresOptions): Promise<void> {
  await diskError(places.home, () => Promise.resolve(), INIT_FREE_MIB);
  const prefix = 'cluster-partial-';
  const abandoned = (await readdir(places.home)).filter((name) => name.startsWith(prefix));
  // One of them may still be written by an initdb whose parent was killed; what stays is removed when a cluster is made again.
  await Promise.allSettled(abandoned.map((name) => rm(join(places.home, name), { recursive: true, force: true })));
  const partial = await mkdtemp(join(places.home, prefix));
  await giveTo(user, partial);
  const args = ['--pgdata', partial, '--username', SUPERUSER, '--auth-local', 'peer', '--auth-host', 'reject'];
  // The built-in locale sorts the same after an upgrade of the C library; the system's may not, which breaks indexes.
  args.push('--encoding', 'UTF8', '--locale-provider', 'builtin', '--locale', 'C.UTF-8', '--no-instructions');
  await diskError(places.home, async () => {
    const made = await run(join(binaries, 'bin/initdb'), args, { signal, user, timeoutMs: INIT_TIMEOUT_MS });
    if (made.status === 0) return await rename(partial, places.cluster);
    const cause = new Error(made.stderr || made.stdout, { cause: made.error });
    throw new ShellboxError('postgres_failed', 'The embedded database could not be made.', { cause });
  });
}

async function checkVersion(binaries: string, { places, user, signal }: PostgresOptions): Promise<void> {
  const cluster = (await readFile(join(places.cluster, 'PG_VERSION'), 'utf8').catch(damaged(places))).trim();
  const { stdout } = await run(join(binaries, 'bin/postgres'), ['--version'], { signal, user, timeoutMs: 5_000 });
  const program = /(\d+)/.exec(stdout)?.[1];
  if (program === undefined || program === cluster) return;
  throw new ShellboxError(
    'postgres_version',
    `The database in ${places.cluster} is of PostgreSQL ${cluster}, installed is ${program}.`,
    {
      remedy: `Back it up with the release of Shellbox that made it, and restore it with this one.`,
    },
  );
}

/** Somebody has taken parts of it away, or the disk has. */
function damaged({ cluster }: Places): (cause: unknown) => never {
  return (cause) => {
    throw new ShellboxError(
      'postgres_failed',
      `The database in ${cluster} is damaged: its PG_VERSION cannot be read.`,
      {
        remedy: 'Put the folder back from a copy; or move it away, and bring back a backup:  shellbox restore <file>',
        cause,
      },
    );
  };
}

function childSpec(binaries: string, { places, user, logger }: PostgresOptions): ChildSpec {
  return {
    name: 'PostgreSQL',
    code: 'postgres_failed',
    command: join(binaries, 'bin/postgres'),
    args: [
      '-D',
      places.cluster,
      ...Object.entries(settings(places)).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    workingDirectory: '/',
    user,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopSteps: STOP_STEPS,
    async prepare(signal) {
      await stopLeftovers({ program: 'postgres', directory: places.cluster, stopSteps: STOP_STEPS, logger, signal });
      // Nobody works in the cluster now, so these name a dead process, or by now another program that got its pid.
      const stale = [join(places.cluster, 'postmaster.pid'), join(places.sockets, `.s.PGSQL.${PORT}.lock`)];
      await Promise.all(stale.map((path) => rm(path, { force: true })));
    },
    ready: (signal) => makeReady(places, signal),
  };
}

function settings({ home, sockets }: Places): Record<string, string> {
  return {
    listen_addresses: '', // no TCP at all
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    port: String(PORT),
    hba_file: join(home, 'pg_hba.conf'),
    ident_file: join(home, 'pg_ident.conf'),
    shared_buffers: '64MB',
    max_connections: '60',
    max_wal_size: '256MB',
    io_method: 'sync', // saves three processes
    jit: 'off',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    // Failed statements are the client's to report; here they would put what people typed into the log.
    log_min_messages: 'log',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
  };
}

/** Resolves once the server answers and holds our role and database. */
async function makeReady(places: Places, signal: AbortSignal): Promise<void> {
  const client = await connect(urlOf(places, SUPERUSER, 'postgres'), signal);
  try {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [ROLE]);
    if (role.rowCount === 0) await client.query(`CREATE ROLE ${ROLE} LOGIN CREATEDB`);
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${ROLE}`);
  } finally {
    await client.end();
  }
}

async function connect(connectionString: string, signal: AbortSignal): Promise<Client> {
  while (true) {
    signal.throwIfAborted();
    const client = new Client({ connectionString, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {}); // a connection that breaks also fails its query
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      if (isRefusal(error)) throw error;
      await delay(10, undefined, { signal });
    }
  }
}

/** Class 28, invalid authorization: waiting does not change it. Everything else is a server that is not up yet. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('28');
}

/** Port and sslmode are spelt out because pg would take them from PGPORT and PGSSLMODE; `localhost` is only there to be a valid URL. */
function urlOf({ sockets }: Places, role: string, database: string): string {
  return `postgresql://${role}@localhost:${PORT}/${database}?host=${sockets}&sslmode=disable`;
}
