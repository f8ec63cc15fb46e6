// link: one person on several doors. Newcomers are linked at once; two accounts are joined after a question, whole or not at all.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  // No round repairs what a join leaves undone.
  house = await openTestHouse({ timings: UNREPAIRED, settings: { admins: ['chat:team:boss'] } });
});
afterAll(() => house.close());

const MINUTE_MS = 60_000;
const WRONG = /wrong, used, or older/;
const linkCode = async (person: string) =>
  (await house.say(person, 'link')).match(/link ([0-9a-z]{10})/)?.[1] ?? 'none';
const confirmCode = (asked: string) => asked.match(/confirm (\d{6})/)?.[1] ?? 'none';
/** Joins the account of `from` into that of `into`; the answer. */
async function join(from: string, into: string): Promise<string> {
  const asked = await house.say(from, `link ${await linkCode(into)}`);
  return house.say(from, `confirm ${confirmCode(asked)}`);
}
const accountOf = async (person: string) =>
  (await house.sql<{ id: string }>(`SELECT account_id AS id FROM identities WHERE subject = $1`, [person]))[0]?.id;
const boxes = (where: string) =>
  house.sql<{ id: string; name: string; state: string; account: string }>(
    `SELECT id, name, state, account_id AS account FROM boxes WHERE name LIKE $1 AND state <> 'destroyed' ORDER BY name`,
    [where],
  );

describe('somebody without an account', () => {
  test('speaks for the account at once, and the code is used up', async () => {
    await house.say('ana', 'spinup anas');
    const code = await linkCode('ana');
    expect(await house.say('ana-phone', `link ${code}`)).toContain(
      'chat:team:ana-phone speaks for ana (chat:team:ana) now',
    );
    expect(await house.say('ana-phone', 'list')).toContain('anas');
    expect(await house.say('stranger', `link ${code}`)).toMatch(WRONG);
    expect(await accountOf('stranger')).toBeUndefined();
  });

  test('may type a code in capitals, and a newer code makes the older one void', async () => {
    await house.say('abe', 'list');
    const [old, code] = [await linkCode('abe'), await linkCode('abe')];
    expect(await house.say('abe-phone', `link ${old}`)).toMatch(WRONG);
    expect(await house.say('abe-phone', `link ${code.toUpperCase()}`)).toContain('speaks for abe');
  });

  test('has five tries, then even the right code waits; others are not held up', async () => {
    await house.say('amy', 'list');
    for (let attempt = 0; attempt < 5; attempt++)
      expect(await house.say('guesser', `link 0000${attempt}aaaaa`)).toMatch(WRONG);
    const code = await linkCode('amy');
    expect(await house.say('guesser', `link ${code}`)).toContain('Too many wrong codes');
    expect(await house.say('amy-phone', `link ${code}`)).toContain('speaks for amy');
  });
});

