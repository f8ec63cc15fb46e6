// Secrets at rest: nowhere in a plain dump, bound to their row, and unreadable with another key.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse } from '../../src/roles/house.ts';
import { secret } from '../../src/secret.ts';
import { createSecretBox } from '../../src/store/secretbox.ts';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';
import { dumpDatabase, formsOf } from '../support/leaks.ts';

const planted: string[] = [];
const newKeyPair = () => {
  const pair = fakeKeyPair();
  planted.push(pair.privateKey.reveal());
  return pair;
};

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ settings: { newKeyPair } });
});
afterAll(() => house.close());

test('private keys of boxes, of the door and of the gateway are in no table, in no form', async () => {
  for (const person of ['ana', 'bea']) await house.say(person, `spinup ${person}s-box`);
  await house.say('ana', 'stop anas-box');
  // The door's, the gateway's and one for each box.
  expect(planted.length).toBeGreaterThanOrEqual(4);
  const everything = await dumpDatabase(house.sql);
  expect(everything).toContain('anas-box');
  for (const text of [
    ...planted,
    house.services.gatewayKey.privateKey.reveal(),
    house.services.doorKey.privateKey.reveal(),
  ]) {
    expect(formsOf(text).filter((form) => everything.includes(form))).toEqual([]);
  }
});

test('a house with another secret key says so clearly, and what to do', async () => {
  const { settings } = house.services;
  const wrong = openHouse({ ...settings, secretKey: secret(new Uint8Array(32).fill(8)) });
  await expect(wrong).rejects.toMatchObject({
    code: 'secret_unreadable',
    message: expect.stringContaining('SHELLBOX_SECRET_KEY'),
    remedy: expect.stringContaining('secret.key'),
  });
});

test('every process of an installation has the same id and keys, though two start at once', async () => {
  const { settings } = house.services;
  const fresh = { ...settings, installId: undefined };
  const both = await Promise.all([openHouse(fresh), openHouse(fresh)]);
  expect(both[0].installId).toMatch(/^[a-z][a-z0-9]{7}$/);
  expect(both[1].installId).toBe(both[0].installId);
  expect(both.map((one) => one.gatewayKey)).toEqual([house.services.gatewayKey, house.services.gatewayKey]);
  await Promise.all(both.map((one) => one.close()));
});

describe('the secret box', () => {
  const key = new Uint8Array(32).fill(1);
  const box = createSecretBox(secret(key));
  const unreadable = expect.objectContaining({ code: 'secret_unreadable' });

  test('opens what it sealed, and seals the same text differently each time', () => {
    const [one, other] = [box.seal('a secret', 'boxes:1'), box.seal('a secret', 'boxes:1')];
    expect([box.open(one, 'boxes:1'), box.open(other, 'boxes:1')]).toEqual(['a secret', 'a secret']);
    expect(Buffer.compare(one, other)).not.toBe(0);
  });

  test('opens nothing that was moved to another row, changed, cut, or sealed with another key', () => {
    const sealed = box.seal('a secret', 'boxes:1');
    expect(() => box.open(sealed, 'boxes:2')).toThrow(unreadable);
    for (let place = 0; place < sealed.length; place++) {
      const changed = sealed.slice();
      changed[place] = (changed[place] ?? 0) ^ 1;
      expect(() => box.open(changed, 'boxes:1')).toThrow(unreadable);
    }
    expect(() => box.open(sealed.subarray(0, -1), 'boxes:1')).toThrow(unreadable);
    expect(() => box.open(new Uint8Array(), 'boxes:1')).toThrow(unreadable);
    expect(() => createSecretBox(secret(new Uint8Array(32).fill(2))).open(sealed, 'boxes:1')).toThrow(unreadable);
  });

  test('hashes codes with its key', () => {
    const other = createSecretBox(secret(new Uint8Array(32).fill(2)));
    expect(Buffer.compare(box.hash('483112'), box.hash('483112'))).toBe(0);
    expect(Buffer.compare(box.hash('483112'), other.hash('483112'))).not.toBe(0);
  });
});
