// The one connection to PostgreSQL: a pool, transactions with a retry where the database asks for one, and an end.
import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { Prisma, PrismaClient } from './prisma/client.ts';

/** A transaction, or the pool itself where one statement is enough. Only files of this folder look inside. */
export type Tx = Prisma.TransactionClient;

export interface Database {
  /** For single statements, each its own transaction. */
  readonly tx: Tx;
  /** Runs `work` in one transaction; again, at most twice, when the database reports a deadlock. `work` must not act outside it. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  /** Connections of this process's pool, and who waits for one. */
  pool(): { open: number; idle: number; waiting: number };
  close(): Promise<void>;
}

const LONGEST_WAIT_MS = 10_000;
const LONGEST_TRANSACTION_MS = 20_000;
/** A new connection costs a process and its statements' plans, while somebody waits. */
const IDLE_CONNECTION_MS = 10 * 60_000;

/** Opens the pool; connects on first use. `connections` is the pool's size. */
export function openDatabase(url: Secret, connections = 10): Database {
  const pool = new Pool({ connectionString: url.reveal(), max: connections, idleTimeoutMillis: IDLE_CONNECTION_MS });
  // A connection may end in the moment in which it goes from one user to the next, and neither listens; an error that nobody listens to
  // ends the process. Whoever asks on it next is told that it is gone.
  pool.on('connect', (connection) => void connection.on('error', () => {}));
  const adapter = new PrismaPg(pool, { statementNameGenerator: createStatementNames(), disposeExternalPool: true });
  const client = new PrismaClient({ adapter });

  async function transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await client.$transaction(work, { maxWait: LONGEST_WAIT_MS, timeout: LONGEST_TRANSACTION_MS });
      } catch (error) {
        if (attempt >= 3 || !isDeadlock(error)) throw error;
        await delay(5 * attempt);
      }
    }
  }

  return {
    tx: client,
    transaction,
    async ping() {
      await client.$queryRaw`SELECT 1`;
    },
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => client.$disconnect(),
  };
}

/** Our statements are a few hundred texts; the number of a text is its name on every connection. */
const MOST_STATEMENTS = 1000;

/** Names under which PostgreSQL keeps a statement parsed and planned; what comes after the first thousand texts is not kept. */
function createStatementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= MOST_STATEMENTS) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}

/** 40P01 deadlock detected, 40001 serialization failure (PostgreSQL, appendix A). */
function isDeadlock(error: unknown): boolean {
  return (
    error instanceof Prisma.PrismaClientKnownRequestError && (error.code === 'P2034' || rawCode(error) === '40P01')
  );
}

function rawCode(error: Prisma.PrismaClientKnownRequestError): unknown {
  const cause = error.meta?.driverAdapterError;
  if (typeof cause !== 'object' || cause === null || !('cause' in cause)) return undefined;
  const inner = cause.cause;
  return typeof inner === 'object' && inner !== null && 'originalCode' in inner ? inner.originalCode : undefined;
}

/** The single row of a statement that always yields one. */
export function only<T>(rows: readonly T[]): T {
  const row = rows[0];
  if (row === undefined) throw new ShellboxError('no_row', 'The database answered without a row.');
  return row;
}
