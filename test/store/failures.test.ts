// Failures as rows: one id for one failure, and never one id for two.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureById, failureIdFor, noteFailure } from '../../src/store/failures.ts';
import { newId } from '../../src/store/ids.ts';
import { failureIdOf } from '../../src/threads/failure.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('the same failure has the same id, however often it is written down', async () => {
  const subject = newId();
  const first = await noteFailure(store.db.tx, { kind: 'job', subject, code: 'quota', remedy: 'Raise it.' });
  const again = await noteFailure(store.db.tx, { kind: 'job', subject, code: 'timeout' });
  expect([first, again]).toEqual([failureIdOf(subject), first]);
  expect(await failureIdFor(store.db.tx, subject)).toBe(first);
  expect(await failureById(store.db.tx, first)).toMatchObject({ subject, code: 'quota', remedy: 'Raise it.' });
});

test('an id that another failure has is not given twice', async () => {
  const [one, other] = [newId(), newId()];
  await store.sql(`INSERT INTO failures (id, kind, subject, code) VALUES ($1, 'job', $2, 'x')`, [
    failureIdOf(other),
    one,
  ]);
  const id = await noteFailure(store.db.tx, { kind: 'job', subject: other, code: 'quota' });
  expect(id).not.toBe(failureIdOf(other));
  expect((await failureById(store.db.tx, id))?.subject).toBe(other);
  expect((await failureById(store.db.tx, failureIdOf(other)))?.subject).toBe(one);
});
