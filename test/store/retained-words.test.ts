// After RETAIN_DAYS nothing that anybody wrote or was told is in any table, while boxes, people and the audit are as they were.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropOld } from '../../src/store/retention.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const DAYS = 90;
/** Stands in for anything that a person might write. */
const WORD = 'marigold';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ timings: UNREPAIRED });
});
afterAll(() => house.close());

/** Every table with the times in it. The audit is sealed as it is. */
const tables = () =>
  house.sql<{ name: string; times: string[] }>(
    `SELECT t.table_name AS name, COALESCE(array_agg(c.column_name::text) FILTER (WHERE c.data_type = 'timestamp with time zone'), '{}') AS times
     FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
     WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND t.table_name NOT IN ('audit', '_prisma_migrations') GROUP BY 1`,
  );

/** As if so much time had passed for all that is there. */
async function passDays(days: number): Promise<void> {
  for (const { name, times } of await tables())
    if (times.length > 0)
      await house.sql(
        `UPDATE "${name}" SET ${times.map((column) => `"${column}" = "${column}" - interval '${days} days'`).join(', ')}`,
      );
}

async function tablesWithWord(): Promise<string[]> {
  const found: string[] = [];
  for (const { name } of await tables())
    if ((await house.sql(`SELECT 1 FROM "${name}" t WHERE to_jsonb(t)::text LIKE '%${WORD}%' LIMIT 1`)).length > 0)
      found.push(name);
  return found.sort();
}

test('every word is gone from every table, and what lives stays', async () => {
  await house.say('ana', 'spinup mybox');
  await house.say('ana', `spinup "${WORD} is no name`);
  await house.say('ana', `info ${WORD}`);
  house.cloud.failNext('create', 'quota');
  await house.say('ben', 'spinup bens-box');
  await house.say('ben', 'destroy bens-box --yes');
  // What a provider, a person in a box, or a later release might leave where there is room for words.
  await house.sql(
    `UPDATE steps SET label = '${WORD}' FROM jobs j JOIN boxes b ON b.id = j.box_id WHERE j.id = steps.job_id AND b.name = 'bens-box'`,
  );
  await house.sql(
    `UPDATE jobs SET error_text = '${WORD}' FROM boxes b WHERE b.id = jobs.box_id AND b.name = 'bens-box'`,
  );
  await house.sql(`UPDATE failures SET remedy = '${WORD}'`);
  await house.sql(`UPDATE boxes SET activity_why = '${WORD}', error_text = '${WORD}' WHERE name = 'bens-box'`);
  await house.sql(
    `INSERT INTO notices (id, account_id, kind, event, reply, state) SELECT gen_random_uuid(), id, 'error', 'x' || id, '{"reply": "${WORD}"}', 'sent' FROM accounts`,
  );
  await house.sql(
    `INSERT INTO confirmations (id, action, target, code_hash, expires_at) VALUES (gen_random_uuid(), 'x', '{"note": "${WORD}"}', '\\x01', now())`,
  );
  await house.sql(
    `INSERT INTO orphans (provider, name, ref, first_seen_at, removed_at) VALUES ('seeded', 'gone', '${WORD}', now(), now())`,
  );
  const before = await tablesWithWord();
  expect(before).toEqual([
    'boxes',
    'confirmations',
    'deliveries',
    'failures',
    'jobs',
    'messages',
    'notices',
    'orphans',
    'replies',
    'steps',
  ]);
  const audited = await house.sql('SELECT id FROM audit ORDER BY id');

  await passDays(DAYS - 1);
  await dropOld(house.services.db.tx, DAYS);
  expect(await tablesWithWord()).toEqual(before);

  await passDays(2);
  await house.sql(
    `UPDATE boxes SET purged_at = now() - interval '91 days', host_private_key = NULL WHERE name = 'bens-box'`,
  );
  await dropOld(house.services.db.tx, DAYS);
  expect(await tablesWithWord()).toEqual([]);
  expect(await house.sql('SELECT id FROM audit WHERE id = ANY($1)', [audited.map(({ id }) => id)])).toHaveLength(
    audited.length,
  );
  expect(await house.say('ana', 'list')).toContain('mybox');
  expect(await house.say('ana', 'logs mybox')).toContain('spinup, succeeded');
});
