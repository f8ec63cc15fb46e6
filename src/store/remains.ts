// What a database holds of an installation, without needing this release's schema; and its removal at the installation's end.
import { Client } from 'pg';
import type { Secret } from '../secret.ts';
import { readMigrations } from './migrate.ts';

const CONNECT_MS = 5000;
const QUERY_MS = 30_000;
/** Of live boxes that came up once, and of destroyed ones that can come back. */
const HOMES = `SELECT count(*)::int AS count FROM boxes WHERE state IN ('starting', 'running', 'stopping', 'stopped')
  OR (state = 'destroyed' AND purged_at IS NULL AND host_private_key IS NOT NULL)`;

export interface HeldLease {
  holder: string;
  /** Seconds left of the longest that it holds. */
  left: number;
}

/**
 * Who is at work. Whoever is holds leases that run out within a minute unless they are renewed (lanes, the reconciler, the sealer); what
 * comes round once an hour is held for two, also by a process that was killed, and says nothing.
 */
export const HELD = `SELECT holder, ceil(extract(epoch FROM max(until) - now()))::int AS left FROM leases
  WHERE until > now() AND until < now() + interval '70 seconds' GROUP BY holder`;

export interface Remains {
  /** Undefined in a database that no Shellbox has used. */
  installId: string | undefined;
  /** Processes at work, by host and process id; one that was killed is among them for a minute. */
  holders: readonly string[];
  /** In how many seconds the last of those leases runs out, if nobody renews it. */
  heldForS: number;
  /** Boxes that have a home somewhere, by what it knows. */
  homes: number;
  /** Our tables that are there. */
  tables: readonly string[];
}

/** Reads only. Rejects with the error of `pg` when the database does not answer. */
export async function readRemains(url: Secret): Promise<Remains> {
  return await connected(url, async (client) => {
    const tables = await ownTables(client);
    const rowsOf = async <Row extends object>(table: string, sql: string): Promise<Row[]> =>
      tables.includes(table) ? (await client.query<Row>(sql)).rows : [];
    const [id] = await rowsOf<{ value: string }>('settings', `SELECT value FROM settings WHERE key = 'install_id'`);
    const leases = await rowsOf<HeldLease>('leases', HELD);
    const [boxes] = await rowsOf<{ count: number }>('boxes', HOMES);
    return {
      installId: id?.value,
      homes: boxes?.count ?? 0,
      ...heldBy(leases),
      tables,
    };
  });
}

/** What `HELD` found, for people. */
export function heldBy(leases: readonly HeldLease[]): Pick<Remains, 'holders' | 'heldForS'> {
  return {
    holders: leases.map(({ holder }) => holder).sort(),
    heldForS: Math.max(0, ...leases.map(({ left }) => left)),
  };
}

/** Drops our tables and what our migrations are recorded as, all or nothing; other tables stay. Of none is success. */
export async function dropRemains(url: Secret): Promise<void> {
  await connected(url, async (client) => {
    const tables = await ownTables(client);
    if (tables.length === 0) return;
    await client.query('BEGIN');
    await client.query(`DROP TABLE ${tables.map((name) => client.escapeIdentifier(name)).join(', ')}`);
    const names = (await readMigrations()).map(({ name }) => name);
    await client.query('DELETE FROM "_prisma_migrations" WHERE migration_name = ANY($1)', [names]);
    // Another program that uses Prisma may keep its record in the same table.
    const { rows } = await client.query('SELECT 1 FROM "_prisma_migrations" LIMIT 1');
    if (rows.length === 0) await client.query('DROP TABLE "_prisma_migrations"');
    await client.query('COMMIT');
  });
}

/** Tables that our migrations made. Where none of them was applied, tables of the same names are somebody else's. */
export async function ownTables(client: Client): Promise<string[]> {
  const ledger = await client.query<{ found: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`,
  );
  if (ledger.rows[0]?.found !== true) return [];
  const migrations = await readMigrations();
  const applied = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const names = applied.rows.map(({ name }) => name);
  const made = migrations
    .filter(({ name }) => names.includes(name))
    .flatMap(({ sql }) => [...sql.matchAll(/^CREATE TABLE "([^"]+)"/gm)].map(([, table = '']) => table));
  const there = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY($1) ORDER BY 1',
    [made],
  );
  return there.rows.map(({ name }) => name);
}

async function connected<T>(url: Secret, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url.reveal(),
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
  });
  client.on('error', () => {}); // a connection that breaks fails its query as well
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
