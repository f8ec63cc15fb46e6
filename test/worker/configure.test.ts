// Keys that change reach the boxes: running ones at once, those that were missed by the next round, stopped ones when they start.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Provider } from '../../src/providers/provider.ts';
import { newId } from '../../src/store/ids.ts';
import { createConfigurer } from '../../src/worker/configure.ts';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { lookRound } from './round.ts';

let house: TestHouse;
let person: string;
let made = 0;
beforeAll(async () => {
  house = await openTestHouse({ timings: UNREPAIRED });
});
beforeEach(() => {
  person = `person-${++made}`;
});
afterAll(() => house.close());

const newKey = () => fakeKeyPair().publicKey;
const fingerprintIn = (answer: string) => answer.match(/SHA256:\S+/)?.[0] ?? '';
async function keysInBox(): Promise<readonly string[]> {
  const [box] = await house.sql<{ id: string }>(
    `SELECT b.id FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1 AND b.state <> 'destroyed'`,
    [person],
  );
  return house.cloud.ledger.instances().find((instance) => instance.boxId === box?.id)?.authorizedKeys ?? [];
}
const arrives = (key: string) => eventually('the key is in the box', async () => (await keysInBox()).includes(key));
const leaves = (key: string) => eventually('the key is gone', async () => !(await keysInBox()).includes(key));

test('a box is made with the keys of its account and the key of the gateway', async () => {
  const key = newKey();
  await house.say(person, `keys add ${key}`);
  await house.say(person, 'spinup mybox');
  expect(await keysInBox()).toEqual([house.services.gatewayKey.publicKey, key]);
});

test('a box without any key is made all the same, and the reply says how to add one', async () => {
  const { thread, answer } = await house.ask(person, 'spinup mybox');
  expect(await answer).toContain('mybox is ready');
  const notices = house.chat.messages(thread).filter((message) => message.kind === 'notice');
  expect(notices.map((notice) => notice.text).join()).toContain('keys add');
});

test('a key added reaches the running box, and a key removed leaves it, without any round', async () => {
  await house.say(person, 'spinup mybox');
  const key = newKey();
  const answer = await house.say(person, `keys add ${key}`);
  expect(answer).toContain('works on mybox now');
  await arrives(key);
  await house.say(person, `keys remove ${fingerprintIn(answer)}`);
  await leaves(key);
  expect(await keysInBox()).toEqual([house.services.gatewayKey.publicKey]);
});

test('a key whose wake-up was lost, or whose provider was away, is brought in by the next round', async () => {
  await house.say(person, 'spinup mybox');
  const key = newKey();
  house.cloud.failNext('configure', 'unavailable');
  await house.say(person, `keys add ${key}`);
  await eventually('it was tried and failed', () => {
    const calls = house.cloud.ledger.history().filter((event) => event.call?.verb === 'configure');
    return calls.length > 2;
  });
  expect(await keysInBox()).not.toContain(key);
  await eventually('the next round brings it in', async () => {
    await lookRound(house);
    return (await keysInBox()).includes(key);
  });
  const behind = await house.sql(`SELECT 1 FROM boxes WHERE config_applied < config_wanted AND state = 'running'`);
  expect(behind).toEqual([]);
});

test('many changes at once end with the keys that are listed', async () => {
  await house.say(person, 'spinup mybox');
  const keys = Array.from({ length: 8 }, newKey);
  const answers = await Promise.all(keys.map((key) => house.say(person, `keys add ${key}`)));
  const removed = answers.slice(0, 4).map(fingerprintIn);
  await Promise.all(removed.map((fingerprint) => house.say(person, `keys remove ${fingerprint}`)));
  await eventually('the box has what is listed', async () => {
    await lookRound(house);
    return (await keysInBox()).length === 5;
  });
  expect([...(await keysInBox())].sort()).toEqual([house.services.gatewayKey.publicKey, ...keys.slice(4)].sort());
});

