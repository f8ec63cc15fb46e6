// A database that cannot be used, in words for the operator; decided on the codes of PostgreSQL and of the network.
import { setTimeout as delay } from 'node:timers/promises';
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { migrate } from '../store/migrate.ts';
import { pendingMigrations } from '../store/pending.ts';

const ANSWER_MS = 15_000;

/** PostgreSQL, appendix A, and errno names. */
const FAULTS: Readonly<Record<string, { message: string; remedy: string }>> = {
  ECONNREFUSED: { message: 'No database answers at DATABASE_URL.', remedy: 'Start it, or correct host and port.' },
  ENOENT: { message: 'No database answers at the socket in DATABASE_URL.', remedy: 'Start it, or correct the path.' },
  ENOTFOUND: { message: 'The host in DATABASE_URL is not known.', remedy: 'Correct the host name.' },
  EAI_AGAIN: { message: 'The host in DATABASE_URL is not known.', remedy: 'Correct the host name, or look at DNS.' },
  ETIMEDOUT: {
    message: 'The database at DATABASE_URL does not answer.',
    remedy: 'Correct host and port, or open the firewall.',
  },
  EHOSTUNREACH: {
    message: 'The host in DATABASE_URL cannot be reached.',
    remedy: 'Correct the host, or look at the network.',
  },
  '28P01': { message: 'The database refuses the user or password in DATABASE_URL.', remedy: 'Correct them.' },
  '28000': { message: 'The database refuses the user in DATABASE_URL.', remedy: 'Correct it, or pg_hba.conf.' },
  '3D000': {
    message: 'The database that DATABASE_URL names does not exist.',
    remedy: 'createdb, or correct the name.',
  },
  '42501': { message: 'The user in DATABASE_URL may not make tables.', remedy: 'Let it own its database.' },
  '25006': {
    message: 'The database only lets itself be read.',
    remedy:
      'It is a replica, or default_transaction_read_only is on: point DATABASE_URL to the primary, or turn that off.',
  },
  '53100': {
    message: 'The disk of the database is full.',
    remedy: 'Free space where its data lies; then all goes on by itself.',
  },
  '55P03': {
    message: 'Somebody else holds the tables of the database.',
    remedy: 'End what is connected to it (select * from pg_stat_activity), such as a psql or a dump, and try again.',
  },
  '53300': {
    message: 'The database takes no more connections.',
    remedy: 'Raise max_connections, or end other programs.',
  },
};

/** pg gives no code to a deadline that passed, a connection that was cut, or a server that speaks something else. */
const OTHER = {
  message: 'The database cannot be used.',
  remedy: 'Look at its log, at the line above, and at DATABASE_URL.',
};

/** Migrates, and says what is wrong with DATABASE_URL when it cannot. @throws ShellboxError `database_unusable`, `database_failed`, and those of `migrate` */
export async function migrateDatabase(url: Secret, answerMs = ANSWER_MS): Promise<string[]> {
  const stopped = new AbortController();
  try {
    return await Promise.race([migrate(url), late(answerMs, stopped.signal)]);
  } catch (error) {
    throw databaseError(error);
  } finally {
    stopped.abort();
  }
}

/** @throws ShellboxError `not_migrated`, `database_unusable`, `database_failed` */
export async function requireMigrated(url: Secret): Promise<void> {
  const pending = await pendingMigrations(url).catch((error: unknown) => {
    throw databaseError(error);
  });
  if (pending.length === 0) return;
  throw new ShellboxError('not_migrated', `The database lacks of this release: ${pending.join(', ')}.`, {
    remedy: 'shellbox migrate',
  });
}

/** The error for people; `database_failed` when nobody knows why. */
export function databaseError(cause: unknown): ShellboxError {
  if (cause instanceof ShellboxError) return cause;
  const fault = FAULTS[codeOf(cause) ?? ''];
  const { message, remedy } = fault ?? OTHER;
  return new ShellboxError(fault === undefined ? 'database_failed' : 'database_unusable', message, { remedy, cause });
}

async function late(answerMs: number, signal: AbortSignal): Promise<never> {
  await delay(answerMs, undefined, { signal });
  throw new ShellboxError('database_unusable', `The database did not answer within ${answerMs / 1000} s.`, {
    remedy: 'Look whether DATABASE_URL is right, and whether another migration is running.',
  });
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
