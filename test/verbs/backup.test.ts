// backup and restore as operators type them, over a house at work: nothing torn, nothing lost, nothing done or said once more.
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ShellboxError } from '../../src/errors.ts';
import { secret } from '../../src/secret.ts';
import { firstBrokenLink } from '../../src/store/audit.ts';
import { readBackup } from '../../src/store/backup-lines.ts';
import { openDatabase } from '../../src/store/database.ts';
import { dumpLines } from '../../src/store/dump.ts';
import { loadBackup } from '../../src/store/load.ts';
import { migrate } from '../../src/store/migrate.ts';
import { backupLines, writeBackup } from '../../src/verbs/backup-file.ts';
import { databaseError } from '../../src/verbs/database-errors.ts';
import { lookInto } from '../../src/verbs/restore.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';
import { freshFolder, runProgram } from './program.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');
/** Whose rows a restore leaves as they are. */
const UNTOUCHED = ['accounts', 'identities', 'access_keys', 'threads', 'steps', 'usage', 'instances', 'orphans'];
const MIGRATIONS = new URL('../../prisma/migrations/', import.meta.url).pathname;

let house: TestHouse;
let taken: Promise<string> | undefined;
let databases = 0;
let folders = 0;

beforeAll(async () => {
  house = await openTestHouse();
  for (const person of ['ana', 'ben']) expect(await house.say(person, 'spinup mybox')).toContain('is ready');
  await house.say(
    'ana',
    'keys add ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDPPbV3KMNzBrjg9ZUlEyHaJ5xCMo4Jo6GkzFUB8HbKs ana@laptop',
  );
  await house.say('ben', 'destroy mybox --yes');
  expect(await house.say('ana', 'snapshot create mybox before')).toContain('is kept');
});
afterAll(() => house.close());

/** An empty database on the same server. */
async function emptyDatabase(): Promise<string> {
  databases += 1;
  await house.sql(`CREATE DATABASE other${databases}`);
  return house.servers.databaseUrl.replace(/\/shellbox\?/, `/other${databases}?`);
}

async function query<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

interface Given {
  url?: string;
  env?: Record<string, string>;
}

/** `shellbox <args>` over that database (the house's when left out), in a folder of its own. */
async function shellbox(args: readonly string[], { url = house.servers.databaseUrl, env = {} }: Given = {}) {
  folders += 1;
  const folder = join(house.servers.dataDir, `folder-${folders}`);
  await mkdir(folder);
  const ended = await runProgram(folder, args, {
    DATABASE_URL: url,
    REDIS_URL: house.servers.redisUrl,
    SHELLBOX_SECRET_KEY: KEY,
    SHELLBOX_DATA_DIR: join(folder, 'data'),
    SHELLBOX_INSTALL_ID: 'faultlab',
    DOCKER_HOST: 'unix:///nonexistent/docker.sock',
    ...env,
  });
  return { ...ended, folder };
}

async function newBackup(at?: string): Promise<string> {
  const file = at ?? join(await freshFolder(), 'now.backup');
  expect(await shellbox(['backup', file])).toMatchObject({ status: 0 });
  return file;
}

/** One for all tests that only read it. */
const takenOnce = (): Promise<string> => {
  taken ??= newBackup(join(house.servers.dataDir, 'now.backup'));
  return taken;
};

const linesOf = async (file: string) =>
  gunzipSync(await readFile(file))
    .toString()
    .split('\n');
const hashOf = async (url: string, table: string) =>
  (
    await query<{ hash: string }>(url, `SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) AS hash FROM ${table} t`)
  )[0];

