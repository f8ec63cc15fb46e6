// Which boxes a key finds by name at the SSH door; listing somebody's public key must change nothing for them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePublicKey } from '../../src/accounts/keys.ts';
import type { Directory } from '../../src/bots/ssh/directory.ts';
import { generateHostKey } from '../../src/bots/ssh/host-keys.ts';
import { DEFAULT_SIZES, DEFAULT_TIERS } from '../../src/boxes/sizes.ts';
import { idleConfig } from '../../src/config/idle.ts';
import { createChanges } from '../../src/queue/changes.ts';
import { createStoreDirectory } from '../../src/roles/ssh-directory.ts';
import { addAccessKey, signUp } from '../../src/store/accounts.ts';
import { boxById, moveBox } from '../../src/store/boxes.ts';
import { noteFailure } from '../../src/store/failures.ts';
import { keepMessage } from '../../src/store/kept-messages.ts';
import { queueMessage } from '../../src/store/threads.ts';
import { failureIdOf } from '../../src/threads/failure.ts';
import { say } from '../../src/threads/reply.ts';
import { eventually } from '../support/eventually.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
let directory: Directory;
const quiet = async (): Promise<void> => {};

beforeAll(async () => {
  store = await openTestStore();
  directory = createStoreDirectory({
    db: store.db,
    house: {
      version: 'test',
      sizes: DEFAULT_SIZES,
      tiers: DEFAULT_TIERS,
      providers: [],
      asksForPrices: true,
      gateway: { host: '127.0.0.1', port: 2222, isPublic: false, hostKey: generateHostKey().publicKey },
      destroyKeepHours: 0,
      idle: idleConfig({}),
      defaultTimeZone: 'UTC',
      admins: [],
    },
    wakes: { wakeWorker: quiet, wakeLanes: quiet, changed: quiet, close: quiet },
    changes: createChanges(),
    now: () => new Date('2026-11-21T15:00:00Z'),
    render: (reply) => reply.blocks.map((block) => ('text' in block ? block.text : '')).join(' '),
  });
});
afterAll(() => store.close());

/** A key that nobody has seen before. */
function newKey() {
  const parsed = parsePublicKey(generateHostKey().publicKey);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.key;
}

async function personWithBox(key: ReturnType<typeof newKey>, box: string): Promise<string> {
  return (await boxOfNewPerson(key, box)).account;
}

async function boxOfNewPerson(key: ReturnType<typeof newKey>, box: string): Promise<{ account: string; id: string }> {
  const who = { door: 'ssh', tenant: '', subject: key.fingerprint, display: key.fingerprint };
  const { account } = await store.db.transaction((tx) => signUp(tx, who, { timeZone: 'UTC', admin: false }));
  return { account: account.id, id: await store.box(account.id, box) };
}

test('a box of a stranger who lists the key never stands among those of somebody with an account', async () => {
  const [anas, strangers] = [newKey(), newKey()];
  await personWithBox(anas, 'mine');
  const stranger = await personWithBox(strangers, 'ana');
  await addAccessKey(store.db.tx, stranger, anas);
  const { boxes } = await directory.lookUp(anas.fingerprint);
  expect(boxes.map((box) => box.name)).toEqual(['mine']);
});

test('a key without an account finds the boxes of those who list it, each with its owner', async () => {
  const [owners, laptops] = [newKey(), newKey()];
  const owner = await personWithBox(owners, 'shared');
  await addAccessKey(store.db.tx, owner, laptops);
  const { account, boxes } = await directory.lookUp(laptops.fingerprint);
  expect(account).toBeUndefined();
  expect(boxes).toMatchObject([{ name: 'shared', owner: owners.fingerprint }]);
});

const ASLEEP_AT = new Date('2026-11-21T12:00:00Z');

