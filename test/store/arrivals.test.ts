// Arrivals and answers written together: each once, also beside themselves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordAnswers } from '../../src/store/answers.ts';
import { insertDeliveries, lockDelivery } from '../../src/store/deliveries.ts';
import { newId } from '../../src/store/ids.ts';
import { say } from '../../src/threads/reply.ts';
import { arrivalOf, openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('arrivals of one statement get a row each in their order, and the same one twice is one row', async () => {
  const arrivals = ['a-2', 'a-1', 'a-2'].map((id) => arrivalOf('ana', id, `info ${id}`));
  const [second, first, again] = await insertDeliveries(store.db.tx, arrivals);
  expect(first?.fresh?.text).toBe('info a-1');
  expect(second?.fresh?.text).toBe('info a-2');
  expect(again).toEqual({ delivery: second?.delivery, duplicate: true, fresh: undefined });
  const later = await insertDeliveries(store.db.tx, arrivals);
  expect(later.map(({ delivery, duplicate }) => [delivery, duplicate])).toEqual([
    [second?.delivery, true],
    [first?.delivery, true],
    [second?.delivery, true],
  ]);
});

test('what is left to work on is what a process that takes it over would read', async () => {
  const [written] = await insertDeliveries(store.db.tx, [arrivalOf('ana', 'a-3', 'list')]);
  const read = await store.db.transaction((tx) => lockDelivery(tx, written?.delivery ?? ''));
  expect(read).toEqual(written?.fresh);
});

test('an answer is recorded once, whoever comes second, beside the answers of others', async () => {
  const written = await insertDeliveries(store.db.tx, [
    arrivalOf('ana', 'a-4', 'list'),
    arrivalOf('ben', 'a-5', 'list'),
  ]);
  const answer = (place: number, words: string) => ({
    command: {
      id: newId(),
      deliveryId: written[place]?.delivery ?? '',
      ordinal: 0,
      accountId: undefined,
      verb: 'list',
      threadId: written[place]?.fresh?.thread.id ?? '',
      visibility: 'private' as const,
    },
    reply: say(words),
  });
  await recordAnswers(store.db.tx, [answer(0, 'first')]);
  await recordAnswers(store.db.tx, [answer(0, 'second'), answer(1, 'other')]);
  const rows = await store.sql<{ delivery: string; said: string; message: string }>(
    `SELECT d.delivery_id AS delivery, r.body->'reply'->'blocks'->0->>'text' AS said, m.body->'reply'->'blocks'->0->>'text' AS message
     FROM deliveries d JOIN commands c ON c.delivery_id = d.id JOIN replies r ON r.command_id = c.id JOIN messages m ON m.command_id = c.id
     WHERE d.delivery_id IN ('a-4', 'a-5') AND d.processed_at IS NOT NULL ORDER BY 1`,
  );
  expect(rows).toEqual([
    { delivery: 'a-4', said: 'first', message: 'first' },
    { delivery: 'a-5', said: 'other', message: 'other' },
  ]);
});
