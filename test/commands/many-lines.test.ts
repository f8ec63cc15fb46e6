// Messages of several lines: a few are run in order, too many not at all; and what no database keeps is refused and shown.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(() => house.close());

const commandsOf = (person: string) =>
  house.sql('SELECT c.verb FROM commands c JOIN deliveries d ON d.id = c.delivery_id WHERE d.speaker ->> $1 = $2', [
    'subject',
    person,
  ]);

test('twenty are run, each with its answer', async () => {
  await house.say('ana', Array.from({ length: 20 }, () => 'whoami').join('\n'));
  const thread = house.chat.all().find(({ text }) => text.includes('chat:team:ana'))?.thread ?? '';
  expect(await commandsOf('ana')).not.toHaveLength(0);
  await expect
    .poll(() => house.chat.messages(thread).filter(({ kind }) => kind === 'final').length, { timeout: 20_000 })
    .toBe(20);
});

test('of more none is run, and one answer says so', async () => {
  const answer = await house.say('ben', Array.from({ length: 600 }, (_, at) => `spinup box-${at}`).join('\n'));
  expect(answer).toContain('That is 600 commands in one message, and 20 is the most. Nothing was done.');
  expect(await commandsOf('ben')).toHaveLength(1);
  expect(await house.sql(`SELECT 1 FROM boxes WHERE name LIKE 'box-%'`)).toEqual([]);
});

test.each(['spinup my\0box', 'spinup my\ud800box'])('what cannot be kept is answered: %j', async (line) => {
  expect(await house.say('cleo', line)).toMatch(/cannot be in a box name|cannot be used|U\+/);
});
