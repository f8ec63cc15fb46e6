// unlink: takes one way of speaking away; never the last one, and the one that speaks only after a question.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePublicKey } from '../../src/accounts/keys.ts';
import { addAccessKey, addIdentity } from '../../src/store/accounts.ts';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(() => house.close());

const idsOf = (person: string) =>
  house.sql<{ id: string }>('SELECT account_id AS id FROM identities WHERE subject = $1', [person]);
/** One account that both speak for. */
async function linked(person: string): Promise<string> {
  const other = `${person}-b`;
  await house.say(person, 'list');
  const code = (await house.say(person, 'link')).match(/link ([0-9a-z]{10})/)?.[1] ?? 'none';
  await house.say(other, `link ${code}`);
  return other;
}

test('lists what there is to type, without the one that speaks', async () => {
  await house.say('ana', 'list');
  expect(await house.say('ana', 'unlink')).toContain('known as chat:team:ana only');
  const other = await linked('ana');
  const said = await house.say('ana', 'unlink');
  expect(said).toContain(`unlink chat:team:${other}`);
  expect(said).not.toContain('unlink chat:team:ana\n');
});

test('takes another identity away at once; boxes and keys stay', async () => {
  const other = await linked('bea');
  await house.say(other, 'spinup beas');
  expect(await house.say('bea', `unlink chat:team:${other}`)).toContain(`chat:team:${other} speaks for bea no more`);
  expect(await house.say('bea', 'list')).toContain('beas');
  expect(await house.say(other, 'list')).not.toContain('beas');
  const audit = await house.sql(`SELECT target ->> 'subject' AS subject FROM audit WHERE action = 'identity.unlinked'`);
  expect(audit).toContainEqual({ subject: other });
});

test('never takes the last one away, asked in any way', async () => {
  const other = await linked('cleo');
  const asked = await house.say('cleo', 'unlink chat:team:cleo');
  await house.say('cleo', `unlink chat:team:${other}`);
  expect(await house.say('cleo', 'unlink chat:team:cleo')).toContain('the only way in which you are known');
  expect(await house.say('cleo', `confirm ${asked.match(/confirm (\d{6})/)?.[1]}`)).toContain('the only way');
  expect(await idsOf('cleo')).toHaveLength(1);
});

test('asks before it takes away the one that speaks', async () => {
  const other = await linked('dora');
  const asked = await house.say('dora', 'unlink chat:team:dora');
  expect(asked).toContain('Nothing is unlinked yet');
  expect(await idsOf('dora')).toHaveLength(1);
  expect(await house.say('dora', `confirm ${asked.match(/confirm (\d{6})/)?.[1]}`)).toContain('no more');
  expect(await idsOf('dora')).toEqual([]);
  expect(await idsOf(other)).toHaveLength(1);
});

test('of each other at the same moment leaves one of the two', async () => {
  for (let round = 0; round < 8; round++) {
    const person = `eve-${round}`;
    const other = await linked(person);
    const [account] = await idsOf(person);
    const asked = await Promise.all([
      house.ask(person, `unlink chat:team:${other}`),
      house.ask(other, `unlink chat:team:${person}`),
    ]);
    await Promise.all(asked.map(({ answer }) => answer));
    const left = await house.sql('SELECT 1 FROM identities WHERE account_id = $1', [account?.id]);
    expect(left).toHaveLength(1);
  }
});

test("of a key says that it still opens the boxes, and of somebody else's identity that there is none", async () => {
  await house.say('fay', 'list');
  const parsed = parsePublicKey(fakeKeyPair().publicKey);
  if (!parsed.ok) throw new Error(parsed.problem);
  const [account] = await idsOf('fay');
  const subject = parsed.key.fingerprint;
  await addIdentity(house.services.db.tx, account?.id ?? '', { door: 'ssh', tenant: '', subject, display: 'laptop' });
  await addAccessKey(house.services.db.tx, account?.id ?? '', parsed.key);
  await house.say('gil', 'list');
  expect(await house.say('gil', `unlink ssh:${subject}`)).toContain('You are not known as');
  expect(await house.say('fay', `unlink ssh:${subject}`)).toContain(`keys remove ${subject}`);
  expect(await idsOf(subject)).toEqual([]);
  expect(await house.say('fay', 'keys')).toContain(subject);
});

test('makes a link code good for nothing that the one who goes had asked for', async () => {
  const other = await linked('fay');
  const code = (await house.say(other, 'link')).match(/link ([0-9a-z]{10})/)?.[1] ?? 'none';
  await house.say('fay', `unlink chat:team:${other}`);
  expect(await house.say('somebody-else', `link ${code}`)).toContain('That code is wrong');
  expect(await idsOf('somebody-else')).not.toEqual(await idsOf('fay'));
});
