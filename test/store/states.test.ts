// The state of a box in the database: only what the table allows, and nothing by a job whose time is over.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BOX_STATES, type BoxState, DESIRED_STATES, TRANSITIONS } from '../../src/boxes/states.ts';
import { boxById, desire, markDestroyed, moveBox, nextIncarnation } from '../../src/store/boxes.ts';
import { bringBack } from '../../src/store/kept.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { illegalTransitions, watchTransitions } from '../support/transitions.ts';

let store: TestStore;
let accountId: string;
let made = 0;
beforeAll(async () => {
  store = await openTestStore();
  accountId = await store.account('ana');
  await watchTransitions(store.sql);
});
afterAll(() => store.close());

const newBox = () => store.box(accountId, `box-${++made}`);
const reach = (boxId: string, to: BoxState, epoch = 0n) =>
  to === 'destroyed'
    ? markDestroyed(store.db.tx, boxId, epoch, { purgeAfter: new Date(), keepMs: 0 })
    : moveBox(store.db.tx, { boxId, epoch, to });

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('move' as const), to: fc.constantFrom(...BOX_STATES) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('late' as const), to: fc.constantFrom(...BOX_STATES) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('desire' as const), to: fc.constantFrom(...DESIRED_STATES) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('claim' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const) }) },
);

test('any sequence of moves leaves the box where the table leads, and late writes change nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const boxId = await newBox();
      const model = { state: 'requested' as BoxState, desired: 'running', epoch: 0n, incarnation: 1 };
      for (const one of steps) {
        const alive = model.state !== 'destroyed';
        if (one.do === 'move') {
          const legal = alive && (TRANSITIONS[model.state] as readonly BoxState[]).includes(one.to);
          expect(await reach(boxId, one.to, model.epoch)).toBe(legal);
          if (legal) model.state = one.to;
        } else if (one.do === 'late') {
          expect(await reach(boxId, one.to, model.epoch - 1n)).toBe(false);
        } else if (one.do === 'desire') {
          const may = alive && (model.desired !== 'destroyed' || one.to === 'destroyed');
          expect(await desire(store.db.tx, boxId, one.to)).toBe(may);
          if (may) model.desired = one.to;
        } else if (one.do === 'claim') {
          await store.sql('UPDATE boxes SET epoch = epoch + 1 WHERE id = $1', [boxId]);
          model.epoch += 1n;
        } else if (one.do === 'back') {
          await bringBack(store.db.tx, boxId, { name: `back-${++made}`, sshPort: null, now: new Date() });
          if (!alive) Object.assign(model, { state: 'stopped', desired: 'stopped', epoch: model.epoch + 1n });
        } else {
          expect(await nextIncarnation(store.db.tx, boxId, model.epoch - 1n)).toBe(false);
          expect(await nextIncarnation(store.db.tx, boxId, model.epoch)).toBe(alive);
          if (alive) model.incarnation += 1;
        }
        expect(await boxById(store.db.tx, boxId)).toMatchObject(model);
      }
    }),
    { numRuns: 60 },
  );
  const { seen, illegal } = await illegalTransitions(store.sql);
  expect(illegal).toEqual([]);
  expect(seen).toBeGreaterThan(20);
});

test('the end of a box cannot be written by a job whose time is over', async () => {
  const boxId = await newBox();
  await reach(boxId, 'destroying');
  await store.sql('UPDATE boxes SET epoch = epoch + 1 WHERE id = $1', [boxId]);
  expect(await reach(boxId, 'destroyed', 0n)).toBe(false);
  expect(await boxById(store.db.tx, boxId)).toMatchObject({ state: 'destroying', hostPrivateKey: expect.anything() });
  expect(await reach(boxId, 'destroyed', 1n)).toBe(true);
});

describe('the table', () => {
  test('lets destroy in from every state but destroyed, and out of destroyed only back to stopped', () => {
    for (const [from, to] of Object.entries(TRANSITIONS)) {
      expect(to.some((state) => state === 'destroying')).toBe(!['destroying', 'destroyed'].includes(from));
    }
    expect(TRANSITIONS.destroyed).toEqual(['stopped']);
  });

  test('leads from every state to destroyed', () => {
    for (const from of BOX_STATES) {
      const reached = new Set<BoxState>([from]);
      for (const state of reached) for (const next of TRANSITIONS[state]) reached.add(next);
      expect(reached).toContain('destroyed');
    }
  });
});

describe('the database itself', () => {
  test('refuses a state, a wish and a name that do not exist', async () => {
    const boxId = await newBox();
    for (const change of [
      `state = 'asleep'`,
      `desired = 'paused'`,
      `name = 'Bad_Name'`,
      `name = 'x'`,
      'reserved_mib = -1',
    ]) {
      await expect(store.sql(`UPDATE boxes SET ${change} WHERE id = $1`, [boxId])).rejects.toMatchObject({
        code: '23514',
      });
    }
  });

  test('refuses a destroyed box that keeps its memory, and a purged one that keeps its host key', async () => {
    const boxId = await newBox();
    await reach(boxId, 'destroying');
    await expect(
      store.sql(`UPDATE boxes SET state = 'destroyed', destroyed_at = now() WHERE id = $1`, [boxId]),
    ).rejects.toMatchObject({ code: '23514' });
    await expect(
      store.sql(
        `UPDATE boxes SET state = 'destroyed', destroyed_at = now(), reserved_mib = 0, purged_at = now() WHERE id = $1`,
        [boxId],
      ),
    ).rejects.toMatchObject({ code: '23514' });
    expect(await reach(boxId, 'destroyed')).toBe(true);
    expect(await boxById(store.db.tx, boxId)).toMatchObject({
      hostPrivateKey: null,
      reservedMiB: 0,
      endpointPort: null,
    });
  });

  test('has one live box of a name in an account, and any number of destroyed ones', async () => {
    const first = await store.box(accountId, 'only-one');
    await expect(store.box(accountId, 'only-one')).rejects.toThrow();
    await store.box(await store.account('bea'), 'only-one');
    await reach(first, 'destroying');
    await reach(first, 'destroyed');
    await store.box(accountId, 'only-one');
  });

  test('has one live job of a box', async () => {
    const box = { id: await newBox(), accountId };
    expect(await store.job(box, 'spinup')).not.toBe('');
    expect(await store.job(box, 'destroy')).toBe('');
    await expect(
      store.sql(
        `INSERT INTO jobs (id, kind, queue, payload, box_id, account_id, state, max_tries)
         VALUES (gen_random_uuid(), 'stop', 'vm-control', '{}', $1, $2, 'queued', 1)`,
        [box.id, accountId],
      ),
    ).rejects.toMatchObject({ code: '23505' });
  });
});
