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
      gateway: { host: '127.0.0.1', port: 2222, isPublic: false, hostKey: generateHostKey().publicKey },
      destroyKeepHours: 0,
      idle: idleConfig({}),
      defaultTimeZone: 'UTC',
      admins: [],
    },
    wakes: { wakeWorker: quiet, wakeLanes: quiet, changed: quiet, close: quiet },
    changes: createChanges(),
    render: () => '',
    now: () => new Date(),
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
  const who = { door: 'ssh', tenant: '', subject: key.fingerprint, display: key.fingerprint };
  const { account } = await store.db.transaction((tx) => signUp(tx, who, { timeZone: 'UTC', admin: false }));
  await store.box(account.id, box);
  return account.id;
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
