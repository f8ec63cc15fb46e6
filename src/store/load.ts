// Puts a backup in the place of what a database holds, in one transaction: its tables as they were made then, its rows, then this release's changes.
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { type BackupHeader, type BackupPart, unreadable } from './backup-lines.ts';
import { newId } from './ids.ts';
import { LEDGER, lockMigrations, type Migration, readMigrations } from './migrate.ts';
import { pastClosed } from './past.ts';
import { HELD, type HeldLease, heldBy, ownTables, type Remains } from './remains.ts';

const CONNECT_MS = 5000;
const ROWS_AT_ONCE = 500;
/** Whoever holds a table for longer, a forgotten `psql` or another migrator, is for the operator to end. */
const LOCK_MS = 10_000;

export interface Loading {
  parts: AsyncIterable<BackupPart>;
  /** Of the installation from now on: the backup's, or another one for a copy. */
  installId: string;
  isCopy: boolean;
  /** How long it waits for tables that somebody else holds, milliseconds; 10,000 when left out. */
  lockMs?: number;
  /** Nobody else can be at this database: who holds a lease in it is dead. */
  isAlone: boolean;
}

/**
 * Nothing of the database changes when it rejects: with `backup_unreadable` or `backup_newer`, with `service_running` when somebody is at work in it, or with
 * the error of `pg`. Others' tables stay.
 */
