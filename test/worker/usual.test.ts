// The usual time of jobs is asked of the database now and then, not for every job.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUsualTimes } from '../../src/worker/usual.ts';
import { openTestStore, PROVIDER, type TestStore } from '../support/store.ts';

let store: TestStore;
let made = 0;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

async function ran(seconds: number): Promise<void> {
  const accountId = await store.account(`person-${++made}`);
  const job = await store.job({ id: await store.box(accountId, 'mybox'), accountId });
  await store.sql(
    `UPDATE jobs SET state = 'succeeded', started_at = now() - $2 * interval '1 second', finished_at = now() WHERE id = $1`,
    [job, seconds],
  );
}

test('what is known serves for a minute, what is not known for two seconds', async () => {
  let nowMs = 0;
  const usual = createUsualTimes(store.db, () => nowMs);
  const seconds = async () => {
    const found = await usual.of('spinup', PROVIDER);
    return found === undefined ? undefined : Math.round(found.p50Ms / 1000);
  };
  for (let run = 0; run < 4; run++) await ran(10);
  expect(await seconds()).toBeUndefined();
  await ran(10);
  expect(await seconds()).toBeUndefined();
  nowMs += 3_000;
  expect(await seconds()).toBe(10);
  for (let run = 0; run < 20; run++) await ran(40);
  nowMs += 50_000;
  expect(await seconds()).toBe(10);
  nowMs += 11_000;
  expect(await seconds()).toBe(40);
});