describe('backup', () => {
  test('of a house at work is of one moment, readable for its owner alone, and says what is not in it', async () => {
    const file = join(await freshFolder(), 'now.backup');
    let isOver = false;
    const busy = Promise.all(
      ['cleo', 'dora', 'emil'].map(async (person) => {
        while (!isOver)
          for (const line of ['spinup mybox', 'list', 'destroy mybox --yes']) await house.say(person, line);
      }),
    );
    const { status, out } = await shellbox(['backup', file]);
    isOver = true;
    await busy;
    expect(status).toBe(0);
    expect(out).toContain('SHELLBOX_SECRET_KEY');
    expect(out).toContain('Homes of boxes are not in it');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const url = await emptyDatabase();
    expect(await shellbox(['restore', file, '--yes'], { url })).toMatchObject({ status: 0 });
    const [torn] = await query(
      url,
      `SELECT (SELECT count(*) FROM commands c WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = c.delivery_id))::int AS commands,
        (SELECT count(*) FROM commands c WHERE (SELECT count(*) FROM replies r WHERE r.command_id = c.id AND r.kind = 'final') <> 1)::int AS finals,
        (SELECT count(*) FROM commands c WHERE c.job_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = c.job_id))::int AS jobs,
        (SELECT count(*) FROM boxes b WHERE b.state = 'running' AND NOT EXISTS (SELECT 1 FROM instances i WHERE i.box_id = b.id))::int AS boxes`,
    );
    expect(torn).toEqual({ commands: 0, finals: 0, jobs: 0, boxes: 0 });
    expect(await query(url, `SELECT 1 FROM commands`)).not.toEqual([]);
  });

  test('never writes over a file, and leaves none where it cannot be written', async () => {
    const file = await newBackup();
    const before = await readFile(file);
    expect(await shellbox(['backup', file])).toMatchObject({ status: 1, err: expect.stringContaining('already') });
    expect(await readFile(file)).toEqual(before);
    const { status, err, folder } = await shellbox(['backup', 'nowhere/now.backup']);
    expect(status).toBe(1);
    expect(err).toMatch(/^The backup cannot be written at .*: there is no such folder\.\n/);
    expect(await shellbox(['backup', '-'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('takes one file'),
    });
    expect((await shellbox(['backup', '/dev/full'])).err).toMatch(/^There is a file/);
    expect((await readdir(folder)).filter((name) => name.includes('backup'))).toEqual([]);
    expect((await readdir(join(file, '..'))).sort()).toEqual(['now.backup']);
  });

  test('holds no stored secret in clear', async () => {
    const text = (await linesOf(await newBackup())).join('\n');
    expect(text).toContain('gateway_key');
    for (const clear of [house.services.gatewayKey.privateKey.reveal(), house.services.doorKey.privateKey.reveal()]) {
      expect(clear.length).toBeGreaterThan(20);
      expect(text).not.toContain(JSON.stringify(clear).slice(1, -1));
    }
  });
});

test('a backup that cannot be given its name is not taken for one that is there already, and leaves nothing behind', async () => {
  const folder = await freshFolder();
  const write = (name: string, lines: AsyncIterable<string>) =>
    writeBackup(join(folder, name), lines, AbortSignal.timeout(10_000));
  /** As where a file system has no links: the second name cannot be made. */
  async function* lost(): AsyncGenerator<string> {
    for (const name of await readdir(folder)) if (name.endsWith('.partial')) await rm(join(folder, name));
    yield 'a line';
  }
  await expect(write('lost', lost())).rejects.toMatchObject({ code: 'backup_unwritable' });
  expect(await readdir(folder)).toEqual([]);
  async function* kept(): AsyncGenerator<string> {
    yield 'a line';
  }
  await write('kept', kept());
  await expect(write('kept', kept())).rejects.toMatchObject({ code: 'backup_exists' });
  expect(await readdir(folder)).toEqual(['kept']);
});

describe('restore', () => {
  test('brings back every row as it was, under an unbroken audit that says so, in quarantine', async () => {
    const file = await newBackup();
    const url = await emptyDatabase();
    const { status, out, err } = await shellbox(['restore', file, '--yes'], { url });
    expect(err).toBe('');
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringContaining('quarantine') });
    for (const table of UNTOUCHED)
      expect([table, await hashOf(url, table)]).toEqual([table, await hashOf(house.servers.databaseUrl, table)]);
    expect(
      await query(
        url,
        `SELECT actor, target->>'as' AS as, target->>'from' AS from FROM audit WHERE action = 'house.restored'`,
      ),
    ).toEqual([{ actor: 'system', as: 'same', from: 'faultlab' }]);
    const db = openDatabase(secret(url), 1);
    expect((await firstBrokenLink(db.tx)).broken).toBeUndefined();
    expect((await firstBrokenLink(db.tx)).checked).toBeGreaterThan(0);
    await db.close();
    expect(await query(url, `SELECT value::jsonb->>'cause' AS cause FROM settings WHERE key = 'quarantine'`)).toEqual([
      { cause: 'restored' },
    ]);
    expect(await query(url, `SELECT value FROM settings WHERE key = 'install_id'`)).toEqual([{ value: 'faultlab' }]);
    const doctor = await shellbox(['doctor'], { url });
    expect(doctor.out).toContain('in quarantine');
    const shown = await shellbox(['quarantine'], { url });
    expect(shown).toMatchObject({ status: 1, out: expect.stringContaining('restored from a backup') });
    const released = await shellbox(['quarantine', 'release'], { url });
    expect(released.err).toBe('');
    expect(released.status).toBe(0);
  });

  test('leaves no word of the past in force', async () => {
    const held = house.hold('stop');
    const { answer } = await house.ask('ana', 'stop mybox');
    await held.reached;
    await house.say('ana', 'destroy mybox').catch(() => '');
    const file = await newBackup();
    held.open();
    await answer;
    await house.say('ana', 'start mybox');
    const url = await emptyDatabase();
    expect(await shellbox(['restore', file, '--yes'], { url })).toMatchObject({ status: 0 });
    const left = async (table: string, where: string) => query(url, `SELECT 1 FROM ${table} WHERE ${where}`);
    expect(await left('jobs', `state IN ('queued', 'running', 'cancelling')`)).toEqual([]);
    expect(await left('jobs', `state = 'cancelled'`)).toHaveLength(1);
    expect(await left('commands', 'finished_at IS NULL')).toEqual([]);
    expect(await left('deliveries', 'processed_at IS NULL')).toEqual([]);
    expect(await left('messages', `state = 'pending' AND kind <> 'light'`)).toEqual([]);
    expect(await left('confirmations', 'used_at IS NULL')).toEqual([]);
    expect(await left('leases', 'true')).toEqual([]);
  });

  test('as a copy has people and keys, an id of its own, and nothing of the boxes', async () => {
    const file = await newBackup();
    const url = await emptyDatabase();
    const env = { SHELLBOX_INSTALL_ID: '', SHELLBOX_SECRET_KEY: OTHER_KEY };
    const { status, out } = await shellbox(['restore', file, '--as-copy'], { url, env });
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringContaining('none of the boxes') });
    const [{ value: id } = { value: '' }] = await query<{ value: string }>(
      url,
      `SELECT value FROM settings WHERE key = 'install_id'`,
    );
    expect(id).toMatch(/^[a-z][a-z0-9]{7}$/);
    expect(id).not.toBe('faultlab');
    expect(await query(url, `SELECT 1 FROM settings WHERE secret IS NOT NULL OR key = 'quarantine'`)).toEqual([]);
    expect(
      await query(
        url,
        `SELECT 1 FROM boxes WHERE state <> 'destroyed' OR purged_at IS NULL OR host_private_key IS NOT NULL`,
      ),
    ).toEqual([]);
    expect(await query(url, `SELECT 1 FROM instances WHERE gone_at IS NULL`)).toEqual([]);
    expect(await query(url, `SELECT 1 FROM messages WHERE state = 'pending'`)).toEqual([]);
    expect(await query(url, `SELECT 1 FROM usage WHERE ended_at IS NULL`)).toEqual([]);
    expect(await query(url, 'SELECT 1 FROM ports')).toEqual([]);
    expect(await query(url, 'SELECT 1 FROM snapshots')).toEqual([]);
    for (const table of ['accounts', 'identities', 'access_keys'])
      expect([table, await hashOf(url, table)]).toEqual([table, await hashOf(house.servers.databaseUrl, table)]);
    const again = await shellbox(['restore', file, '--as-copy'], { url });
    expect(again).toMatchObject({ status: 2, err: expect.stringContaining('another id') });
  });

  test('asks which of the two it is, and changes nothing where nobody can be asked', async () => {
    const url = await emptyDatabase();
    const { status, err } = await shellbox(['restore', await takenOnce()], { url });
    expect(status).toBe(2);
    expect(err).toContain('--yes');
    expect(err).toContain('--as-copy');
    expect(await query(url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  });

  test('as the same and as a copy at once is refused', async () => {
    const { status, err } = await shellbox(['restore', await takenOnce(), '--yes', '--as-copy']);
    expect({ status, err }).toMatchObject({ status: 2, err: expect.stringContaining('not both') });
  });

  test('is refused while somebody is at work in the database', async () => {
    const before = await hashOf(house.servers.databaseUrl, 'accounts');
    const { status, err } = await shellbox(['restore', await takenOnce(), '--yes']);
    expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining('Stop "start"') });
    expect(err).toMatch(/If they were killed: in \d+ s\./);
    expect(await hashOf(house.servers.databaseUrl, 'accounts')).toEqual(before);
  });

  test('does not wait for ever for somebody who holds its tables, and says so', async () => {
    const file = await takenOnce();
    const url = await emptyDatabase();
    expect(await shellbox(['restore', file, '--yes'], { url })).toMatchObject({ status: 0 });
    const before = await hashOf(url, 'accounts');
    const other = new Client({ connectionString: url });
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM accounts');
      const parts = readBackup(backupLines(file));
      const loading = loadBackup(secret(url), {
        parts,
        installId: 'faultlab',
        isCopy: false,
        isAlone: false,
        lockMs: 100,
      });
      const error = await loading.catch(databaseError);
      expect(error).toMatchObject({ code: 'database_unusable', message: expect.stringContaining('holds the tables') });
    } finally {
      await other.end();
    }
    expect(await hashOf(url, 'accounts')).toEqual(before);
  });

  test('is refused with another key, without one, or under another id', async () => {
    const url = await emptyDatabase();
    const refused = async (env: Record<string, string>) =>
      shellbox(['restore', await takenOnce(), '--yes'], { url, env });
    expect(await refused({ SHELLBOX_SECRET_KEY: OTHER_KEY })).toMatchObject({
      status: 2,
      err: expect.stringContaining('cannot be read with the key'),
    });
    expect(await refused({ SHELLBOX_INSTALL_ID: 'others01' })).toMatchObject({
      status: 2,
      err: expect.stringContaining('others01'),
    });
    expect(await query(url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  });

  test('is refused when the file is torn, changed, or of a newer release', async () => {
    const url = await emptyDatabase();
    const whole = await readFile(await takenOnce());
    const lines = await linesOf(await takenOnce());
    const row = lines.findIndex((line) => line.includes('"ana"'));
    const changed = (text: readonly string[]) => gzipSync(text.join('\n'));
    const forms: Record<string, Buffer> = {
      torn: whole.subarray(0, whole.length / 2),
      'no backup': Buffer.from('-- PostgreSQL database dump\n'),
      'another row': changed(lines.with(row, lines[row]?.replace('"ana"', '"eve"') ?? '')),
      'a row less': changed(lines.toSpliced(row, 1)),
      'without its end': changed(lines.slice(0, -2)),
      'with a line that never ends': gzipSync(Buffer.alloc(65 * 1024 * 1024, 'x')),
      'of a newer format': changed(lines.with(0, lines[0]?.replace('"format":1', '"format":2') ?? '')),
      'of a newer release': changed(lines.with(0, lines[0]?.replace('_init"', '_else"') ?? '')),
    };
    const folder = await freshFolder();
    for (const [what, bytes] of Object.entries(forms)) {
      await writeFile(join(folder, what), bytes);
      const code = what.startsWith('of a newer') ? 'backup_newer' : 'backup_unreadable';
      const looked = lookInto(join(folder, what)).then(
        () => 'taken for whole',
        (error: unknown) => (error instanceof ShellboxError ? error.code : error),
      );
      expect({ what, code: await looked }).toEqual({ what, code });
    }
    const { status, err } = await shellbox(['restore', join(folder, 'a row less'), '--yes'], { url });
    expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining('Nothing was changed') });
    expect(await query(url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  });

  test('keeps what was there before, which can be brought back', async () => {
    const file = await newBackup();
    const url = await emptyDatabase();
    await shellbox(['restore', file, '--yes'], { url });
    await query(url, `UPDATE accounts SET name = 'changed since' WHERE name = 'ana'`);
    const { out, folder } = await shellbox(['restore', file, '--yes'], { url });
    expect(await query(url, `SELECT 1 FROM accounts WHERE name = 'changed since'`)).toEqual([]);
    const [kept = ''] = (await readdir(join(folder, 'data'))).filter((name) => name.startsWith('before-restore'));
    expect(out).toContain(kept);
    const saved = join(await freshFolder(), 'saved.backup');
    await cp(join(folder, 'data', kept), saved);
    expect(await shellbox(['restore', saved, '--yes'], { url })).toMatchObject({ status: 0 });
    expect(await query(url, `SELECT 1 FROM accounts WHERE name = 'changed since'`)).toHaveLength(1);
  });

  test('of a backup of an earlier release brings its tables up to this one', async () => {
    const folder = join(await freshFolder(), 'migrations');
    const names = (await readdir(MIGRATIONS)).sort();
    for (const name of names.slice(0, 3)) await cp(join(MIGRATIONS, name), join(folder, name), { recursive: true });
    const old = await emptyDatabase();
    await migrate(secret(old), folder);
    await query(old, `INSERT INTO accounts (id, name, time_zone) VALUES (gen_random_uuid(), 'ana', 'UTC')`);
    const file = join(await freshFolder(), 'old.backup');
    // This release writes no backup of it before it is migrated, so it is written as that one would have.
    const header = JSON.parse((await linesOf(await takenOnce()))[0] ?? '');
    header.migrations = header.migrations.filter(({ name }: { name: string }) => names.slice(0, 3).includes(name));
    const lines: string[] = [];
    for await (const line of dumpLines(secret(old), { version: '0.0.1', installId: 'faultlab' })) lines.push(line);
    expect(JSON.parse(lines[0] ?? '').migrations).toEqual(header.migrations);
    await writeFile(file, gzipSync(`${lines.join('\n')}\n`));
    const url = await emptyDatabase();
    expect(await shellbox(['restore', file, '--yes'], { url })).toMatchObject({ status: 0 });
    expect(await query(url, `SELECT name, time_zone_chosen AS chosen FROM accounts`)).toEqual([
      { name: 'ana', chosen: false },
    ]);
    expect(await migrate(secret(url))).toEqual([]);
  });
});
