// Each fault that is left standing has its finding with what to do; a healthy installation has none.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse, type Running } from '../../src/roles/house.ts';
import { secret } from '../../src/secret.ts';
import { sealAudit } from '../../src/store/audit.ts';
import { type Installation, installationFindings } from '../../src/verbs/doctor-installation.ts';
import { spaceFinding } from '../../src/verbs/doctor-machine.ts';
import type { Finding } from '../../src/verbs/finding.ts';
import { eventually } from '../support/eventually.ts';
import { NEVER_MS, openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

let house: TestHouse;
let worker: Running;
let redis: Redis;
beforeAll(async () => {
  // What is left standing stays: nobody takes over, and nothing is repaired.
  house = await openTestHouse({ worker: false, timings: { ...UNREPAIRED, abandonedMs: NEVER_MS, sealMs: NEVER_MS } });
  worker = await house.startWorker();
  redis = new Redis(house.servers.redisUrl.replace('unix://', ''));
  await house.say('ana', 'spinup mybox');
  await house.services.db.transaction((tx) => sealAudit(tx));
});
afterAll(async () => {
  redis.disconnect();
  await house.close();
});

const healthy = (): Installation => ({
  databaseUrl: secret(house.servers.databaseUrl),
  redisUrl: secret(house.servers.redisUrl),
  whose: 'of this test',
  isServing: true,
  open: async () => house.services,
  now: () => new Date(),
});

async function faultsOf(over: Partial<Installation> = {}): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of installationFindings({ ...healthy(), ...over })) found.push(finding);
  return found.filter(({ ok }) => !ok);
}

