// Whether the database takes a write just now; what is written is a lease that has run out already.
import { Client } from 'pg';
import type { Secret } from '../secret.ts';

const DEADLINE_MS = 5000;

/** Rejects with the error of `pg` when it does not: read-only, full, without the rights, or away. */
export async function tryWriting(url: Secret): Promise<void> {
  const client = new Client({
    connectionString: url.reveal(),
    connectionTimeoutMillis: DEADLINE_MS,
    query_timeout: DEADLINE_MS,
  });
  client.on('error', () => {}); // a connection that breaks fails its query as well
  await client.connect();
  try {
    await client.query(
      `INSERT INTO leases (name, holder, until) VALUES ('doctor', 'doctor', now()) ON CONFLICT (name) DO UPDATE SET until = now()`,
    );
  } finally {
    await client.end();
  }
}
