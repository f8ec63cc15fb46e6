// account and doctor without a running service: they start the database of the directory for a moment.
import { readdir } from 'node:fs/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secret } from '../../src/secret.ts';
import { signUp } from '../../src/store/accounts.ts';
import { sealAudit } from '../../src/store/audit.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type Servers, startServers } from '../support/postgres.ts';
import { freshFolder, runProgram } from './program.ts';

const IDENTITY = `ssh:SHA256:${'b'.repeat(43)}`;

describe('account', { timeout: 60_000 }, () => {
  let servers: Servers;
  let env: Record<string, string>;

  beforeAll(async () => {
    servers = await startServers();
    env = {
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      SHELLBOX_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
      DOCKER_HOST: 'unix:///nonexistent/docker.sock',
      SHELLBOX_DATA_DIR: `${servers.dataDir}/other`,
      SSH_SIGNUP: 'open',
    };
    const db = openDatabase(secret(servers.databaseUrl), 1);
    for (const [display, letter] of [
      ['ana@laptop', 'b'],
      ['ben', 'c'],
      ['ben', 'd'],
    ]) {
      const who = { door: 'ssh', tenant: '', subject: `SHA256:${letter?.repeat(43)}`, display: display ?? '' };
      await signUp(db.tx, who, { timeZone: 'UTC', admin: false });
    }
    await db.close();
  });
  afterAll(() => servers.stop());

  const account = async (...words: string[]) => runProgram(await freshFolder(), ['account', ...words], env);

  test('tier and rights are changed, shown, and written to the audit', async () => {
    expect(await account('tier', IDENTITY, 'pro')).toMatchObject({
      status: 0,
      out: expect.stringContaining('free → pro'),
    });
    expect(await account('admin', 'ana@laptop', 'on')).toMatchObject({
      status: 0,
      out: expect.stringContaining('operator'),
    });
    const shown = await account('show', 'ana@laptop');
    expect(shown.out).toContain('pro · operator');
    expect(shown.out).toContain(IDENTITY);
    expect((await account('list')).out.split('\n')).toHaveLength(4);
    const client = new Client({ connectionString: servers.databaseUrl });
    await client.connect();
    const { rows } = await client.query("SELECT action, actor FROM audit WHERE action LIKE 'account.%' ORDER BY id");
    const told = await client.query("SELECT reply::text AS said FROM notices WHERE kind = 'tier'");
    await client.end();
    expect(told.rows).toEqual([{ said: expect.stringContaining('free → pro') }]);
    expect(rows).toEqual([
      { action: 'account.tier_set', actor: 'system' },
      { action: 'account.admin_given', actor: 'system' },
    ]);
  });

  test.each([
    [['show', 'nobody'], 1, 'shellbox account list'],
    [['show', 'ben'], 1, '2 accounts are called "ben"'],
    [['tier', 'ana@laptop', 'gold'], 2, 'free, pro, unlimited'],
    [['admin', 'ana@laptop', 'yes'], 2, 'on'],
  ])('%j is refused with what to type', async (words, status, expected) => {
    expect(await account(...words)).toMatchObject({ status, err: expect.stringContaining(expected) });
  });

  test('doctor walks the audit, and finds the entry that somebody changed', async () => {
    const db = openDatabase(secret(servers.databaseUrl), 1);
    await db.transaction((tx) => sealAudit(tx));
    await db.close();
    const folder = await freshFolder();
    expect((await runProgram(folder, ['doctor'], env)).out).toMatch(/✓ audit: \d+ entries, unbroken/);
    const client = new Client({ connectionString: servers.databaseUrl });
    await client.connect();
    await client.query("UPDATE audit SET action = 'account.tier_sat' WHERE number = 1");
    await client.end();
    const { status, out } = await runProgram(folder, ['doctor'], env);
    expect(status).toBe(1);
    expect(out).toContain('✗ audit: entry 1 does not follow');
  });
});

test('without a running service the database of the directory is started for a moment', {
  timeout: 60_000,
}, async () => {
  const folder = await freshFolder();
  const env = { SHELLBOX_DATA_DIR: 'data' };
  expect(await runProgram(folder, ['migrate'], env)).toMatchObject({ status: 0 });
  expect(await runProgram(folder, ['account', 'list'], env)).toMatchObject({
    status: 0,
    out: expect.stringContaining('Nobody has an account yet.'),
  });
  expect(await runProgram(folder, ['migrate'], env)).toMatchObject({ status: 0, out: 'The database is up to date.\n' });
});

test('in a wrong folder nothing is made, and no empty database is copied or shown', async () => {
  const folder = await freshFolder();
  for (const line of [['backup'], ['quarantine'], ['account', 'list']])
    expect(await runProgram(folder, line, { SHELLBOX_DATA_DIR: 'data' })).toMatchObject({
      status: 2,
      err: expect.stringContaining('There is no installation in'),
    });
  expect(await readdir(folder)).toEqual([]);
});
