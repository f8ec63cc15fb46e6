// Migrations: applied once and in order, refused when they are not what the database knows, and true to prisma/schema.prisma.
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sqlOfSchema } from '../../scripts/schema-sql.ts';
import { secret } from '../../src/secret.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { type Servers, startServers } from '../support/postgres.ts';

let servers: Servers;
let folder: string;
let made = 0;
beforeAll(async () => {
  servers = await startServers();
  folder = await mkdtemp(join(tmpdir(), 'shellbox-migrations-'));
});
afterAll(async () => {
  await servers.stop();
  await rm(folder, { recursive: true, force: true });
});

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const query = <T extends object>(url: string, text: string): Promise<T[]> =>
  connected(url, async (client) => (await client.query<T>(text)).rows);

async function emptyDatabase(): Promise<string> {
  const name = `fresh${++made}`;
  await query(servers.databaseUrl, `CREATE DATABASE ${name}`);
  const url = new URL(servers.databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** A copy of the migrations that a test may change. */
async function copiedMigrations(): Promise<string> {
  const copy = join(folder, `copy${++made}`);
  await cp('prisma/migrations', copy, { recursive: true });
  return copy;
}

async function addMigration(to: string, name: string, sql: string): Promise<void> {
  await mkdir(join(to, name));
  await writeFile(join(to, name, 'migration.sql'), sql);
}

describe('the runner', () => {
  test('applies everything once, records it as Prisma does, and then nothing', async () => {
    const url = await emptyDatabase();
    const names = (await readMigrations()).map((migration) => migration.name);
    expect(await migrate(secret(url))).toEqual(names);
    expect(await migrate(secret(url))).toEqual([]);
    const rows = await query(
      url,
      `SELECT migration_name AS name, length(checksum) AS checksum, applied_steps_count AS steps, finished_at IS NOT NULL AS finished
       FROM _prisma_migrations ORDER BY 1`,
    );
    expect(rows).toEqual(names.map((name) => ({ name, checksum: 64, steps: 1, finished: true })));
  });

  test('started by several programs at once applies everything once', async () => {
    const url = await emptyDatabase();
    const applied = await Promise.all([migrate(secret(url)), migrate(secret(url)), migrate(secret(url))]);
    expect(applied.flat()).toEqual((await readMigrations()).map((migration) => migration.name));
  });

  test('refuses a migration that was changed after it was applied', async () => {
    const [url, copy] = [await emptyDatabase(), await copiedMigrations()];
    const [first] = await migrate(secret(url), copy);
    await appendFile(join(copy, first ?? '', 'migration.sql'), '\n-- changed');
    await expect(migrate(secret(url), copy)).rejects.toMatchObject({ code: 'migration_changed' });
  });

  test('refuses a database that knows more than this program, and changes nothing', async () => {
    const [url, copy] = [await emptyDatabase(), await copiedMigrations()];
    await addMigration(copy, '99990101000000_later', 'CREATE TABLE later (id int)');
    await migrate(secret(url), copy);
    await expect(migrate(secret(url))).rejects.toMatchObject({ code: 'database_newer' });
  });

  test('leaves nothing of a migration that fails half way, and applies it once it is mended', async () => {
    const [url, copy] = [await emptyDatabase(), await copiedMigrations()];
    await addMigration(copy, '99990101000000_broken', 'CREATE TABLE half (id int); SELECT 1 / 0;');
    await expect(migrate(secret(url), copy)).rejects.toThrow('division by zero');
    expect(await query(url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
    await writeFile(join(copy, '99990101000000_broken', 'migration.sql'), 'CREATE TABLE half (id int)');
    expect(await migrate(secret(url), copy)).toEqual(['99990101000000_broken']);
  });
});

describe('the migrations against prisma/schema.prisma', () => {
  /** All that Prisma's schema can say; what it cannot (partial indexes, checks) is left out. */
  async function shapeIn(client: Client): Promise<string[]> {
    const { rows } = await client.query<{ line: string }>(
      `SELECT format('%s.%s %s %s default %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END, coalesce(pg_get_expr(d.adbin, d.adrelid), 'none')) AS line
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> '_prisma_migrations'
       UNION ALL SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE c.relnamespace = 'public'::regnamespace AND i.indpred IS NULL AND c.relname <> '_prisma_migrations'
       UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f', 'u') AND conrelid <> '_prisma_migrations'::regclass
       ORDER BY 1`,
    );
    return rows.map((row) => row.line);
  }

  async function schemaShape(): Promise<string[]> {
    const url = await emptyDatabase();
    await query(url, await sqlOfSchema(url));
    await query(url, 'CREATE TABLE _prisma_migrations (id int)');
    return connected(url, shapeIn);
  }

  test('make the same tables, columns, keys and indexes', async () => {
    const shape = await schemaShape();
    expect(shape.length).toBeGreaterThan(150);
    expect(await connected(servers.databaseUrl, shapeIn)).toEqual(shape);
  });

  test.each([
    ['a column more', 'ALTER TABLE boxes ADD COLUMN colour text'],
    ['a column less', 'ALTER TABLE boxes DROP COLUMN home_used_bytes'],
    ['another type', 'ALTER TABLE boxes ALTER COLUMN created_at TYPE timestamp(3)'],
    ['another default', 'ALTER TABLE boxes ALTER COLUMN incarnation SET DEFAULT 2'],
    ['a null that was none', 'ALTER TABLE boxes ALTER COLUMN name DROP NOT NULL'],
    ['an index less', 'DROP INDEX commands_job_id_idx'],
    ['a foreign key less', 'ALTER TABLE boxes DROP CONSTRAINT boxes_account_id_fkey'],
    ['a table more', 'CREATE TABLE more (id int)'],
  ])('would be told apart by %s', async (_what, drift) => {
    await connected(servers.databaseUrl, async (client) => {
      const before = await shapeIn(client);
      await client.query('BEGIN');
      await client.query(drift);
      expect(await shapeIn(client)).not.toEqual(before);
      await client.query('ROLLBACK');
    });
  });

  test('keep the constraints that Prisma cannot say', async () => {
    const rows = await query<{ name: string }>(
      servers.databaseUrl,
      `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indpred IS NOT NULL AND indisunique
       UNION SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace`,
    );
    const names = rows.map((row) => row.name);
    const promised = ['boxes_live_name', 'jobs_live', 'usage_open', 'replies_final', 'messages_final'];
    const checks = [
      'boxes_state',
      'boxes_desired',
      'boxes_name',
      'boxes_destroyed_keeps_nothing',
      'jobs_state',
      'jobs_lease',
    ];
    expect(names).toEqual(expect.arrayContaining([...promised, ...checks, 'capacity_reserved', 'usage_order']));
  });
});
