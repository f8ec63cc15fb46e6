// Who is woken once a command's transaction has ended, in a house where nobody looks round by themselves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NEVER_MS, openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

/** Where nobody is woken, nothing comes for an hour. */
const DEADLINE_MS = 20_000;

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ timings: { ...UNREPAIRED, pollMs: NEVER_MS } });
});
afterAll(() => house.close());

test('whoever waits elsewhere for a job that destroy cancels is told at once', { timeout: DEADLINE_MS }, async () => {
  const gate = house.hold('create');
  const spinup = await house.ask('ann', 'spinup mybox');
  await gate.reached;
  await house.chat.type('ann', 'destroy mybox --yes', { lane: 'chat:elsewhere' });
  expect(await spinup.answer).toMatch(/spinup was cancelled, because destroy was asked/);
  gate.open();
});
