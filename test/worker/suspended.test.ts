// Boxes of a suspended account: told, stopped after their notice, kept; and left alone when the account goes on.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stopSuspended } from '../../src/worker/suspended.ts';
import { eventually } from '../support/eventually.ts';
import { NEVER_MS, openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

let house: TestHouse;
let person: string;
let made = 0;
beforeAll(async () => {
  house = await openTestHouse({
    timings: { ...UNREPAIRED, watchMs: NEVER_MS },
    settings: { admins: ['chat:team:boss'] },
  });
});
beforeEach(() => {
  person = `person-${++made}`;
});
afterAll(() => house.close());

function sweep(noticeMinutes?: number): Promise<void> {
  const { db, wakes, logger } = house.services;
  return stopSuspended({
    db,
    wakes,
    logger,
    signal: AbortSignal.timeout(60_000),
    ...(noticeMinutes === undefined ? {} : { noticeMinutes }),
  });
}
const states = () =>
  house.sql<{ state: string; desired: string }>(
    'SELECT b.state, b.desired FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1',
    [person],
  );
const noticesIn = (thread: string) =>
  house.chat.messages(thread).flatMap(({ kind, text }) => (kind === 'notice' && text.includes('mybox') ? [text] : []));

test('is told at once, stopped when the notice is over and not before, and kept', async () => {
  const { thread, answer } = await house.ask(person, 'spinup mybox');
  await answer;
  expect(await house.say('boss', `admin suspend chat:team:${person}`)).toContain(
    'mybox: told, and stopped in 10 minutes',
  );
  const told = await eventually('the notice', () => noticesIn(thread)[0]);
  expect(told).toMatch(/mybox stops at \w{3} \d\d:\d\d: an operator suspended person-\d's account/);
  expect(told).toContain('kept for at least 30 days');
  await sweep();
  expect(await states()).toEqual([{ state: 'running', desired: 'running' }]);
  await house.sql(`UPDATE accounts SET suspended_at = now() - interval '11 minutes' WHERE name = $1`, [person]);
  await sweep();
  await eventually('it is stopped', async () => (await states())[0]?.state === 'stopped');
  await eventually('the second notice', () => noticesIn(thread)[1]?.includes('is being stopped'));
  await sweep();
  expect(noticesIn(thread)).toHaveLength(2);
  await house.say('boss', `admin resume chat:team:${person}`);
  expect(await house.say(person, 'start mybox')).toContain('mybox');
  expect(await states()).toEqual([{ state: 'running', desired: 'running' }]);
});

test('whose spinup is under way ends with its one answer, and its box is stopped after that', async () => {
  const gate = house.hold('create');
  const { thread, answer } = await house.ask(person, 'spinup mybox');
  await gate.reached;
  await house.say('boss', `admin suspend chat:team:${person}`);
  await sweep(0);
  gate.open();
  expect(await answer).toContain('mybox is ready');
  await eventually('the notice', () => noticesIn(thread)[0]?.includes('mybox stops at'));
  await sweep(0);
  await eventually('it is stopped', async () => (await states())[0]?.state === 'stopped');
});

test('that may go on before its notice is over keeps its boxes running', async () => {
  await house.say(person, 'spinup mybox');
  await house.say('boss', `admin suspend chat:team:${person}`);
  await house.say('boss', `admin resume chat:team:${person}`);
  await sweep(0);
  expect(await states()).toEqual([{ state: 'running', desired: 'running' }]);
});
