// undestroy: a destroyed box comes back with its home and its host key while they are kept, counts again, and is never taken from under it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { homesAboutToGo, noteKeepTold } from '../../src/store/kept.ts';
import { beginPurge } from '../../src/store/reconcile.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { illegalTransitions, watchTransitions } from '../support/transitions.ts';
import { lookRound } from '../worker/round.ts';

const HOUR_MS = 3_600_000;

let house: TestHouse;
let made = 0;
let ana = '';
beforeAll(async () => {
  house = await openTestHouse({
    timings: UNREPAIRED,
    traits: { longestCreateMs: 0 },
    settings: { destroyKeepHours: 24, admins: ['chat:team:boss'] },
  });
  await watchTransitions(house.sql);
});
beforeEach(async () => {
  ana = `ana-${++made}`;
  await house.say(ana, 'list');
});
afterAll(() => house.close());

interface Row {
  id: string;
  name: string;
  state: string;
  desired: string;
  port: number;
  key: string | null;
}
const boxes = () =>
  house.sql<Row>(
    `SELECT b.id, b.name, b.state, b.desired, b.ssh_port AS port, encode(b.host_private_key, 'hex') AS key
     FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1 ORDER BY b.created_at`,
    [ana],
  );
const homes = (id: string | undefined) => house.cloud.ledger.homes().filter((home) => home.boxId === id).length;
const pro = () => house.say('boss', `admin tier chat:team:${ana} pro`);
async function destroyed(name: string): Promise<string> {
  await house.say(ana, `spinup ${name}`);
  return house.say(ana, `destroy ${name} --yes`);
}

test('destroy says until when and what to type, and the box comes back on its home, with its key and its port', async () => {
  await house.say(ana, 'spinup mybox');
  const [before] = await boxes();
  const said = await house.say(ana, 'destroy mybox --yes');
  expect(said).toMatch(/mybox is destroyed\. Until \w{3} \d\d:\d\d it can come back/);
  expect(said).toContain('undestroy mybox');
  await lookRound(house);
  expect(homes(before?.id)).toBe(1);
  expect(await house.say(ana, 'list')).toContain('You have no boxes');

  const back = await house.say(ana, 'undestroy mybox');
  expect(back).toContain('mybox is back, stopped');
  expect(back).not.toContain('port');
  expect(await boxes()).toEqual([{ ...before, state: 'stopped', desired: 'stopped' }]);
  await lookRound(house);
  expect(await house.say(ana, 'start mybox')).toContain('mybox is running');
  expect(homes(before?.id)).toBe(1);
  expect(await house.say(ana, 'stop mybox')).toContain('stopped');
  const actions = await house.sql<{ action: string }>(
    `SELECT action FROM audit WHERE target ->> 'box' = $1 ORDER BY id`,
    [before?.id],
  );
  expect(actions.map(({ action }) => action)).toContain('box.brought_back');
  expect((await illegalTransitions(house.sql)).illegal).toEqual([]);
});

test('a destroyed box counts for neither name nor limit; the one that comes back does', async () => {
  await destroyed('mybox');
  expect(await house.say(ana, 'spinup mybox')).toContain('mybox is ready');
  const taken = await house.say(ana, 'undestroy mybox');
  expect(taken).toContain('You have a box "mybox" by now');
  expect(taken).toContain('undestroy mybox --as mybox-2');
  expect(await house.say(ana, 'undestroy mybox --as mybox-2')).toContain(
    'mybox-2 was not brought back: 1 of 1 free box is used',
  );
  await pro();
  expect(await house.say(ana, 'undestroy mybox --as mybox-2')).toContain('mybox-2 is back');
  expect(await house.say(ana, 'spinup mybox-2')).toContain('you have it already');
  expect((await boxes()).map(({ name, state }) => `${name} ${state}`)).toEqual(['mybox-2 stopped', 'mybox running']);
});

test('of several of one name the last one destroyed comes back, and then the one before', async () => {
  await pro();
  for (const _ of [1, 2]) await destroyed('mybox');
  await house.say(ana, 'undestroy mybox');
  expect((await boxes()).map(({ state }) => state)).toEqual(['destroyed', 'stopped']);
  expect(await house.say(ana, 'undestroy mybox --as elder')).toContain('elder is back');
  expect((await boxes()).map(({ name, state }) => `${name} ${state}`)).toEqual(['elder stopped', 'mybox stopped']);
});

test('says what can come back and until when, or that there is nothing; another’s box reads like none', async () => {
  expect(await house.say(ana, 'undestroy')).toContain(
    'There is nothing to bring back. A destroyed box is kept for 24 h.',
  );
  await destroyed('mybox');
  const said = await house.say(ana, 'undestroy thatbox');
  expect(said).toContain('No destroyed box "thatbox"');
  expect(said).toMatch(/mybox\s.*\w{3} \d\d:\d\d/);
  await house.say('ben', 'list');
  expect(await house.say('ben', 'undestroy mybox')).toContain('nothing to bring back');
});

test('gets another port where the old one was given away, and says so', async () => {
  await destroyed('mybox');
  const [box] = await boxes();
  await house.sql(`INSERT INTO ports (provider, port, box_id) VALUES ('seeded', $1, gen_random_uuid())`, [box?.port]);
  expect(await house.say(ana, 'undestroy mybox')).toContain('SSH port is another one');
  const [back] = await boxes();
  expect(back?.port).not.toBe(box?.port);
  expect(await house.sql('SELECT port FROM ports WHERE box_id = $1', [box?.id])).toEqual([{ port: back?.port }]);
});

