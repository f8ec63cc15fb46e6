// Which migrations a database still lacks; reads only.
import { Client } from 'pg';
import type { Secret } from '../secret.ts';
import { readMigrations } from './migrate.ts';

const CONNECT_MS = 5000;

/** Names of this release's migrations that the database does not have. Rejects with the error of `pg` when it does not answer. */
export async function pendingMigrations(url: Secret): Promise<string[]> {
  const names = (await readMigrations()).map(({ name }) => name);
  const client = new Client({
    connectionString: url.reveal(),
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
  });
  client.on('error', () => {}); // a connection that breaks fails its query as well
  await client.connect();
  try {
    const ledger = await client.query<{ found: boolean }>(
      `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`,
    );
    if (ledger.rows[0]?.found !== true) return names;
    const { rows } = await client.query<{ name: string }>(
      'SELECT migration_name AS name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const applied = new Set(rows.map(({ name }) => name));
    return names.filter((name) => !applied.has(name));
  } finally {
    await client.end();
  }
}