test('keys that change while a box is stopped are in it when it runs again', async () => {
  const [old, fresh] = [newKey(), newKey()];
  const answer = await house.say(person, `keys add ${old}`);
  await house.say(person, 'spinup mybox');
  await house.say(person, 'stop mybox');
  await house.say(person, `keys add ${fresh}`);
  await house.say(person, `keys remove ${fingerprintIn(answer)}`);
  await house.say(person, 'start mybox');
  expect(await keysInBox()).toEqual([house.services.gatewayKey.publicKey, fresh]);
});

/** Calls to `configure` stand still until they are let go, whatever their signal says, as in a process that is paused. */
function paused(provider: Provider) {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const configure: Provider['configure'] = async (box) => {
    reached.resolve();
    await released.promise;
    await provider.configure(box, { signal: new AbortController().signal });
  };
  return { provider: { ...provider, configure }, reached: reached.promise, release: () => released.resolve() };
}
function configurerOf(holder: string, provider = house.cloud.provider()) {
  const { db, secrets, installId, gatewayKey, logger } = house.services;
  const source = { installId, secrets, gatewayPublicKey: gatewayKey.publicKey };
  return createConfigurer({ db, providers: new Map([[provider.name, provider]]), source, holder, logger });
}
/** As `keys add` writes it, with the wake-up lost. */
async function addKeyUnheard(key: string): Promise<string> {
  await house.sql(
    `INSERT INTO access_keys (id, account_id, fingerprint, public_key, comment)
     SELECT $3::uuid, id, $2, $2, '' FROM accounts WHERE name = $1`,
    [person, key, newId()],
  );
  const [box] = await house.sql<{ id: string }>(
    `UPDATE boxes SET config_wanted = config_wanted + 1 WHERE account_id = (SELECT id FROM accounts WHERE name = $1) RETURNING id`,
    [person],
  );
  return box?.id ?? '';
}
const forgetLeases = () => house.sql(`UPDATE leases SET until = now() - interval '1 s' WHERE name LIKE 'configure:%'`);

test('a process paused in its call, which sends older keys after newer ones, has the newest brought in again', async () => {
  await house.say(person, 'spinup mybox');
  const [older, newer] = [newKey(), newKey()];
  const boxId = await addKeyUnheard(older);
  const slow = paused(house.cloud.provider());
  const late = configurerOf('paused', slow.provider).configure(boxId);
  await slow.reached;
  await forgetLeases();
  await addKeyUnheard(newer);
  await configurerOf('other').configure(boxId);
  expect(await keysInBox()).toContain(newer);
  slow.release();
  await late;
  await configurerOf('other').catchUp();
  expect(await keysInBox()).toEqual([house.services.gatewayKey.publicKey, older, newer]);
});

test('a process whose lease another has got while it prepared does not ask the provider', async () => {
  await house.say(person, 'spinup mybox');
  const boxId = await addKeyUnheard(newKey());
  const { db, secrets, installId, gatewayKey, logger } = house.services;
  const provider = house.cloud.provider();
  const calls: string[] = [];
  const watched: Provider = {
    ...provider,
    async configure(box, context) {
      calls.push(box.boxId);
      await provider.configure(box, context);
    },
  };
  // The process is paused while it reads the keys, which is the last thing before the lease is renewed.
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slowDb = {
    ...db,
    tx: new Proxy(db.tx, {
      get(target, key) {
        if (key !== 'accessKey') return Reflect.get(target, key);
        reached.resolve();
        return { findMany: (query: object) => released.promise.then(() => target.accessKey.findMany(query)) };
      },
    }),
  };
  const source = { installId, secrets, gatewayPublicKey: gatewayKey.publicKey };
  const late = createConfigurer({
    db: slowDb,
    providers: new Map([[provider.name, watched]]),
    source,
    holder: 'paused',
    logger,
  }).configure(boxId);
  await reached.promise;
  await house.sql(`UPDATE leases SET holder = 'other', until = now() + interval '1 min' WHERE name = $1`, [
    `configure:${boxId}`,
  ]);
  released.resolve();
  await late;
  expect(calls).toEqual([]);
});
