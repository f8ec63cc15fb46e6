// The order in which a lane's messages go out.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTurns } from '../../src/bots/turns.ts';

const messages = fc
  .array(
    fc.record({
      accountId: fc.constantFrom('ana', 'ben', 'cyd', null),
      thread: fc.constantFrom('t1', 't2', 't3', 't4'),
    }),
    {
      maxLength: 40,
    },
  )
  .map((all) =>
    all.map(({ accountId, thread }, n) => ({ id: String(n).padStart(3, '0'), accountId, thread: { id: thread } })),
  );
const own = (accountId: string, id: string) => ({ id, accountId, thread: { id } });

test('nothing is lost, and what is in one thread stays in its order, whoever was served before', () => {
  fc.assert(
    fc.property(messages, messages, (before, due) => {
      const turns = createTurns();
      for (const message of before) turns.served(message);
      const ordered = turns.inTurn(due);
      expect(ordered.map(({ id }) => id).sort()).toEqual(due.map(({ id }) => id));
      for (const thread of ['t1', 't2', 't3', 't4']) {
        const ids = ordered.filter((message) => message.thread.id === thread).map(({ id }) => id);
        expect(ids).toEqual([...ids].sort());
      }
    }),
  );
});

test('people take turns, the one served longest ago first', () => {
  const turns = createTurns();
  const due = [...['1', '2', '3'].map((id) => own('ana', id)), own('ben', '4'), own('cyd', '5'), own('ben', '6')];
  expect(turns.inTurn(due).map(({ id }) => id)).toEqual(['1', '4', '5', '2', '6', '3']);
  turns.served(own('ana', '1'));
  expect(turns.inTurn(due.slice(1)).map(({ id }) => id)).toEqual(['4', '5', '2', '6', '3']);
});
