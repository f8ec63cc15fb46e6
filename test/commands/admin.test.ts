// admin: tiers and suspensions from a door, for operators only, about the person who was meant.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLetterDoor } from '../fakes/letter-door.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

const letters = createLetterDoor();
let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ doors: () => [letters], settings: { admins: ['chat:team:boss', 'letters:boss'] } });
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

test('asks for a code where the words may be somebody else’s, and the code does it once', async () => {
  await letters.writes('boss', 'admin tier chat:team:ana free');
  const asked = await eventually('the question', () => letters.answers('boss')[0]);
  const text = JSON.stringify(asked);
  expect(text).toContain('Nothing is done yet. ana is unlimited and becomes free.');
  expect((await standing('ana'))?.tier).toBe('unlimited');
  const code = /confirm (\d{6})/.exec(text)?.[1] ?? '';
  await letters.writes('boss', `confirm ${code}`);
  expect(JSON.stringify(await eventually('the answer', () => letters.answers('boss')[1]))).toContain(
    '✓ ana: unlimited → free',
  );
  expect((await standing('ana'))?.tier).toBe('free');
});

test('does not do what was asked by somebody who is no operator any more', async () => {
  await house.say('kim', 'list');
  await house.sql(`UPDATE accounts SET admin = true WHERE name = 'kim'`);
  await house.sql(`INSERT INTO identities (id, account_id, door, tenant, subject, display)
    SELECT gen_random_uuid(), id, 'letters', '', 'kim', 'kim' FROM accounts WHERE name = 'kim'`);
  await letters.writes('kim', 'admin suspend chat:team:ana');
  const asked = await eventually('the question', () => letters.answers('kim')[0]);
  const code = /confirm (\d{6})/.exec(JSON.stringify(asked))?.[1] ?? '';
  await house.sql(`UPDATE accounts SET admin = false WHERE name = 'kim'`);
  await letters.writes('kim', `confirm ${code}`);
  expect(JSON.stringify(await eventually('the answer', () => letters.answers('kim')[1]))).toContain('is for operators');
  expect(await standing('ana')).toMatchObject({ suspended: false });
});
