// People without an account, in any number: they take one turn together, and nobody with an account is refused for what they do.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const STRANGERS = 60;

let house: TestHouse;
let locker: Client;
beforeAll(async () => {
  house = await openTestHouse({
    timings: { ...UNREPAIRED, abandonedMs: 60_000 },
    worker: false,
    signUp: { mayJoin: ({ subject }) => !subject.startsWith('stranger') },
  });
  locker = new Client({ connectionString: house.servers.databaseUrl });
  await locker.connect();
});
afterAll(async () => {
  await locker.end();
  await house.close();
});

test('somebody with an account is answered among the first, however many strangers came before, also by a process that does not know them', async () => {
  await house.say('ana', 'list');
  await house.addBots();
  await locker.query('BEGIN; LOCK TABLE commands IN ACCESS EXCLUSIVE MODE');
  const flood = await Promise.all(
    Array.from({ length: STRANGERS }, (_, n) => house.chat.type(`stranger-${n}`, 'stop nothing')),
  );
  const anas = await house.chat.type('ana', 'stop nothing');
  await locker.query('COMMIT');
  const isAnswered = (thread: string) => house.chat.messages(thread).some(({ kind }) => kind === 'final');
  await eventually('all are answered', () => [anas, ...flood].every(isAnswered), 60_000);
  const order = await house.sql<{ subject: string }>(
    `SELECT d.speaker ->> 'subject' AS subject FROM commands c JOIN deliveries d ON d.id = c.delivery_id
      WHERE d.text = 'stop nothing' ORDER BY c.finished_at, c.id`,
  );
  expect(order).toHaveLength(STRANGERS + 1);
  expect(order.findIndex(({ subject }) => subject === 'ana')).toBeLessThan(12);
});
