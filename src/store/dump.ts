// Reads a whole database as the lines of a backup, from one snapshot, while others go on writing.
import { Client } from 'pg';
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { BACKUP_FORMAT, type BackupHeader, hashRows } from './backup-lines.ts';
import { ownTables } from './remains.ts';

const CONNECT_MS = 5000;
const ROWS_AT_ONCE = 1000;
/** Who works now; nobody will when it is restored. */
const LEFT_OUT: readonly string[] = ['leases'];

/**
 * The lines, the header first. `installId`, as the operator set it, counts before the one in the database. Rejects with the error of `pg`, with `database_empty` when
 * there is nothing of ours.
 */
export async function* dumpLines(
  url: Secret,
  about: { version: string; installId: string | undefined },
): AsyncGenerator<string> {
  const client = new Client({ connectionString: url.reveal(), connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => {}); // a connection that breaks fails its query as well
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1`);
    const tables = (await ownTables(client)).filter((name) => !LEFT_OUT.includes(name));
    yield JSON.stringify(await headerOf(client, tables, about));
    for (const name of tables) yield* tableLines(client, name);
    yield JSON.stringify({ '#': 'whole', tables: tables.length });
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function headerOf(
  client: Client,
  tables: readonly string[],
  { version, installId }: { version: string; installId: string | undefined },
): Promise<BackupHeader> {
  const stored = tables.includes('settings')
    ? await client.query<{ value: string }>(`SELECT value FROM settings WHERE key = 'install_id'`)
    : { rows: [] };
  const id = installId ?? stored.rows[0]?.value;
  if (id === undefined)
    throw new ShellboxError('database_empty', 'The database holds no installation yet; there is nothing to back up.', {
      remedy: 'Start it once:  shellbox start',
    });
  const [now, migrations] = [
    await client.query<{ at: Date }>('SELECT now() AS at'),
    await client.query<{ name: string; checksum: string }>(
      `SELECT migration_name AS name, checksum FROM "_prisma_migrations"
       WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
    ),
  ];
  return {
    '#': 'shellbox-backup',
    format: BACKUP_FORMAT,
    version,
    takenAt: (now.rows[0]?.at ?? new Date(0)).toISOString(),
    installId: id,
    migrations: migrations.rows,
  };
}

async function* tableLines(client: Client, name: string): AsyncGenerator<string> {
  const table = client.escapeIdentifier(name);
  const columns = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );
  const head = JSON.stringify({ '#': 'table', name, columns: columns.rows.map((column) => column.name) });
  yield head;
  const hash = hashRows(head);
  await client.query(`DECLARE rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM ${table} t`);
  for (;;) {
    const { rows } = await client.query<{ line: string }>(`FETCH ${ROWS_AT_ONCE} FROM rows`);
    for (const { line } of rows) {
      hash.add(line);
      yield line;
    }
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await client.query('CLOSE rows');
  yield JSON.stringify({ '#': 'end', name, ...hash.end() });
}
