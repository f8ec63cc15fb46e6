// Whether Redis takes a write just now, and in which way it refuses one.
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { withRedis } from './ping.ts';

const KEY = 'shellbox:doctor';
const KEEP_MS = 1000;

/** By the first word of an error reply, which is its code (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors). */
const REFUSALS: Readonly<Record<string, { message: string; remedy: string }>> = {
  READONLY: {
    message: 'Redis only lets itself be read: it is a replica.',
    remedy: 'Point REDIS_URL to the primary, or make this one it: REPLICAOF NO ONE.',
  },
  MISCONF: {
    message: 'Redis refuses writes because it cannot save to its disk.',
    remedy:
      'Free space on its disk, or look at its log; CONFIG SET stop-writes-on-bgsave-error no if it need not save.',
  },
  OOM: {
    message: 'Redis has no memory left.',
    remedy: 'Raise its maxmemory, or see what else uses it; Shellbox needs some megabytes.',
  },
  NOPERM: {
    message: 'The user in REDIS_URL may not write.',
    remedy: 'Give it all commands and keys: ACL SETUSER <name> allcommands allkeys allchannels.',
  },
  NOAUTH: { message: 'Redis wants a password.', remedy: 'Put it into REDIS_URL: redis://:<password>@host:port.' },
  WRONGPASS: { message: 'Redis refuses the user or password in REDIS_URL.', remedy: 'Correct them.' },
};

/** `deadlineMs` is for connecting and for each command. @throws ShellboxError `redis_unusable` */
export async function tryRedis(redisUrl: Secret, deadlineMs: number): Promise<void> {
  try {
    await withRedis(redisUrl, deadlineMs, (redis) => redis.set(KEY, '1', 'PX', KEEP_MS));
  } catch (error) {
    const refusal = REFUSALS[codeOf(error)];
    if (refusal === undefined) throw error;
    throw new ShellboxError('redis_unusable', refusal.message, { remedy: refusal.remedy, cause: error });
  }
}

/** '' for what is no error reply. */
function codeOf(error: unknown): string {
  const cause = error instanceof ShellboxError ? error.cause : error;
  return cause instanceof Error ? (cause.message.split(' ', 1)[0] ?? '') : '';
}
