// Keys that change reach the boxes: running ones at once, those that were missed by the next round, stopped ones when they start.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
