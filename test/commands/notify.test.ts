// Where people hear of what, as they choose it by typing.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandContext } from '../../src/commands/context.ts';
import { notify } from '../../src/commands/notify.ts';
import { NOTICE_KINDS } from '../../src/threads/notice.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ worker: false });
});
afterAll(() => house.close());

const choicesOf = async (name: string) =>
  Object.fromEntries(
    (
      await house.sql<{ kind: string; door: string }>(
        'SELECT c.kind, c.door FROM notice_choices c JOIN accounts a ON a.id = c.account_id WHERE a.name = $1',
        [name],
      )
    ).map(({ kind, door }) => [kind, door]),
  );
async function alsoKnownAt(name: string, door: string): Promise<void> {
  await house.sql(
    `INSERT INTO identities (id, account_id, door, tenant, subject, display) SELECT gen_random_uuid(), id, $2, '', name, name FROM accounts WHERE name = $1`,
    [name, door],
  );
}

test('a kind goes to a door that the person is known at, or nowhere, or anywhere again', async () => {
  await house.say('ana', 'list');
  await alsoKnownAt('ana', 'email');
  expect(await house.say('ana', 'notify recovered email')).toMatch(/From now on[\s\S]*recovered.*email/);
  expect(await house.say('ana', 'notify Tier OFF')).toMatch(/tier.*off/);
  expect(await choicesOf('ana')).toEqual({ recovered: 'email', tier: 'off' });
  await house.say('ana', 'notify recovered chat');
  await house.say('ana', 'notify tier on');
  expect(await choicesOf('ana')).toEqual({ recovered: 'chat' });
});

test('without arguments it says what goes where, and changes nothing', async () => {
  const before = await choicesOf('ana');
  const answer = await house.say('ana', 'notify');
  for (const kind of NOTICE_KINDS) expect(answer).toContain(kind);
  expect(answer).toMatch(/recovered.*chat/);
  expect(answer).toContain('first of chat, email that works');
  expect(await choicesOf('ana')).toEqual(before);
});

test('a door that the person is not known at is refused, with what there is to type', async () => {
  const answer = await house.say('ben', 'notify warning slack');
  expect(answer).toMatch(/"slack" is no door that you are known at[\s\S]*notify warning chat[\s\S]*link/);
  expect(await choicesOf('ben')).toEqual({});
});

test('SSH is no choice, because it cannot call anybody', async () => {
  await alsoKnownAt('ana', 'ssh');
  expect(await house.say('ana', 'notify error ssh')).toMatch(/SSH cannot call you[\s\S]*notify error chat/);
  expect(await choicesOf('ana')).not.toHaveProperty('error');
});

test('all off is allowed, and says what it means', async () => {
  expect(await house.say('cleo', 'notify all off')).toContain('Boxes stop without a message to you then.');
  expect(Object.keys(await choicesOf('cleo')).sort()).toEqual([...NOTICE_KINDS].sort());
  expect(await house.say('cleo', 'notify warning on')).not.toContain('without a message');
});

test('who is only known by a key is told how SSH tells, others are not', async () => {
  await house.say('dan', 'list');
  expect(await house.say('dan', 'notify')).not.toContain('next log-in');
  const [dan] = await house.sql<{ id: string }>(`SELECT id FROM accounts WHERE name = 'dan'`);
  await house.sql(`UPDATE identities SET door = 'ssh' WHERE account_id = $1`, [dan?.id]);
  const context = { tx: house.services.db.tx, account: { id: dan?.id } } as CommandContext;
  const result = await notify.run(context, {});
  expect(JSON.stringify(result)).toContain('SSH tells you in open sessions and at the next log-in');
});