test('a box that was put to sleep is seen as that, until it runs again', async () => {
  const { id } = await boxOfNewPerson(newKey(), 'sleeper');
  const set = (columns: string) => store.sql(`UPDATE boxes SET ${columns} WHERE id = $1`, [id]);
  await set(`state = 'stopped', desired = 'stopped', wakes = false, slept_at = '${ASLEEP_AT.toISOString()}'`);
  expect(await directory.box(id)).toMatchObject({ state: 'stopped', sleptAt: ASLEEP_AT, wakes: false });

  await set(`desired = 'running'`);
  expect(await directory.box(id), 'its start was asked for').toMatchObject({ sleptAt: undefined, wakes: true });

  await set(`state = 'starting', desired = 'stopped'`);
  const { epoch } = (await store.sql<{ epoch: string }>('SELECT epoch FROM boxes WHERE id = $1', [id]))[0] ?? {};
  await moveBox(store.db.tx, { boxId: id, epoch: BigInt(epoch ?? 0), to: 'running' });
  expect(await directory.box(id)).toMatchObject({ state: 'running', sleptAt: undefined, wakes: false });
});

test('use is noted with the time it happened, and never moved back', async () => {
  const { id } = await boxOfNewPerson(newKey(), 'busy');
  const lastUsed = async () => (await boxById(store.db.tx, id))?.lastUsedAt;
  await directory.opened(id, 'SHA256:nobody');
  expect(await lastUsed(), 'a log-in alone is no use').toBeNull();
  await directory.used(id, ASLEEP_AT);
  await directory.used(id, new Date(ASLEEP_AT.getTime() - 60_000));
  expect(await lastUsed()).toEqual(ASLEEP_AT);
});

test('a connection to a box whose provider is silent is told so at once, and no job is made for it', async () => {
  const { id } = await boxOfNewPerson(newKey(), 'asleep');
  await store.sql(`UPDATE boxes SET state = 'stopped', desired = 'stopped' WHERE id = $1`, [id]);
  await store.sql(`INSERT INTO circuits VALUES ('seeded', '2026-11-21T14:02:00Z', now(), 1000)`);
  const woken = await directory.wake(id, '', () => {}, AbortSignal.timeout(5000));
  expect(woken).toMatchObject({
    kind: 'refused',
    text: expect.stringMatching(/^asleep cannot be started now: seeded has not answered since 14:02\./),
  });
  expect(await store.sql('SELECT id FROM jobs WHERE box_id = $1', [id])).toEqual([]);
  await store.sql('DELETE FROM circuits');
});

test('what was kept for somebody ends with the id of that failure', async () => {
  const account = await personWithBox(newKey(), 'kept');
  const threadId = await store.thread('kept-thread', 'kept-lane');
  await store.sql(
    `INSERT INTO leases (name, holder, until, epoch) VALUES ('lane:kept-lane', 'me', now() + interval '1 hour', 7)`,
  );
  const body = { kind: 'reply' as const, reply: say('mybox is ready.') };
  await queueMessage(store.db.tx, { threadId, accountId: account, kind: 'final', visibility: 'private', body });
  const [message] = await store.sql<{ id: string }>(`SELECT id FROM messages WHERE lane = 'kept-lane'`);
  const id = message?.id ?? '';
  await keepMessage(store.db.tx, id, 'unreachable', { lane: 'kept-lane', holder: 'me', epoch: 7n });
  const text = `mybox is ready. For an operator: failure ${failureIdOf(id)}`;
  expect(await directory.undelivered(account)).toEqual([{ id, text }]);
});

test('a box that could not be woken says why, and ends with the id of that failure', async () => {
  const { id } = await boxOfNewPerson(newKey(), 'asleep');
  await store.sql(`UPDATE boxes SET state = 'stopped', desired = 'stopped' WHERE id = $1`, [id]);
  const woken = directory.wake(id, 'SHA256:x', () => {}, AbortSignal.timeout(10_000));
  const job = await eventually('a job', async () => {
    const [row] = await store.sql<{ id: string }>('SELECT id FROM jobs WHERE box_id = $1', [id]);
    return row?.id;
  });
  await noteFailure(store.db.tx, { kind: 'job', subject: job, code: 'quota' });
  await store.sql(`UPDATE jobs SET state = 'failed', error_text = 'No room.' WHERE id = $1`, [job]);
  const text = `No room.\nFor an operator: failure ${failureIdOf(job)}`;
  expect(await woken).toEqual({ kind: 'refused', text });
});
