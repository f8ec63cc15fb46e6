// admin: tiers and suspensions from a door, for operators only, about the person who was meant.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ settings: { admins: ['chat:team:boss'] } });
  for (const person of ['boss', 'ana']) await house.say(person, 'list');
});
afterAll(() => house.close());

const standing = async (name: string) =>
  (
    await house.sql<{ tier: string; suspended: boolean }>(
      'SELECT tier, suspended_at IS NOT NULL AS suspended FROM accounts WHERE name = $1',
      [name],
    )
  )[0];

test.each(['chat:team:ana', '<@ana>', '<@!ana>', '<@ana|Ana>'])('finds a person by %s', async (who) => {
  await house.sql(`UPDATE accounts SET tier = 'free' WHERE name = 'ana'`);
  expect(await house.say('boss', `admin tier ${who} pro`)).toContain(
    '✓ ana: free → pro: 4 vCPU · 8 GiB memory · 50 GiB home · 3 boxes · no idle stop',
  );
  expect(await standing('ana')).toMatchObject({ tier: 'pro' });
});

test('does nothing for others, and says whom it is for', async () => {
  for (const line of ['admin tier chat:team:ana unlimited', 'admin suspend <@ana>', 'admin resume <@ana>'])
    expect(await house.say('ana', line)).toContain('is for operators');
  expect(await standing('ana')).toEqual({ tier: 'pro', suspended: false });
});

test('suspends and lets go on; never the operator who asks', async () => {
  expect(await house.say('boss', 'admin suspend <@ana>')).toContain('✓ ana is suspended');
  expect(await house.say('ana', 'list')).toContain('suspended');
  expect(await house.say('boss', 'admin suspend <@ana>')).toContain('suspended already');
  expect(await house.say('boss', 'admin resume <@ana>')).toContain('may use Shellbox again');
  expect(await house.say('ana', 'list')).not.toContain('suspended');
  expect(await house.say('boss', 'admin suspend <@boss>')).toContain('That is you');
  const actions = await house.sql<{ action: string }>(
    `SELECT action FROM audit WHERE action LIKE 'account.%ed' ORDER BY id`,
  );
  expect(actions.map(({ action }) => action)).toEqual(['account.suspended', 'account.resumed']);
});

test('is not led astray by a name that looks like another identity, nor by two of one name', async () => {
  await house.say('mallory', 'list');
  await house.sql(`UPDATE accounts SET name = 'chat:team:ana' WHERE name = 'mallory'`);
  await house.sql(`UPDATE identities SET display = 'ana' WHERE subject = 'mallory'`);
  await house.say('boss', 'admin tier chat:team:ana unlimited');
  expect([(await standing('ana'))?.tier, (await standing('chat:team:ana'))?.tier]).toEqual(['unlimited', 'free']);
  expect(await house.say('boss', 'admin tier @ana pro')).toContain('Nobody here is "@ana"');
  expect(await house.say('boss', 'admin tier ana pro')).toContain('Nobody here is "ana"');
  expect((await standing('ana'))?.tier).toBe('unlimited');
});
