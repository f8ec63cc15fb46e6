// The unprivileged user that the embedded servers run as when root starts them: PostgreSQL refuses root.
import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ShellboxError } from '../errors.ts';
import { type RunAs, run } from './run.ts';

const SERVICE_USER = 'shellbox-pg';

/** Debian's own PostgreSQL user, for systems where no user can be added. */
const FALLBACK_USER = 'postgres';

const TOOL_TIMEOUT_MS = 5_000;

/**
 * Who runs the servers: undefined (ourselves) unless we are root. A database that is there already keeps its owner.
 *
 * @throws ShellboxError `service_user_missing`
 */
export async function resolveServiceUser(owner: RunAs | undefined, signal: AbortSignal): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (owner !== undefined && owner.uid !== 0) return owner;
  return (await lookUp(SERVICE_USER, signal)) ?? (await addUser(signal)) ?? (await fallback(signal));
}

/** Our own name in the user database, which peer authentication compares. @throws ShellboxError `user_unknown` */
export function ownUserName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    throw new ShellboxError('user_unknown', `The user id ${process.getuid?.()} has no name on this system.`, {
      remedy: 'Add it to /etc/passwd (useradd), or set DATABASE_URL and REDIS_URL.',
      cause,
    });
  }
}

async function lookUp(name: string, signal: AbortSignal): Promise<RunAs | undefined> {
  const { stdout } = await run('getent', ['passwd', name], { signal, timeoutMs: TOOL_TIMEOUT_MS });
  const [, , uid, gid] = stdout.trim().split(':');
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** useradd fails while another one holds /etc/passwd, so a failure is looked at twice. */
async function addUser(signal: AbortSignal): Promise<RunAs | undefined> {
  const args = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  for (let attempt = 1; attempt <= 5; attempt++) {
    const options = { signal, timeoutMs: TOOL_TIMEOUT_MS };
    const added = await run('useradd', [...args, '--shell', '/usr/sbin/nologin', SERVICE_USER], options);
    const user = await lookUp(SERVICE_USER, signal);
    if (user !== undefined || added.status === undefined) return user;
    await delay(100 * attempt, undefined, { signal });
  }
  return undefined;
}

async function fallback(signal: AbortSignal): Promise<RunAs> {
  const user = await lookUp(FALLBACK_USER, signal);
  if (user !== undefined) return user;
  throw new ShellboxError(
    'service_user_missing',
    `PostgreSQL does not run as root, and no user ${SERVICE_USER} could be added.`,
    {
      remedy: `useradd --system --no-create-home --shell /usr/sbin/nologin ${SERVICE_USER}`,
    },
  );
}
