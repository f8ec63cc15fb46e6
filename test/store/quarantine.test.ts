// What the database itself refuses to do in quarantine, whoever asks.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertJobWhile } from '../../src/store/jobs.ts';
import { enterQuarantine, quarantineOf } from '../../src/store/quarantine.ts';
import { beginPurge } from '../../src/store/reconcile.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('in quarantine no job is claimed or made by the house, and no home begins to go; afterwards all of it is', async () => {
  const { db, sql } = store;
  const accountId = await store.account('ana');
  const [waiting, idle, ended] = [
    await store.box(accountId, 'box-one'),
    await store.box(accountId, 'box-two'),
    await store.box(accountId, 'box-three'),
  ];
  const job = await store.job({ id: waiting, accountId });
  await sql(
    `UPDATE boxes SET state = 'destroyed', reserved_mib = 0, destroyed_at = now(), purge_after = now() WHERE id = $1`,
    [ended],
  );
  const wanted = {
    kind: 'spinup',
    beside: false,
    queue: 'vm-provision',
    payload: {},
    boxId: idle,
    maxTries: 1,
  } as const;
  const make = () => insertJobWhile(db.tx, wanted, { state: 'requested', desired: 'running' });

  expect(await enterQuarantine(db.tx, 'older', 'It is.')).toBe(true);
  expect(await enterQuarantine(db.tx, 'ahead', 'It is, too.')).toBe(false);
  expect(await quarantineOf(db.tx)).toMatchObject({ cause: 'older', detail: 'It is.' });
  expect([await store.claim(), await make(), await beginPurge(db.tx, ended)]).toEqual([undefined, undefined, false]);

  await sql(`DELETE FROM settings WHERE key = 'quarantine'`);
  expect((await store.claim())?.id).toBe(job);
  expect(await make()).toBeDefined();
  expect(await beginPurge(db.tx, ended)).toBe(true);
});