test('ten at the same moment bring one box back', async () => {
  await destroyed('mybox');
  const asks = await Promise.all(Array.from({ length: 10 }, () => house.ask(ana, 'undestroy mybox')));
  const answers = await Promise.all(asks.map((ask) => ask.answer));
  expect(answers.filter((answer) => answer.includes('mybox is back'))).toHaveLength(1);
  expect(await boxes()).toMatchObject([{ state: 'stopped' }]);
});

describe('a home that is being removed', () => {
  test('does not come back once its removal has begun', async () => {
    await destroyed('mybox');
    const [box] = await boxes();
    expect(await beginPurge(house.services.db.tx, box?.id ?? '')).toBe(true);
    expect(await house.say(ana, 'undestroy mybox')).toContain('nothing to bring back');
    expect(await boxes()).toMatchObject([{ state: 'destroyed', key: null }]);
  });

  test('is not removed once its box came back while the removal was on its way', async () => {
    await destroyed('mybox');
    const [box] = await boxes();
    await house.say(ana, 'undestroy mybox');
    expect(await beginPurge(house.services.db.tx, box?.id ?? '')).toBe(false);
    expect(await boxes()).toMatchObject([{ state: 'stopped', key: box?.key }]);
  });

  test('waits for whoever is bringing its box back', async () => {
    await destroyed('mybox');
    const [box] = await boxes();
    const { db } = house.services;
    const began = await db.transaction(async (tx) => {
      await tx.$executeRaw`SELECT 1 FROM boxes WHERE id = ${box?.id}::uuid FOR UPDATE`;
      const removal = beginPurge(db.tx, box?.id ?? '');
      await tx.$executeRaw`UPDATE boxes SET state = 'stopped', desired = 'stopped' WHERE id = ${box?.id}::uuid`;
      return [removal];
    });
    expect(await began[0]).toBe(false);
  });
});

test('against a removal at the same moment, by a clock that is ahead, the home goes or the box comes back with it', async () => {
  const people = Array.from({ length: 12 }, (_, index) => `${ana}-${index}`);
  for (const person of people) {
    await house.say(person, 'spinup mybox');
    await house.say(person, 'destroy mybox --yes');
  }
  const ahead = () => new Date(Date.now() + 25 * HOUR_MS);
  const asks = people.map(async (person) => (await house.ask(person, 'undestroy mybox')).answer);
  const [answers] = await Promise.all([Promise.all(asks), lookRound(house, { now: ahead })]);
  const rows = await house.sql<{ id: string; who: string; state: string; keyless: boolean }>(
    `SELECT b.id, a.name AS who, b.state, b.host_private_key IS NULL AS keyless FROM boxes b JOIN accounts a ON a.id = b.account_id
     WHERE a.name = ANY($1)`,
    [people],
  );
  for (const { id, who, state, keyless } of rows) {
    const isBack = answers[people.indexOf(who)]?.includes('mybox is back') === true;
    expect([who, state, keyless, homes(id)]).toEqual([
      who,
      ...(isBack ? ['stopped', false, 1] : ['destroyed', true, 0]),
    ]);
  }
});

describe('where the provider cannot keep a home', () => {
  let other: TestHouse;
  beforeAll(async () => {
    other = await openTestHouse({ traits: { keepsHomes: false }, settings: { destroyKeepHours: 24 } });
  });
  afterAll(() => other.close());

  test('the question says that it goes for good, and it goes at once', async () => {
    await other.say('eve', 'spinup mybox');
    expect(await other.say('eve', 'destroy mybox')).toContain('will be removed for good');
    expect(await other.say('eve', 'destroy mybox --yes')).toContain('mybox is destroyed, its home too');
    expect(other.cloud.ledger.homes()).toEqual([]);
    expect(await other.say('eve', 'undestroy mybox')).toContain('nothing to bring back');
  });
});

// Last: it moves the clock.
describe('the end of the time', () => {
  test('is told about once beforehand, and after it nothing comes back', async () => {
    await destroyed('mybox');
    const [box] = await boxes();
    const { db, now } = house.services;
    const due = async () => (await homesAboutToGo(db.tx, now(), 2 * HOUR_MS, 1000)).map(({ id }) => id);
    expect(await due()).not.toContain(box?.id);
    house.passTime(22.5 * HOUR_MS);
    expect(await due()).toContain(box?.id);
    expect(await noteKeepTold(db.tx, box?.id ?? '', now())).toBe(true);
    expect(await noteKeepTold(db.tx, box?.id ?? '', now())).toBe(false);
    expect(await due()).not.toContain(box?.id);
    house.passTime(1.6 * HOUR_MS);
    expect(await house.say(ana, 'undestroy mybox')).toContain('nothing to bring back');
    // The database's clock has to say so, too.
    await house.sql(`UPDATE boxes SET purge_after = now() WHERE id = $1`, [box?.id]);
    await lookRound(house);
    expect(homes(box?.id)).toBe(0);
    expect(await boxes()).toMatchObject([{ state: 'destroyed', key: null }]);
  });
});

test('no more homes are kept than a host can bear: a free account with three has to wait, or bring one back', async () => {
  for (const name of ['one-box', 'two-box', 'three-box']) await destroyed(name);
  const refused = await house.say(ana, 'spinup four-box');
  expect(refused).toContain('four-box was not started: the homes of 3 boxes that you destroyed are still kept');
  expect(refused).toContain('undestroy three-box');
  expect(await house.say(ana, 'undestroy three-box')).toContain('is back');
});
