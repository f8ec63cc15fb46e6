// The end of an installation in a database that it shares: its own tables go, and nothing else.
import { Client } from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Secret, secret } from '../../src/secret.ts';
import { migrate } from '../../src/store/migrate.ts';
import { dropRemains, readRemains } from '../../src/store/remains.ts';
import { startServers } from '../support/postgres.ts';

describe('remains', { timeout: 30_000 }, () => {
  let url: Secret;
  let db: Client;

  beforeAll(async () => {
    const servers = await startServers();
    url = secret(servers.databaseUrl);
    db = new Client({ connectionString: servers.databaseUrl });
    await db.connect();
    return async () => {
      await db.end();
      await servers.stop();
    };
  });
  beforeEach(async () => {
    await db.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await migrate(url);
  });

  const tables = async () =>
    (await db.query<{ tablename: string }>(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)).rows
      .map(({ tablename }) => tablename)
      .sort();

  test('are all tables that migrations made, and go without those of other programs', async () => {
    const made = (await tables()).filter((name) => name !== '_prisma_migrations');
    await db.query('CREATE TABLE invoices (id int)');
    await db.query(`INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ('x', 'x', '1_theirs')`);
    await db.query(`INSERT INTO leases VALUES ('a', 'here:1', now() + interval '1 min', 1), ('b', 'gone:2', now(), 1)`);
    const found = await readRemains(url);
    expect(found).toMatchObject({ installId: undefined, homes: 0, holders: ['here:1'], tables: made });
    expect(found.heldForS).toBeGreaterThan(0);
    expect(found.heldForS).toBeLessThanOrEqual(60);
    await dropRemains(url);
    expect(await tables()).toEqual(['_prisma_migrations', 'invoices']);
    expect((await db.query('SELECT migration_name FROM "_prisma_migrations"')).rows).toEqual([
      { migration_name: '1_theirs' },
    ]);
    await dropRemains(url);
    expect(await readRemains(url)).toEqual({ installId: undefined, homes: 0, holders: [], heldForS: 0, tables: [] });
  });

  test('are of nobody who was killed a minute ago, though what comes round once an hour is still held', async () => {
    await db.query(`INSERT INTO leases (name, holder, until) VALUES
      ('round:tidy', 'killed:1', now() + interval '2 h'), ('round:reconcile', 'worker:2', now() + interval '65 s'), ('lane:chat:1', 'bots:3', now() + interval '15 s')`);
    expect((await readRemains(url)).holders).toEqual(['bots:3', 'worker:2']);
    await db.query(`UPDATE leases SET until = now() WHERE name <> 'round:tidy'`);
    expect((await readRemains(url)).holders).toEqual([]);
  });

  test('are none where tables of the same names were made by another program', async () => {
    await db.query(`UPDATE "_prisma_migrations" SET migration_name = 'theirs_' || migration_name`);
    await db.query(`INSERT INTO settings (key, value) VALUES ('install_id', 'theirs')`);
    const before = await tables();
    expect(await readRemains(url)).toEqual({ installId: undefined, homes: 0, holders: [], heldForS: 0, tables: [] });
    await dropRemains(url);
    expect(await tables()).toEqual(before);
  });
});
