// The most boxes that an operator pays for at a provider, over all accounts.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeEach(async () => {
  house = await openTestHouse({ traits: { mostBoxes: 2 }, settings: { asksForPrices: false, destroyKeepHours: 24 } });
});
afterEach(() => house.close());

const present = async () => (await house.sql('SELECT 1 FROM boxes WHERE purged_at IS NULL')).length;

test('is not passed by several accounts at one moment, and the answer says what to do', async () => {
  for (const person of ['ana', 'bob', 'cem']) await house.say(person, 'list');
  const said = await Promise.all(['ana', 'bob', 'cem'].map((person) => house.say(person, `spinup box-of-${person}`)));
  const refused = said.filter((text) => !text.includes('is ready'));
  expect(refused).toHaveLength(1);
  expect(refused[0]).toContain('was not started: this installation has all 2 boxes that it may have at Seeded cloud');
  expect(refused[0]).toMatch(/Ask .+ to allow more, or try again when somebody has given one up/);
  expect(await present()).toBe(2);
});

test('counts stopped boxes and kept homes, so that a destroyed box can come back', async () => {
  await house.say('ana', 'spinup one');
  await house.say('ana', 'stop one');
  await house.say('bob', 'spinup two');
  await house.say('bob', 'destroy two --yes');
  expect(await house.say('cem', 'spinup three')).toContain('destroyed ones until their homes are gone');
  expect(await house.say('bob', 'undestroy two')).toContain('two is back');
  expect(await house.say('ana', 'start one')).toContain('one is running');

  await house.say('bob', 'destroy two --yes');
  await house.sql("UPDATE boxes SET purged_at = now(), host_private_key = NULL WHERE state = 'destroyed'");
  expect(await house.say('cem', 'spinup three')).toContain('three is ready');
});
