// Rows of snapshots where accounts are joined or forgotten, where the past is closed, and in quarantine.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forgetAccount } from '../../src/store/forget.ts';
import { lockBoth, mergeAccounts } from '../../src/store/merge.ts';
import { closePast } from '../../src/store/past.ts';
import { enterQuarantine } from '../../src/store/quarantine.ts';
import { insertSnapshot, noteSnapshotMade, snapshotsOf, snapshotsToRemove } from '../../src/store/snapshots.ts';
import { openTestStore, PROVIDER, type TestStore } from '../support/store.ts';

let store: TestStore;
let made = 0;
let accountId = '';
let boxId = '';
beforeAll(async () => {
  store = await openTestStore();
});
beforeEach(async () => {
  accountId = await store.account(`ana-${++made}`);
  boxId = await store.box(accountId, 'mybox');
});
afterAll(() => store.close());

async function snapshot(name: string, of = { accountId, boxId }, isKept = true): Promise<string> {
  const id = await insertSnapshot(store.db.tx, { ...of, name, provider: PROVIDER, homeGiB: 10 });
  if (isKept) expect(await noteSnapshotMade(store.db.tx, id, 4096)).toBe(true);
  return id;
}
const stateOf = async (id: string) =>
  (await store.sql<{ state: string }>('SELECT state FROM snapshots WHERE id = $1', [id]))[0]?.state;

test('of joined accounts have one owner, and names of their own', async () => {
  const other = await store.account(`ben-${made}`);
  const theirs = { accountId: other, boxId: await store.box(other, 'their-box') };
  await snapshot('before');
  for (const name of ['before', 'before-2', 'after']) await snapshot(name, theirs);
  await store.db.transaction(async (tx) => {
    await lockBoth(tx, { from: other, into: accountId });
    await mergeAccounts(tx, { from: other, into: accountId });
  });
  const names = (await snapshotsOf(store.db.tx, accountId)).map(({ name, boxName }) => `${name} of ${boxName}`);
  expect(names).toEqual(['before of mybox', 'before-3 of their-box', 'before-2 of their-box', 'after of their-box']);
  expect(await snapshotsOf(store.db.tx, other)).toEqual([]);
});

test('of somebody who is forgotten are to go', async () => {
  const id = await snapshot('before');
  await forgetAccount(store.db.tx, accountId, new Date());
  expect(await snapshotsToRemove(store.db.tx, PROVIDER, 100)).toContain(id);
});

test('that nobody makes any more are to go, those whose job lives are not', async () => {
  const [lost, wanted] = [await snapshot('lost', undefined, false), await snapshot('wanted', undefined, false)];
  const job = await store.job({ id: boxId, accountId }, 'snapshot');
  await store.sql(`UPDATE jobs SET payload = payload || jsonb_build_object('snapshot', $2::text) WHERE id = $1`, [
    job,
    wanted,
  ]);
  for (const state of ['queued', 'running', 'cancelling']) {
    await store.sql(
      'UPDATE jobs SET state = $2, lease_until = CASE WHEN $2 = $3 THEN NULL ELSE now() END WHERE id = $1',
      [job, state, 'queued'],
    );
    const going = await snapshotsToRemove(store.db.tx, PROVIDER, 100);
    expect([going.includes(lost), going.includes(wanted)]).toEqual([true, false]);
  }
  await store.sql(`UPDATE jobs SET state = 'cancelled', lease_until = NULL, finished_at = now() WHERE id = $1`, [job]);
  expect(await snapshotsToRemove(store.db.tx, PROVIDER, 100)).toContain(wanted);
  expect(await noteSnapshotMade(store.db.tx, wanted, 4096)).toBe(false);
});

test('that were being made in a past that is closed are to go; whole ones stay', async () => {
  const [half, whole] = [await snapshot('half', undefined, false), await snapshot('whole')];
  const job = await store.job({ id: boxId, accountId }, 'snapshot');
  await store.sql(`UPDATE jobs SET payload = payload || jsonb_build_object('snapshot', $2::text) WHERE id = $1`, [
    job,
    half,
  ]);
  await store.db.transaction((tx) => closePast(tx));
  expect([await stateOf(half), await stateOf(whole)]).toEqual(['removing', 'kept']);
});

test('stay in quarantine, all of them', async () => {
  const half = await snapshot('half', undefined, false);
  await enterQuarantine(store.db.tx, 'older', 'It is.');
  expect(await snapshotsToRemove(store.db.tx, PROVIDER, 100)).toEqual([]);
  expect(await stateOf(half)).toBe('making');
  await store.sql(`DELETE FROM settings WHERE key = 'quarantine'`);
  expect(await snapshotsToRemove(store.db.tx, PROVIDER, 100)).toContain(half);
});
