// Who is told of what, where: the door of their choice, the one they spoke at last, the next one, and the thread of the box.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Door } from '../../src/bots/door.ts';
import { type Notifier, startNotifier } from '../../src/bots/notifier.ts';
import { createLogger } from '../../src/log.ts';
import { type NewNotice, notify } from '../../src/store/notices.ts';
import { say } from '../../src/threads/reply.ts';
import { eventually } from '../support/eventually.ts';
import { NEVER_MS } from '../support/house.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { createScriptedDoor } from './scripted-door.ts';

let store: TestStore;
let made = 0;
let account: string;
let box: string;
/** Doors that have no way to anybody now. */
let shut: Set<string>;
const running: Notifier[] = [];

beforeAll(async () => {
  store = await openTestStore();
});
beforeEach(async () => {
  made += 1;
  shut = new Set();
  account = await store.account(`person-${made}`);
  box = await store.box(account, 'mybox');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((notifier) => notifier.stop()));
});
afterAll(() => store.close());

function door(name: string): Door {
  return {
    ...createScriptedDoor(),
    name,
    direct: async ({ tenant, subject }, { id }) =>
      shut.has(name) ? undefined : { key: id, address: { to: subject }, lane: `${name}:${tenant}:${subject}` },
    isDirect: (address, subject) => address.alone === subject,
  };
}
/** Brings what waits; `at` is the time of the person's day. */
function begin(at = new Date('2026-06-01T12:00:00Z')): void {
  const doors = [door('chat'), door('mail')];
  const logger = createLogger({ level: 'silent', secrets: [] });
  running.push(startNotifier({ db: store.db, doors, deliver: () => {}, pollMs: NEVER_MS, now: () => at, logger }));
}
const alsoBy = (name: string) =>
  store.sql(
    `INSERT INTO identities (id, account_id, door, subject, display) VALUES (gen_random_uuid(), $1, $2, $3, 'x')`,
    [account, name, `subject-${made}`],
  );
const choose = (kind: string, where: string) =>
  store.sql('INSERT INTO notice_choices (account_id, kind, door) VALUES ($1, $2, $3)', [account, kind, where]);
async function tell(more: Partial<NewNotice> = {}): Promise<void> {
  const event = `event-${made}-${Math.random()}`;
  const notice = { accountId: account, boxId: box, kind: 'stopped', event, reply: say('All of it.'), ...more } as const;
  expect(await notify(store.db.tx, notice)).toBe(true);
  expect(await notify(store.db.tx, notice)).toBe(false);
}
/** `door: text` of what was queued for the person, and what became of the notice. */
const told = async () =>
  (
    await store.sql<{ line: string }>(
      `SELECT t.door || ': ' || (m.body #>> '{reply,blocks,0,text}') AS line FROM messages m JOIN threads t ON t.id = m.thread_id WHERE m.account_id = $1 ORDER BY m.id`,
      [account],
    )
  ).map(({ line }) => line);
const states = async () =>
  (await store.sql<{ state: string }>('SELECT state FROM notices WHERE account_id = $1 ORDER BY id', [account])).map(
    ({ state }) => state,
  );
const settled = () =>
  eventually('it is settled', async () => (await states()).every((state) => state !== 'waiting') || undefined);

test('a direct message on the door where they speak, and a line in the thread of the box', async () => {
  await tell({ line: say('One line.') });
  begin();
  await settled();
  expect((await told()).sort()).toEqual(['chat: All of it.', 'chat: One line.']);
  expect(await states()).toEqual(['sent']);
});

test('on the door of their choice', async () => {
  await alsoBy('mail');
  await choose('stopped', 'mail');
  await tell();
  begin();
  await settled();
  expect(await told()).toEqual(['mail: All of it.']);
});

test('on the next door where the first has no way to them, and in the thread where none has', async () => {
  await alsoBy('mail');
  shut.add('chat');
  await tell();
  begin();
  await settled();
  expect(await told()).toEqual(['mail: All of it.']);
  shut.add('mail');
  await tell();
  begin();
  await settled();
  expect(await told()).toEqual(['mail: All of it.', 'chat: All of it.']);
  expect(await states()).toEqual(['sent', 'home']);
});

test('not at all where they said so, but the thread of the box gets its line', async () => {
  await choose('stopped', 'off');
  await tell({ line: say('One line.') });
  begin();
  await settled();
  expect(await told()).toEqual(['chat: One line.']);
  expect(await states()).toEqual(['off']);
});

test('after their quiet hours; a warning at once', async () => {
  await store.sql('UPDATE accounts SET quiet_from = 1320, quiet_to = 420 WHERE id = $1', [account]);
  await tell();
  await tell({ kind: 'warning', reply: say('A warning.') });
  begin(new Date('2026-06-01T23:00:00Z'));
  await eventually('the warning', async () => (await told()).length === 1 || undefined);
  expect(await told()).toEqual(['chat: A warning.']);
  const [row] = await store.sql<{ hours: number }>(
    `SELECT round(extract(epoch FROM due_at - now()) / 3600)::int AS hours FROM notices WHERE account_id = $1 AND state = 'waiting'`,
    [account],
  );
  expect(row?.hours).toBe(8);
});

test('in the thread of the box alone where nobody else reads it, so that an answer knows its box', async () => {
  await store.sql(
    `UPDATE threads SET address = jsonb_build_object('alone', $2::text) WHERE id = (SELECT home_thread_id FROM boxes WHERE id = $1)`,
    [box, `person-${made}`],
  );
  await tell({ line: say('One line.') });
  begin();
  await settled();
  expect(await told()).toEqual(['chat: All of it.']);
  const [row] = await store.sql<{ home: boolean }>(
    `SELECT m.thread_id = b.home_thread_id AS home FROM messages m, boxes b WHERE m.account_id = $1 AND b.id = $2`,
    [account, box],
  );
  expect(row?.home).toBe(true);
});

test('not in a correspondence with an address that is not theirs any more', async () => {
  await store.sql(
    `UPDATE threads SET address = '{"alone": "taken away"}' WHERE id = (SELECT home_thread_id FROM boxes WHERE id = $1)`,
    [box],
  );
  await tell();
  begin();
  await settled();
  const [row] = await store.sql<{ address: { to: string } }>(
    'SELECT t.address FROM messages m JOIN threads t ON t.id = m.thread_id WHERE m.account_id = $1',
    [account],
  );
  expect(row?.address).toEqual({ to: `person-${made}` });
});

test('the account that theirs was joined into', async () => {
  const other = await store.account(`other-${made}`);
  await store.sql('UPDATE accounts SET merged_into = $2, merged_at = now() WHERE id = $1', [account, other]);
  await tell();
  begin();
  await settled();
  const [row] = await store.sql<{ address: { to: string } }>(
    'SELECT t.address FROM messages m JOIN threads t ON t.id = m.thread_id WHERE m.account_id = $1',
    [other],
  );
  expect(row?.address).toEqual({ to: `other-${made}` });
});

test('once, whoever of two processes brings it', async () => {
  for (let count = 0; count < 20; count++) await tell();
  begin();
  begin();
  await settled();
  expect(await told()).toHaveLength(20);
});