describe('two accounts', () => {
  test('are joined after a question that names both and what each has', async () => {
    await house.say('bea', 'spinup beas');
    await house.say('bea-chat', 'spinup other');
    const asked = await house.say('bea-chat', `link ${await linkCode('bea')}`);
    expect(asked).toContain('This joins bea-chat (chat:team:bea-chat, 1 box) into bea (chat:team:bea, 1 box)');
    expect(asked).toContain('2 boxes are more than the 1 of tier free');
    expect(await house.say('bea-chat', 'list')).not.toContain('beas');

    expect(await house.say('bea-chat', `confirm ${confirmCode(asked)}`)).toContain('belong to bea (chat:team:bea) now');
    for (const person of ['bea', 'bea-chat']) expect(await house.say(person, 'list')).toMatch(/beas[\s\S]*other/);
    // Over the limit nothing stops, and nothing new is made.
    expect((await boxes('%')).filter(({ name }) => name === 'beas' || name === 'other')).toMatchObject([
      { state: 'running' },
      { state: 'running' },
    ]);
    expect(await house.say('bea-chat', 'spinup third')).toContain('2 of 1 free box');
  });

  test('keep tier, time zone and name of the one that gave out the code', async () => {
    await house.say('cleo', 'list');
    await house.say('cleo-chat', 'list');
    await house.sql(`UPDATE accounts SET tier = 'pro', time_zone = 'Europe/Vienna' WHERE name = 'cleo'`);
    await house.sql(`UPDATE accounts SET tier = 'unlimited' WHERE name = 'cleo-chat'`);
    await join('cleo-chat', 'cleo');
    expect(await house.say('cleo-chat', 'whoami')).toMatch(
      /cleo · pro · Europe\/Vienna[\s\S]*chat:team:cleo-chat \(this one\)/,
    );
  });

  test('share keys, each once, and every running box of either has them at once', async () => {
    const [common, own] = [fakeKeyPair().publicKey, fakeKeyPair().publicKey];
    await house.say('dora', 'spinup doras');
    await house.say('dora-chat', 'spinup chats');
    await house.say('dora', `keys add ${common} laptop`);
    await house.say('dora-chat', `keys add ${common} the-same`);
    await house.say('dora-chat', `keys add ${own} desk`);
    expect(await join('dora-chat', 'dora')).toContain('2 boxes, 2 keys');
    const ids = new Set((await boxes('%')).flatMap(({ id, name }) => (['doras', 'chats'].includes(name) ? [id] : [])));
    await eventually('both boxes have both keys', () => {
      const live = house.cloud.ledger.instances().filter(({ boxId }) => ids.has(boxId));
      const all = live.map((one) => one.authorizedKeys.join());
      return live.length === 2 && all.every((keys) => keys.includes(common) && keys.includes(own));
    });
  });

  test('with live boxes of one name are not joined: they are named, before and after the question', async () => {
    await house.say('eve', 'list');
    await house.say('eve-chat', 'spinup twin');
    const asked = await house.say('eve-chat', `link ${await linkCode('eve')}`);
    await house.say('eve', 'spinup twin');
    expect(await house.say('eve-chat', `confirm ${confirmCode(asked)}`)).toContain('Both have a box named twin');
    expect(await house.say('eve-chat', `link ${await linkCode('eve')}`)).toMatch(
      /Both have a box named twin[\s\S]*destroy twin/,
    );
    expect(await accountOf('eve')).not.toBe(await accountOf('eve-chat'));
    await house.say('eve', 'destroy twin --yes');
    expect(await join('eve-chat', 'eve')).toContain('belong to eve');
  });

  test('answer for a job that was live when they were joined, in the thread that asked', async () => {
    await house.say('fay', 'list');
    const gate = house.hold('create');
    const spinup = await house.ask('fay-chat', 'spinup fays');
    await gate.reached;
    const key = fakeKeyPair().publicKey;
    await house.say('fay', `keys add ${key}`);
    await join('fay-chat', 'fay');
    gate.open();
    expect(await spinup.answer).toContain('fays is ready');
    const [box] = await boxes('fays');
    expect(box).toMatchObject({ state: 'running', account: await accountOf('fay') });
    expect(await house.sql('SELECT account_id AS id FROM usage WHERE box_id = $1', [box?.id])).toEqual([
      { id: box?.account },
    ]);
    // It came up with the keys of before; the others follow as soon as it runs.
    await eventually('the key', () =>
      house.cloud.ledger.instances().some((one) => one.boxId === box?.id && one.authorizedKeys.join().includes(key)),
    );
    expect(await house.say('fay', 'stop fays')).toContain('stopped');
    expect(await house.say('fay-chat', 'destroy', { thread: spinup.thread })).toContain('fays and its home');
  });

  test('leave a row that tells where the account went, also after it goes on from there', async () => {
    for (const person of ['gil', 'gil-b', 'gil-c']) await house.say(person, 'list');
    const first = await accountOf('gil-c');
    await join('gil-c', 'gil-b');
    await join('gil-b', 'gil');
    const [row] = await house.sql(
      'SELECT merged_into AS "into", merged_at IS NOT NULL AS at FROM accounts WHERE id = $1',
      [first],
    );
    expect(row).toEqual({ into: await accountOf('gil'), at: true });
    expect(
      await house.sql(`SELECT 1 FROM identities WHERE account_id <> $1 AND subject LIKE 'gil%'`, [
        await accountOf('gil'),
      ]),
    ).toEqual([]);
    const audit = await house.sql<{ target: object }>(
      `SELECT target FROM audit WHERE action = 'account.merged' AND actor = $1`,
      [first],
    );
    expect(audit).toMatchObject([{ target: { from: first } }]);
  });

  test('are one after it: the code joins nobody else, and neither can be joined to itself', async () => {
    for (const person of ['hal', 'hal-b', 'mallory']) await house.say(person, 'list');
    const code = await linkCode('hal');
    const askedFirst = await house.say('mallory', `link ${code}`);
    const asked = await house.say('hal-b', `link ${code}`);
    expect(await house.say('hal-b', `confirm ${confirmCode(asked)}`)).toContain('belong to hal');
    expect(await house.say('mallory', `confirm ${confirmCode(askedFirst)}`)).toMatch(/used, void or older/);
    expect(await house.say('mallory', `link ${code}`)).toMatch(WRONG);
    expect(await accountOf('mallory')).not.toBe(await accountOf('hal'));
    expect(await house.say('hal-b', `link ${await linkCode('hal')}`)).toContain('your own');
  });

  test("do not give an operator's right away, and say that it ends", async () => {
    await house.say('ivy', 'list');
    await house.say('ivy-op', 'list');
    await house.sql(`UPDATE accounts SET admin = true WHERE name = 'ivy-op'`);
    const asked = await house.say('ivy-op', `link ${await linkCode('ivy')}`);
    expect(asked).toContain('ivy-op is an operator, and that right ends');
    await house.say('ivy-op', `confirm ${confirmCode(asked)}`);
    for (const person of ['ivy', 'ivy-op']) expect(await house.say(person, 'whoami')).not.toContain('operator');
    expect(await house.sql(`SELECT admin FROM accounts WHERE name = 'ivy-op'`)).toEqual([{ admin: false }]);
  });

  test('are not joined while one of them is suspended', async () => {
    for (const person of ['jan', 'jan-b']) await house.say(person, 'list');
    const code = await linkCode('jan');
    const asked = await house.say('jan-b', `link ${code}`);
    await house.sql(`UPDATE accounts SET suspended_at = now() WHERE name = 'jan'`);
    expect(await house.say('jan-b', `confirm ${confirmCode(asked)}`)).toContain('suspended');
    expect(await house.say('jan', 'link')).toContain('suspended');
    await house.sql(
      `UPDATE accounts SET suspended_at = CASE WHEN name = 'jan-b' THEN now() END WHERE name LIKE 'jan%'`,
    );
    expect(await house.say('jan-b', `link ${await linkCode('jan')}`)).toContain('suspended');
    expect(await accountOf('jan')).not.toBe(await accountOf('jan-b'));
  });

  test("are joined only by the one that was asked: another's confirmation does nothing", async () => {
    for (const person of ['kim', 'kim-b', 'eavesdropper']) await house.say(person, 'list');
    const asked = await house.say('kim-b', `link ${await linkCode('kim')}`);
    for (const other of ['eavesdropper', 'kim'])
      expect(await house.say(other, `confirm ${confirmCode(asked)}`)).toMatch(WRONG);
    expect(await house.say('kim-b', `confirm ${confirmCode(asked)}`)).toContain('belong to kim');
  });
});

// Last: it moves the clock for all that follows.
test('a code is good for ten minutes, typed or already asked about', async () => {
  for (const person of ['lou', 'lou-b']) await house.say(person, 'list');
  const code = await linkCode('lou');
  house.passTime(6 * MINUTE_MS);
  const asked = await house.say('lou-b', `link ${code}`);
  house.passTime(5 * MINUTE_MS);
  expect(await house.say('lou-b', `confirm ${confirmCode(asked)}`)).toMatch(/used, void or older/);
  expect(await house.say('lou-c', `link ${code}`)).toMatch(WRONG);
  expect(await accountOf('lou')).not.toBe(await accountOf('lou-b'));
});
