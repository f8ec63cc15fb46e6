// A flood of commands that only read: arrivals are acknowledged, and others do not wait behind it.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const FLOOD = 60;
const ACKNOWLEDGED_MS = 2000;

let house: TestHouse;
let locker: Client;
beforeAll(async () => {
  house = await openTestHouse({ timings: { ...UNREPAIRED, abandonedMs: 60_000 }, worker: false });
  locker = new Client({ connectionString: house.servers.databaseUrl });
  await locker.connect();
});
afterAll(async () => {
  await locker.end();
  await house.close();
});

test('while none of it gets an answer, another arrival is acknowledged, and is answered among the first', async () => {
  for (const person of ['flooder', 'other']) await house.say(person, 'list');
  await locker.query('BEGIN; LOCK TABLE boxes IN ACCESS EXCLUSIVE MODE');
  const flood = await Promise.all(Array.from({ length: FLOOD }, () => house.chat.type('flooder', 'list')));
  const began = performance.now();
  const other = await house.chat.type('other', 'list');
  expect(performance.now() - began).toBeLessThan(ACKNOWLEDGED_MS);
  await locker.query('COMMIT');
  const isAnswered = (thread: string) => house.chat.messages(thread).some(({ kind }) => kind === 'final');
  await eventually('all are answered', () => [other, ...flood].every(isAnswered));
  const finals = house.chat.all().filter(({ kind }) => kind === 'final');
  const ids = await house.sql<{ name: string }>(
    `SELECT a.name FROM commands c JOIN accounts a ON a.id = c.account_id ORDER BY c.finished_at, c.id`,
  );
  expect(finals).toHaveLength(FLOOD + 3);
  // Two lists before the flood, then those that were under way, then theirs.
  expect(ids.findLastIndex(({ name }) => name === 'other')).toBeLessThan(2 + 12);
});
