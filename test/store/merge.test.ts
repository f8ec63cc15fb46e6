// Accounts that were joined into another: what still names them finds the other one, and nothing can be done in their name.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  accountById,
  findAccounts,
  findSpeaker,
  holdAccount,
  listAccounts,
  nobodyIsAdmin,
} from '../../src/store/accounts.ts';
import { keptMessages } from '../../src/store/kept-messages.ts';
import { lockBoth, lockBoxesOf, mergeAccounts } from '../../src/store/merge.ts';
import { queueMessage } from '../../src/store/threads.ts';
import { say } from '../../src/threads/reply.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
let from: string;
let into: string;
beforeAll(async () => {
  store = await openTestStore();
  [from, into] = [await store.account('goes'), await store.account('stays')];
  const box = await store.box(from, 'mybox');
  await store.job({ id: box, accountId: from });
  await store.sql('UPDATE accounts SET admin = true WHERE id = $1', [from]);
  await store.sql(
    `INSERT INTO notice_choices (account_id, kind, door) VALUES ($1, 'tier', 'off'), ($1, 'home', 'email'), ($2, 'home', 'off')`,
    [from, into],
  );
  await store.db.transaction(async (tx) => {
    expect(await lockBoth(tx, { from, into })).toBe(true);
    expect(await lockBoxesOf(tx, from)).toMatchObject([{ queue: 'vm-provision' }]);
    await mergeAccounts(tx, { from, into });
  });
});
afterAll(() => store.close());

test('resolve to the account that stays, by id too', async () => {
  const { tx } = store.db;
  for (const id of [from, into]) expect((await accountById(tx, id))?.id).toBe(into);
  expect((await findAccounts(tx, from)).map(({ id }) => id)).toEqual([into]);
  expect((await findSpeaker(tx, 'chat:team:goes'))?.id).toBe(into);
  expect((await listAccounts(tx, 10)).map(({ id }) => id)).toEqual([into]);
});

test('cannot be held, joined again, or be the last operator', async () => {
  const { tx } = store.db;
  expect(await holdAccount(tx, from)).toBe(false);
  expect(await holdAccount(tx, into)).toBe(true);
  expect(await store.db.transaction((one) => lockBoth(one, { from, into }))).toBe(false);
  expect(await nobodyIsAdmin(tx)).toBe(true);
  await expect(store.sql('UPDATE accounts SET admin = true WHERE id = $1', [from])).rejects.toThrow();
  await expect(
    store.sql('UPDATE accounts SET merged_into = id, merged_at = now() WHERE id = $1', [into]),
  ).rejects.toThrow();
});

test('leave no box or job behind, and the box is to get the keys of both', async () => {
  const rows = await store.sql(
    'SELECT b.account_id AS box, j.account_id AS job, b.config_wanted AS wanted FROM boxes b JOIN jobs j ON j.box_id = b.id',
  );
  expect(rows).toEqual([{ box: into, job: into, wanted: 2 }]);
});

test('have an answer that was being written to them shown to the one that stays', async () => {
  const reply = say('done');
  await queueMessage(store.db.tx, {
    threadId: await store.thread('late'),
    accountId: from,
    kind: 'notice',
    visibility: 'private',
    body: { kind: 'notice', reply },
  });
  await store.sql(`UPDATE messages SET state = 'kept' WHERE account_id = $1`, [from]);
  expect(await keptMessages(store.db.tx, into, 5)).toMatchObject([{ body: { reply } }]);
});

test('leave their choices where the one that stays has made none', async () => {
  expect(await store.sql('SELECT account_id, kind, door FROM notice_choices ORDER BY kind')).toEqual([
    { account_id: into, kind: 'home', door: 'off' },
    { account_id: into, kind: 'tier', door: 'off' },
  ]);
});
