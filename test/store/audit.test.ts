// The audit: every entry numbered and chained once, and whatever is changed afterwards is found.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audit, firstBrokenLink, sealAudit } from '../../src/store/audit.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
beforeEach(async () => {
  await store.sql('DELETE FROM audit');
});
afterAll(() => store.close());

const write = async (count: number) => {
  for (let entry = 0; entry < count; entry++) {
    await audit(store.db.tx, {
      actor: 'ana',
      action: 'box.requested',
      target: { zone: 1, box: `b-${entry}`, at: entry },
    });
  }
};
const seal = (limit?: number) => store.db.transaction((tx) => sealAudit(tx, limit));
const numbers = async () =>
  (await store.sql<{ number: string }>('SELECT number FROM audit ORDER BY number NULLS LAST')).map((row) =>
    row.number === null ? null : Number(row.number),
  );
const check = () => firstBrokenLink(store.db.tx);

test('entries are sealed in order, once, and the chain holds', async () => {
  await write(3);
  expect(await check()).toEqual({ checked: 0, broken: undefined });
  expect(await seal()).toBe(3);
  expect(await seal()).toBe(0);
  await write(2);
  expect(await seal()).toBe(2);
  expect(await numbers()).toEqual([1, 2, 3, 4, 5]);
  expect(await check()).toEqual({ checked: 5, broken: undefined });
});

test('an entry is written with what it tells of, or not at all', async () => {
  const undone = store.db.transaction(async (tx) => {
    await audit(tx, { actor: 'ana', action: 'box.requested', target: {} });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await numbers()).toEqual([]);
});

test('many sealers at once leave one unbroken chain', async () => {
  await write(40);
  await Promise.allSettled(Array.from({ length: 6 }, () => seal(7)));
  await write(10);
  await Promise.allSettled(Array.from({ length: 6 }, () => seal(7)));
  while ((await seal(7)) > 0);
  expect(await numbers()).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  expect(await check()).toEqual({ checked: 50, broken: undefined });
});

test('every hash stands on all entries before it: another beginning gives another end', async () => {
  await write(4);
  await seal();
  const hashes = async () =>
    (await store.sql<{ hash: string }>(`SELECT encode(hash, 'hex') AS hash FROM audit ORDER BY number`)).map(
      (row) => row.hash,
    );
  const before = await hashes();
  await store.sql(`UPDATE audit SET actor = CASE number WHEN 1 THEN 'bea' ELSE actor END, number = NULL, hash = NULL`);
  await seal();
  const after = await hashes();
  expect(new Set([...before, ...after]).size).toBe(8);
});

describe('tampering is found', () => {
  test.each([
    ['another actor', `UPDATE audit SET actor = 'bea' WHERE number = 3`, 3],
    ['another action', `UPDATE audit SET action = 'box.stopped' WHERE number = 3`, 3],
    ['another time', `UPDATE audit SET at = at + interval '1 ms' WHERE number = 3`, 3],
    ['another target', `UPDATE audit SET target = jsonb_set(target, '{box}', '"b-9"') WHERE number = 3`, 3],
    ['a target more', `UPDATE audit SET target = target || '{"more": 1}' WHERE number = 3`, 3],
    ['an entry taken out', 'DELETE FROM audit WHERE number = 3', 3],
    ['the first taken out', 'DELETE FROM audit WHERE number = 1', 1],
    ['another hash', `UPDATE audit SET hash = decode('00', 'hex') WHERE number = 5`, 5],
    [
      'two entries changed about',
      'UPDATE audit SET number = CASE number WHEN 3 THEN 94 ELSE 93 END WHERE number IN (3, 4)',
      3,
    ],
  ])('%s', async (_what, change, broken) => {
    await write(5);
    await seal();
    await store.sql(change);
    expect((await check()).broken).toBe(broken);
  });
});