/** Connections of the pool keep the settings that they began with. */
const setDatabase = (change: string) =>
  house.sql(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ${change}', current_database()); END $$`);

interface Fault {
  what: RegExp;
  remedy: RegExp;
  cause?: () => Promise<unknown>;
  undo?: () => Promise<unknown>;
  over?: () => Partial<Installation>;
}

/** A lease that ran out, or any row that is changed and put back. */
const sql = (text: string) => () => house.sql(text);
let clock = 0;

const FAULTS: Readonly<Record<string, Fault>> = {
  'Redis is down': {
    over: () => ({ redisUrl: secret('redis://127.0.0.1:1') }),
    what: /^Redis does not answer/,
    remedy: /Start it, or correct REDIS_URL/,
  },
  'Redis wants a password': {
    cause: () => redis.config('SET', 'requirepass', 'hunter2'),
    undo: () => redis.config('SET', 'requirepass', ''),
    what: /^Redis wants a password/,
    remedy: /redis:\/\/:<password>@/,
  },
  'Redis is a replica': {
    cause: () => redis.call('REPLICAOF', '127.0.0.1', '1'),
    undo: () => redis.call('REPLICAOF', 'NO', 'ONE'),
    what: /^Redis only lets itself be read/,
    remedy: /REPLICAOF NO ONE/,
  },
  'Redis has no memory left': {
    cause: () => redis.config('SET', 'maxmemory', '1'),
    undo: () => redis.config('SET', 'maxmemory', '0'),
    what: /^Redis has no memory left/,
    remedy: /maxmemory/,
  },
  'the database is down': {
    over: () => ({ databaseUrl: secret('postgres://nobody@127.0.0.1:1/none') }),
    what: /^No database answers at DATABASE_URL/,
    remedy: /Start it/,
  },
  'the database lacks a migration': {
    cause: sql(`UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name LIKE '%failures'`),
    undo: sql('UPDATE _prisma_migrations SET rolled_back_at = NULL'),
    what: /^The database lacks of this release: \d+_failures/,
    remedy: /shellbox migrate/,
  },
  'the database only lets itself be read': {
    cause: () => setDatabase('SET default_transaction_read_only = on'),
    undo: async () => {
      await house.sql('SET default_transaction_read_only = off');
      await setDatabase('RESET default_transaction_read_only');
    },
    what: /^The database only lets itself be read/,
    remedy: /primary/,
  },
  'the disk of the database is full': {
    cause: async () => {
      await house.sql(
        `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '53100'; END $$`,
      );
      await house.sql(
        `CREATE TRIGGER full_disk BEFORE INSERT ON leases FOR EACH ROW WHEN (NEW.name = 'doctor') EXECUTE FUNCTION full_disk()`,
      );
    },
    undo: sql('DROP TRIGGER full_disk ON leases'),
    what: /^The disk of the database is full/,
    remedy: /Free space/,
  },
  'the audit was changed': {
    cause: sql(`UPDATE audit SET actor = 'somebody' WHERE number = 1`),
    undo: sql(`UPDATE audit SET actor = (SELECT id::text FROM accounts WHERE name = 'ana') WHERE number = 1`),
    what: /^audit: entry 1 does not follow/,
    remedy: /backup/,
  },
  'the audit is not sealed': {
    cause: sql(
      `INSERT INTO audit (id, at, actor, action, target) VALUES ('00000000-0000-7000-8000-000000000001', now() - interval '5 minutes', 'system', 'x.y', '{}')`,
    ),
    undo: sql(`DELETE FROM audit WHERE id = '00000000-0000-7000-8000-000000000001'`),
    what: /^audit: entries have not been sealed for 5 min/,
    remedy: /worker/,
  },
  'an instance belongs to no box': {
    cause: sql(`INSERT INTO orphans (provider, name, ref, first_seen_at) VALUES ('seeded', 'sb-stray-1', 'r', now())`),
    undo: sql('DELETE FROM orphans'),
    what: /sb-stray-1 belongs to no box/,
    remedy: /admin orphans --remove/,
  },
  'the database is in quarantine': {
    cause: sql(
      `INSERT INTO settings (key, value) VALUES ('quarantine', '{"cause":"restored","since":"2026-01-01T00:00:00Z","detail":"x"}')`,
    ),
    undo: sql(`DELETE FROM settings WHERE key = 'quarantine'`),
    what: /^in quarantine since 2026-01-01/,
    remedy: /shellbox quarantine/,
  },
  'the clock of this machine is wrong': {
    over: () => ({ now: () => new Date(Date.now() + clock) }),
    cause: async () => {
      clock = 90_000;
    },
    what: /^the clock of this machine is 1 min 30 s ahead of the database’s/,
    remedy: /timedatectl/,
  },
  'a worker is paused': {
    cause: sql(`UPDATE jobs SET state = 'running', lease_until = now() - interval '2 minutes'`),
    undo: sql(`UPDATE jobs SET state = 'succeeded', lease_until = NULL`),
    what: /^1 job is held by a worker that is gone or paused/,
    remedy: /kill -CONT/,
  },
  'nobody does the jobs that are due': {
    // Of a version that no worker claims, as if all of them were busy.
    cause: sql(`UPDATE jobs SET state = 'queued', version = 99, run_at = now() - interval '10 minutes'`),
    undo: sql(`UPDATE jobs SET state = 'succeeded', version = 1`),
    what: /^1 job has been due for up to 10 min(?: \d+ s)?, and nobody does it/,
    remedy: /admin why <job>/,
  },
  'no process of the doors is there': {
    cause: sql(`INSERT INTO deliveries (id, door, delivery_id, thread_id, speaker, text, interactive, received_at)
      SELECT gen_random_uuid(), 'chat', 'left', id, '{}', '', false, now() - interval '1 minute' FROM threads LIMIT 1`),
    undo: sql(`DELETE FROM deliveries WHERE delivery_id = 'left'`),
    what: /^1 command was acknowledged and not worked on, for up to 1 min/,
    remedy: /"shellbox bots"/,
  },
  'answers do not go out': {
    cause: sql(`INSERT INTO messages (id, thread_id, door, lane, kind, visibility, body, state, created_at)
      SELECT gen_random_uuid(), id, 'slack', 'C1', 'notice', 'thread', '{}', 'pending', now() - interval '10 minutes' FROM threads LIMIT 1`),
    undo: sql(`DELETE FROM messages WHERE lane = 'C1'`),
    what: /^slack: 1 message does not go out, for up to 10 min/,
    remedy: /A message was not delivered/,
  },
  'answers are kept': {
    cause: sql(`INSERT INTO messages (id, thread_id, door, lane, kind, visibility, body, state)
      SELECT gen_random_uuid(), id, 'slack', 'C1', 'final', 'thread', '{}', 'kept' FROM threads LIMIT 1`),
    undo: sql(`DELETE FROM messages WHERE lane = 'C1'`),
    what: /^slack: 1 answer could not be brought and is kept/,
    remedy: /token revoked/,
  },
  'a box should run and does not': {
    cause: sql(`UPDATE boxes SET state = 'stopped', state_since = now() - interval '10 minutes'`),
    undo: sql(`UPDATE boxes SET state = 'running'`),
    what: /^ana\/mybox should be running and is stopped/,
    remedy: /admin why [0-9a-f-]{36}/,
  },
  'a box is in error': {
    cause: async () => {
      await house.sql(`UPDATE boxes SET state = 'error', error_code = 'quota'`);
      await house.sql(
        `INSERT INTO failures (id, kind, subject, code, box_id) SELECT '7K2M9QXB', 'job', gen_random_uuid(), 'quota', id FROM boxes`,
      );
    },
    undo: sql(`WITH gone AS (DELETE FROM failures) UPDATE boxes SET state = 'running', error_code = NULL`),
    what: /^ana\/mybox is in error: quota/,
    remedy: /admin why 7K2M9QXB/,
  },
  'a provider does not answer': {
    cause: sql(
      `INSERT INTO circuits (provider, since, probe_at, pause_ms) VALUES ('seeded', now() - interval '3 minutes', now() + interval '1 hour', 1000)`,
    ),
    undo: sql('DELETE FROM circuits'),
    what: /^seeded has not answered since 2/,
    remedy: /asked again by itself/,
  },
  'a provider refuses': {
    cause: async () => house.cloud.failNext('check', 'unavailable'),
    what: /^Simulated cloud: simulated cloud|^Seeded: simulated cloud|simulated cloud/,
    remedy: /Ask again/,
  },
  'the secret key is another one': {
    over: () => ({
      async open() {
        const services = await openHouse({ ...house.services.settings, secretKey: secret(new Uint8Array(32).fill(9)) });
        await services.close();
        return services;
      },
    }),
    what: /stored secret cannot be read/,
    remedy: /./,
  },
};

test('a healthy installation has no fault', async () => {
  expect(await faultsOf()).toEqual([]);
});

describe('a fault that is left standing', () => {
  test.each(Object.entries(FAULTS))(
    'is found, with what to do: %s',
    async (_title, { cause, undo, over, what, remedy }) => {
      await cause?.();
      const found = await faultsOf(over?.()).finally(() => undo?.());
      expect(found.map((finding) => finding.what)).toEqual([expect.stringMatching(what)]);
      expect(found[0]?.remedy).toMatch(remedy);
    },
  );

  test('is gone once it is undone', async () => {
    expect(await faultsOf()).toEqual([]);
  });
});

test('that no worker is there is found, until one is', async () => {
  await worker.stop();
  expect(await faultsOf()).toEqual([
    {
      ok: false,
      what: 'no worker looks after 1 box: nothing is repaired and nothing stops by itself',
      remedy: expect.stringContaining('"shellbox worker"'),
    },
  ]);
  worker = await house.startWorker();
  await eventually('all is well', async () => (await faultsOf()).length === 0);
});

test('a disk that is nearly full is found', async () => {
  const free = (mib: number) => async () => ({ bavail: mib, bsize: 1024 * 1024 });
  expect(await spaceFinding(house.servers.dataDir, free(1023))).toMatchObject({ ok: false, remedy: 'Free 1024 MiB.' });
  expect(await spaceFinding(house.servers.dataDir, free(1024))).toMatchObject({ ok: true });
});
