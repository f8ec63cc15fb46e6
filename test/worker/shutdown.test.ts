// The end of a worker process: whatever it is busy with, it takes nothing new from the moment it is told.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ worker: false });
});
afterAll(() => house.close());

test('a job that comes while a round hangs in its provider is left to the next process', async () => {
  const gate = house.hold('list');
  const worker = await house.startWorker();
  await gate.reached;
  const began = performance.now();
  const stopped = worker.stop();
  const { answer } = await house.ask('ana', 'spinup mybox');
  await eventually('the job is there', async () => (await house.sql('SELECT 1 FROM jobs')).length === 1);
  await stopped;
  // The provider is given 60 s for a list.
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(await house.sql('SELECT state, tries FROM jobs')).toEqual([{ state: 'queued', tries: 0 }]);
  gate.open();
  await house.startWorker();
  expect(await answer).toContain('mybox is ready');
});