export async function loadBackup(url: Secret, loading: Loading): Promise<{ tables: number; rows: number }> {
  const client = new Client({ connectionString: url.reveal(), connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => {}); // a connection that breaks fails its query as well
  await client.connect();
  try {
    await client.query(`SELECT set_config('lock_timeout', $1, false)`, [String(loading.lockMs ?? LOCK_MS)]);
    await lockMigrations(client);
    await client.query('BEGIN');
    const loaded = await load(client, loading);
    await client.query('COMMIT');
    return loaded;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // the connection is gone, and the transaction with it
    throw error;
  } finally {
    await client.end();
  }
}

async function load(client: Client, loading: Loading): Promise<{ tables: number; rows: number }> {
  let header: BackupHeader | undefined;
  let later: readonly Migration[] = [];
  let target: { name: string; columns: readonly string[] } | undefined;
  let batch: string[] = [];
  const insert = async (): Promise<void> => {
    if (target === undefined || batch.length === 0) return;
    const table = client.escapeIdentifier(target.name);
    const columns = target.columns.map((name) => client.escapeIdentifier(name)).join(', ');
    await client.query(
      `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1::json)`,
      [`[${batch.join(',')}]`],
    );
    batch = [];
  };
  for await (const part of loading.parts) {
    if (part.kind === 'row') {
      if (batch.push(part.json) >= ROWS_AT_ONCE) await insert();
      continue;
    }
    await insert();
    if (part.kind === 'header') {
      header = part.header;
      later = await makeTables(client, header, loading);
    } else if (part.kind === 'table') {
      if (!(await ownTables(client)).includes(part.name))
        throw unreadable(`it has a table ${part.name}, which its release had not`);
      target = part;
    } else if (header !== undefined) {
      await checkReferences(client, 'always');
      for (const migration of later) await apply(client, migration);
      await settle(client, header, loading);
      return part;
    }
  }
  throw unreadable('its end is missing');
}

/** The tables as the backup's release had them, empty; what this release adds is returned. */
async function makeTables(client: Client, header: BackupHeader, { isAlone }: Loading): Promise<Migration[]> {
  const migrations = await readMigrations();
  const known = migrationsOf(header, migrations);
  const tables = await ownTables(client);
  if (!isAlone) await refuseAtWork(client, tables);
  if (tables.length > 0)
    await client.query(`DROP TABLE ${tables.map((name) => client.escapeIdentifier(name)).join(', ')}`);
  await client.query(LEDGER);
  await client.query('DELETE FROM "_prisma_migrations" WHERE migration_name = ANY($1)', [
    migrations.map(({ name }) => name),
  ]);
  for (const migration of known) await apply(client, migration);
  await checkReferences(client, 'later');
  return migrations.filter((migration) => !known.includes(migration));
}

/** @throws ShellboxError `backup_newer` when the backup knows a migration that this release has not, or has otherwise */
export function migrationsOf({ migrations, version }: BackupHeader, ours: readonly Migration[]): Migration[] {
  return migrations.map(({ name, checksum }) => {
    const found = ours.find((migration) => migration.name === name && migration.checksum === checksum);
    if (found !== undefined) return found;
    throw new ShellboxError(
      'backup_newer',
      `The backup was made by Shellbox ${version}, whose database is another one (${name}).`,
      {
        remedy: 'Nothing was changed. Restore it with that release, or a newer one.',
      },
    );
  });
}

/** Also in the transaction, because somebody may have begun since it was asked first. */
async function refuseAtWork(client: Client, tables: readonly string[]): Promise<void> {
  if (!tables.includes('leases')) return;
  await client.query('LOCK TABLE leases IN ACCESS EXCLUSIVE MODE');
  const { rows } = await client.query<HeldLease>(HELD);
  if (rows.length > 0) throw atWork(heldBy(rows));
}

export function atWork({ holders, heldForS }: Pick<Remains, 'holders' | 'heldForS'>): ShellboxError {
  const killed = heldForS > 0 ? ` If they were killed: in ${heldForS} s.` : '';
  return new ShellboxError('service_running', `Others are at work in this database: ${holders.join(', ')}.`, {
    remedy: `Nothing was changed. Stop "start", and every "bots" and "worker", and try again.${killed}`,
  });
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await client.query(
    'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)',
    [randomUUID(), checksum, name],
  );
}

/** While rows are filled in, what one refers to may not be there yet; in the end all of it is. */
async function checkReferences(client: Client, when: 'later' | 'always'): Promise<void> {
  if (when === 'always') await client.query('SET CONSTRAINTS ALL IMMEDIATE');
  const own = (await ownTables(client)).map((name) => client.escapeIdentifier(name));
  const { rows } = await client.query<{ name: string; on: string }>(
    `SELECT conname AS name, conrelid::regclass::text AS on FROM pg_constraint
     WHERE contype = 'f' AND conrelid = ANY($1::regclass[])`,
    [own],
  );
  const how = when === 'always' ? 'NOT DEFERRABLE' : 'DEFERRABLE INITIALLY DEFERRED';
  for (const { name, on } of rows)
    await client.query(`ALTER TABLE ${on} ALTER CONSTRAINT ${client.escapeIdentifier(name)} ${how}`);
}

/** What is true of the database from now on: nothing of its past is under way, and it knows that it was brought back. */
async function settle(client: Client, header: BackupHeader, { installId, isCopy }: Loading): Promise<void> {
  await client.query('DELETE FROM leases');
  for (const statement of pastClosed()) await client.query(statement);
  if (isCopy) for (const statement of copied(header)) await client.query(statement);
  else
    await client.query(
      `INSERT INTO settings (key, value) SELECT 'quarantine', jsonb_build_object('cause', 'restored', 'since', now(), 'detail', $1::text)::text
       ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`,
      [`The backup was taken at ${header.takenAt}.`],
    );
  await client.query(`DELETE FROM settings WHERE key IN ('quarantine_release', 'quarantine_report')`);
  await client.query(
    `INSERT INTO settings (key, value) VALUES ('install_id', $1) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`,
    [installId],
  );
  const target = { takenAt: header.takenAt, from: header.installId, as: isCopy ? 'copy' : 'same' };
  await client.query(`INSERT INTO audit (id, actor, action, target) VALUES ($1, 'system', 'house.restored', $2)`, [
    newId(),
    JSON.stringify(target),
  ]);
}

/** A copy owns no instance, no home and no snapshot, so its boxes are destroyed ones without a home, and it has keys of its own. */
function copied({ takenAt }: BackupHeader): readonly string[] {
  return [
    `UPDATE usage SET ended_at = GREATEST(started_at, '${takenAt}'::timestamptz) WHERE ended_at IS NULL`,
    `UPDATE instances SET gone_at = now() WHERE gone_at IS NULL`,
    `UPDATE boxes SET state = 'destroyed', desired = 'destroyed', destroyed_at = COALESCE(destroyed_at, now()),
      state_since = CASE WHEN state = 'destroyed' THEN state_since ELSE now() END, purge_after = COALESCE(purge_after, now()),
      purged_at = COALESCE(purged_at, now()), host_private_key = NULL, reserved_mib = 0, epoch = epoch + 1, error_code = NULL, error_text = NULL,
      endpoint_host = NULL, endpoint_port = NULL, stop_at = NULL, stop_cause = NULL, warned_at = NULL, extended_until = NULL`,
    `DELETE FROM ports`,
    `UPDATE capacity SET reserved_mib = 0`,
    `DELETE FROM orphans`,
    `DELETE FROM snapshots`,
    `UPDATE messages SET state = 'held' WHERE state IN ('pending', 'kept') OR kind = 'light'`,
    `DELETE FROM settings WHERE secret IS NOT NULL OR key IN ('quarantine', 'released_at')`,
  ];
}
