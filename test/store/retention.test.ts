// What is older than the operator keeps goes, in an order that loses nothing that is live.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropOld } from '../../src/store/retention.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

const DAYS = 90;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** A box with three jobs, the first two of which ended so long ago. */
async function boxWithJobs(name: string, endedDaysAgo: number): Promise<{ box: string; jobs: string[]; home: string }> {
  const accountId = await store.account(`owner-of-${name}`);
  const box = await store.box(accountId, name);
  const jobs: string[] = [];
  for (const kind of ['spinup', 'stop', 'start'] as const) {
    const job = await store.job({ id: box, accountId }, kind);
    await store.sql(`UPDATE jobs SET state = 'succeeded', finished_at = now() - $2 * interval '1 day' WHERE id = $1`, [
      job,
      endedDaysAgo,
    ]);
    await store.sql(`INSERT INTO steps (job_id, name, ordinal, label, state) VALUES ($1, 'one', 1, 'one', 'done')`, [
      job,
    ]);
    jobs.push(job);
  }
  const [row] = await store.sql<{ home: string }>('SELECT home_thread_id AS home FROM boxes WHERE id = $1', [box]);
  const home = row?.home ?? '';
  await store.sql(`UPDATE threads SET box_id = $2, created_at = now() - interval '1 year' WHERE id = $1`, [home, box]);
  await store.sql(`DELETE FROM deliveries WHERE thread_id = $1`, [home]);
  return { box, jobs, home };
}
const destroyed = (box: string, purgedDaysAgo: number) =>
  store.sql(
    `UPDATE boxes SET state = 'destroyed', desired = 'destroyed', destroyed_at = now(), host_private_key = NULL, reserved_mib = 0,
       purged_at = now() - $2 * interval '1 day' WHERE id = $1`,
    [box, purgedDaysAgo],
  );
const left = async (table: 'jobs' | 'threads' | 'steps', column: string, ids: readonly string[]) =>
  (await store.sql<{ id: string }>(`SELECT ${column} AS id FROM ${table} WHERE ${column} = ANY($1)`, [ids]))
    .map((row) => row.id)
    .sort();

test('jobs that ended long ago go with their steps, but not what is live, recent, waited for, or tells how a box came to be', async () => {
  const old = await boxWithJobs('old', DAYS + 1);
  const recent = await boxWithJobs('recent', DAYS - 1);
  const gone = await boxWithJobs('gone', DAYS + 1);
  const waiting = await boxWithJobs('waiting', DAYS + 1);
  await destroyed(gone.box, DAYS + 1);
  await store.sql(
    `INSERT INTO commands (id, delivery_id, ordinal, verb, thread_id, job_id, visibility, created_at)
     VALUES (gen_random_uuid(), gen_random_uuid(), 0, 'spinup', $1, $2, 'thread', now() - interval '1 year')`,
    [waiting.home, waiting.jobs[0]],
  );
  await store.sql(
    `UPDATE jobs SET state = 'running', lease_until = now(), finished_at = NULL, created_at = now() - interval '1 year' WHERE id = $1`,
    [waiting.jobs[1]],
  );
  await dropOld(store.db.tx, DAYS);
  const all = [old, recent, gone, waiting].flatMap(({ jobs }) => jobs);
  const kept = [...old.jobs.slice(2), ...recent.jobs, ...waiting.jobs].sort();
  expect(await left('jobs', 'id', all)).toEqual(kept);
  expect(await left('steps', 'job_id', all)).toEqual(kept);
});

test('a thread that was home to a box goes once the box is purged as long ago, and not while anything needs it', async () => {
  const lives = await boxWithJobs('lives', 1);
  const lately = await boxWithJobs('lately', 1);
  const long = await boxWithJobs('long', 1);
  const unsent = await boxWithJobs('unsent', 1);
  const shared = await boxWithJobs('shared', 1);
  await destroyed(lately.box, DAYS - 1);
  for (const { box } of [long, unsent, shared]) await destroyed(box, DAYS + 1);
  // Made in the thread of an earlier box, which is home to both.
  await store.sql('UPDATE boxes SET home_thread_id = $2 WHERE id = $1', [lives.box, shared.home]);
  await store.sql(
    `INSERT INTO messages (id, thread_id, door, lane, kind, visibility, body, state)
     SELECT gen_random_uuid(), id, door, lane, 'notice', 'thread', '{}', 'pending' FROM threads WHERE id = $1`,
    [unsent.home],
  );
  await dropOld(store.db.tx, DAYS);
  const homes = [lives, lately, long, unsent, shared].map(({ home }) => home);
  expect(await left('threads', 'id', homes)).toEqual(homes.filter((home) => home !== long.home).sort());
});

test('rows go a batch at a time, all of them, and not one after the signal', async () => {
  const [lane, count] = ['flood', 35];
  const threadId = await store.thread('flood', lane);
  await store.sql(
    `INSERT INTO messages (id, thread_id, door, lane, kind, visibility, body, state, created_at)
     SELECT gen_random_uuid(), $1, 'chat', $2, 'notice', 'thread', '{}', 'sent', now() - interval '91 days' FROM generate_series(1, $3)`,
    [threadId, lane, count],
  );
  await store.sql('CREATE TABLE batches (rows bigint)');
  await store.sql(`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO batches SELECT count(*) FROM gone; RETURN NULL; END $$`);
  await store.sql(
    'CREATE TRIGGER note AFTER DELETE ON messages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note()',
  );
  const remaining = async () => (await store.sql('SELECT 1 FROM messages WHERE lane = $1', [lane])).length;
  await dropOld(store.db.tx, DAYS, { atOnce: 10, signal: AbortSignal.abort() });
  expect(await remaining()).toBe(count);
  await dropOld(store.db.tx, DAYS, { atOnce: 10 });
  expect(await remaining()).toBe(0);
  expect((await store.sql<{ most: string }>('SELECT max(rows) AS most FROM batches'))[0]?.most).toBe('10');
  await store.sql('DROP TRIGGER note ON messages');
});

test('what could not be brought to anybody stays for a month, and no longer than the rest where that is kept for longer', async () => {
  const threadId = await store.thread('unsent', 'unsent');
  const waiting = async () => (await store.sql(`SELECT 1 FROM messages WHERE lane = 'unsent'`)).length;
  await store.sql(
    `INSERT INTO messages (id, thread_id, door, lane, kind, visibility, body, state, created_at)
     SELECT gen_random_uuid(), $1, 'chat', 'unsent', 'notice', 'thread', '{}', state, now() - interval '29 days'
     FROM unnest(ARRAY['pending', 'kept', 'sent', 'shown']) AS state`,
    [threadId],
  );
  await dropOld(store.db.tx, 1);
  // One that is still tried, and one that was given up and is shown at the next log-in.
  expect(await waiting()).toBe(2);
  await store.sql(`UPDATE messages SET created_at = now() - interval '31 days' WHERE lane = 'unsent'`);
  await dropOld(store.db.tx, DAYS);
  expect(await waiting()).toBe(2);
  await dropOld(store.db.tx, 1);
  expect(await waiting()).toBe(0);
});
