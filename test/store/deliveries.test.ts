// Deliveries and commands: written once, worked on by one, answered once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerWaiting, recordAnswered, recordWaiting } from '../../src/store/answers.ts';
import { abandonedDeliveries, insertDelivery, lockDelivery } from '../../src/store/deliveries.ts';
import { newId } from '../../src/store/ids.ts';
import { say } from '../../src/threads/reply.ts';
import { arrivalOf, openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('the same delivery many times at once is one row, and all but one are told so', async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, () => insertDelivery(store.db.tx, arrivalOf('ana', 'd-1', 'list'))),
  );
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
  expect(await store.sql(`SELECT 1 FROM deliveries WHERE delivery_id = 'd-1'`)).toHaveLength(1);
  const elsewhere = { ...arrivalOf('ana', 'd-1', 'list'), tenant: 'other' };
  expect((await insertDelivery(store.db.tx, elsewhere)).duplicate).toBe(false);
});

test('a delivery that one process works on is not given to another, and not again once it is done', async () => {
  const { id } = await insertDelivery(store.db.tx, arrivalOf('ana', 'd-2', 'list'));
  await store.db.transaction(async (tx) => {
    expect((await lockDelivery(tx, id))?.id).toBe(id);
    expect(await store.db.transaction((other) => lockDelivery(other, id))).toBeUndefined();
  });
  await store.sql('UPDATE deliveries SET processed_at = now() WHERE id = $1', [id]);
  expect(await store.db.transaction((tx) => lockDelivery(tx, id))).toBeUndefined();
});

test('only what nobody finished in time counts as abandoned', async () => {
  const { id } = await insertDelivery(store.db.tx, arrivalOf('ana', 'd-3', 'list'));
  const abandoned = async () => (await abandonedDeliveries(store.db.tx, 60_000, 100)).map((delivery) => delivery.id);
  expect(await abandoned()).not.toContain(id);
  await store.sql(`UPDATE deliveries SET received_at = now() - interval '2 minutes' WHERE id = $1`, [id]);
  expect(await abandoned()).toContain(id);
  await store.sql('UPDATE deliveries SET processed_at = now() WHERE id = $1', [id]);
  expect(await abandoned()).not.toContain(id);
});

test('what was abandoned is taken over in turns: the second of nobody comes before the first of everybody', async () => {
  const people = ['flo', 'flo', 'flo', 'gil', 'flo', 'hal'];
  for (const [n, person] of people.entries()) await insertDelivery(store.db.tx, arrivalOf(person, `turn-${n}`, 'list'));
  await store.sql(
    `UPDATE deliveries SET received_at = now() - interval '1 hour' + split_part(delivery_id, '-', 2)::int * interval '1 second' WHERE delivery_id LIKE 'turn-%'`,
  );
  const order = (await abandonedDeliveries(store.db.tx, 60_000, 5)).map(({ speaker }) => speaker.subject);
  expect(order).toEqual(['flo', 'gil', 'hal', 'flo', 'flo']);
  await store.sql('UPDATE deliveries SET processed_at = now()');
});

test('two processes that share a delivery of many lines do each line once', async () => {
  const lines = 150;
  const { id } = await insertDelivery(store.db.tx, arrivalOf('ana', 'd-4', 'version\n'.repeat(lines)));
  async function work(): Promise<number> {
    for (let done = 0; ; ) {
      const handled = await store.db.transaction(async (tx) => {
        const found = await lockDelivery(tx, id);
        if (found === undefined || found.handled >= lines) return found?.handled ?? -1;
        const { thread, handled: ordinal } = found;
        const command = { id: newId(), deliveryId: id, ordinal, accountId: undefined, verb: 'version' };
        await recordAnswered(tx, { ...command, threadId: thread.id, visibility: 'private' }, say('1'), false);
        return ordinal;
      });
      if (handled >= lines) return done;
      if (handled >= 0) done += 1;
    }
  }
  const done = await Promise.all([work(), work(), work()]);
  expect(done.reduce((sum, one) => sum + one, 0)).toBe(lines);
});

test('every command that waits for a job gets one final, however often it is given', async () => {
  const { id } = await insertDelivery(store.db.tx, arrivalOf('ana', 'd-5', 'stop'));
  const threadId = await store.thread('d-5');
  const accountId = await store.account('ana');
  const boxId = await store.box(accountId, 'ana-box');
  const jobId = await store.job({ id: boxId, accountId });
  for (const ordinal of [0, 1]) {
    const command = { id: newId(), deliveryId: id, ordinal, accountId, verb: 'stop', threadId };
    await recordWaiting(store.db.tx, { ...command, visibility: 'thread' }, { jobId, boxId });
  }
  expect(await answerWaiting(store.db.tx, jobId, say('stopped'))).toHaveLength(1);
  expect(await answerWaiting(store.db.tx, jobId, say('stopped again'))).toEqual([]);
  const finals = await store.sql<{ body: string }>(
    `SELECT m.body::text AS body FROM messages m JOIN commands c ON c.id = m.command_id WHERE c.job_id = $1 AND m.kind = 'final'`,
    [jobId],
  );
  expect(finals).toHaveLength(2);
  expect(finals.filter(({ body }) => body.includes('again'))).toEqual([]);
});

test('the database refuses a second final for a command', async () => {
  const [reply] = await store.sql<{ command: string }>(
    `SELECT command_id AS command FROM replies WHERE kind = 'final'`,
  );
  await expect(
    store.sql(`INSERT INTO replies (id, command_id, kind, body) VALUES (gen_random_uuid(), $1, 'final', '{}')`, [
      reply?.command,
    ]),
  ).rejects.toMatchObject({ code: '23505' });
});
