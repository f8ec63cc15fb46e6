// Confirmations: destroy asks first, and a code works once, for its own account, for ten minutes, within five tries.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';
import { dumpDatabase } from '../support/leaks.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(() => house.close());

const MINUTE_MS = 60_000;
const WRONG = /wrong, used, or older/;

async function stateOf(name: string): Promise<string | undefined> {
  const rows = await house.sql<{ state: string }>('SELECT state FROM boxes WHERE name = $1 ORDER BY created_at', [
    name,
  ]);
  return rows.at(-1)?.state;
}

async function codeFor(person: string, name: string): Promise<string> {
  const asked = await house.say(person, `destroy ${name}`);
  expect(asked).toContain('Nothing is destroyed yet');
  return asked.match(/confirm (\d{6})/)?.[1] ?? 'none';
}

const isFinal = ({ kind }: { kind: string }) => kind === 'final';
const another = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

test('destroy asks, does nothing by itself, and the code destroys', async () => {
  await house.say('ana', 'spinup ana-box');
  const code = await codeFor('ana', 'ana-box');
  expect(await stateOf('ana-box')).toBe('running');
  expect(await house.say('ana', `confirm ${code}`)).toContain('ana-box is destroyed');
  expect(await stateOf('ana-box')).toBe('destroyed');
});

test('a wrong code destroys nothing, and the right one still works', async () => {
  await house.say('bea', 'spinup bea-box');
  const code = await codeFor('bea', 'bea-box');
  expect(await house.say('bea', `confirm ${another(code)}`)).toMatch(WRONG);
  expect(await stateOf('bea-box')).toBe('running');
  expect(await house.say('bea', `confirm ${code}`)).toContain('bea-box is destroyed');
});

test('a used code is used up, also for a box of the same name', async () => {
  await house.say('cleo', 'spinup cleo-box');
  const code = await codeFor('cleo', 'cleo-box');
  await house.say('cleo', `confirm ${code}`);
  await house.say('cleo', 'spinup cleo-box');
  expect(await house.say('cleo', `confirm ${code}`)).toMatch(WRONG);
  expect(await stateOf('cleo-box')).toBe('running');
});

test('a code is bound to the box, not to its name', async () => {
  await house.say('dora', 'spinup dora-box');
  const code = await codeFor('dora', 'dora-box');
  await house.say('dora', 'destroy dora-box --yes');
  await house.say('dora', 'spinup dora-box');
  expect(await house.say('dora', `confirm ${code}`)).toContain('gone already');
  expect(await stateOf('dora-box')).toBe('running');
});

test('a newer question makes the older code void', async () => {
  await house.say('eve', 'spinup eve-box');
  const [old, code] = [await codeFor('eve', 'eve-box'), await codeFor('eve', 'eve-box')];
  expect(await house.say('eve', `confirm ${old}`)).toMatch(WRONG);
  expect(await house.say('eve', `confirm ${code}`)).toContain('eve-box is destroyed');
});

test("another account's code does nothing for anybody else, and stays good for its own", async () => {
  await house.say('fay', 'spinup fay-box');
  await house.say('gil', 'list');
  const code = await codeFor('fay', 'fay-box');
  expect(await house.say('gil', `confirm ${code}`)).toMatch(WRONG);
  expect(await stateOf('fay-box')).toBe('running');
  expect(await house.say('fay', `confirm ${code}`)).toContain('fay-box is destroyed');
});

test('after five wrong tries the right code is void too', async () => {
  await house.say('hal', 'spinup hal-box');
  const code = await codeFor('hal', 'hal-box');
  let wrong = code;
  for (let attempt = 0; attempt < 5; attempt++) {
    wrong = another(wrong);
    expect(await house.say('hal', `confirm ${wrong}`)).toMatch(WRONG);
  }
  expect(await house.say('hal', `confirm ${code}`)).toMatch(WRONG);
  expect(await stateOf('hal-box')).toBe('running');
});

test('--yes destroys without a question', async () => {
  await house.say('ivy', 'spinup ivy-box');
  expect(await house.say('ivy', 'destroy ivy-box --yes')).toContain('ivy-box is destroyed');
});

test('codes are stored as keyed hashes only', async () => {
  await house.say('jan', 'spinup jan-box');
  const code = await codeFor('jan', 'jan-box');
  const rows = await house.sql<{ row: string }>('SELECT c::text AS row FROM confirmations c');
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ row }) => row.includes(code) || row.includes(Buffer.from(code).toString('hex')))).toEqual([]);
});

test('a code that was told stands in no table, nor does the line that used it, while the lines beside that one stay', async () => {
  await house.say('lea', 'spinup lea-box');
  const unused = await codeFor('lea', 'lea-box');
  await eventually('it is told', async () => !(await dumpDatabase(house.sql)).includes(`confirm ${unused}`));
  const code = await codeFor('lea', 'lea-box');
  const { thread } = await house.ask('lea', `whoami\nconfirm ${code}\nversion`);
  await eventually('all is answered', () => house.chat.messages(thread).filter(isFinal).length === 3);
  expect(await stateOf('lea-box')).toBe('destroyed');
  expect(await house.say('lea', `confirm ${another(code)}`)).toMatch(WRONG);
  await eventually('the last answer is noted', async () => {
    const rows = await house.sql(`SELECT 1 FROM messages WHERE state = 'pending'`);
    return rows.length === 0;
  });
  const everything = await dumpDatabase(house.sql);
  // As a word of its own: ids and times are full of digits.
  const stands = (one: string) => new RegExp(`(?<![\\w.-])${one}(?![\\w.-])`).test(everything);
  expect([unused, code, another(code)].filter(stands)).toEqual([]);
  expect(everything).toMatch(/whoami\n\s*confirm ••••••\n\s*version/);
});

// Last: it moves the clock for all that follows.
test('a code is good for ten minutes by the clock that is passed in, and no longer', async () => {
  await house.say('kim', 'spinup kim-box');
  const code = await codeFor('kim', 'kim-box');
  house.passTime(10 * MINUTE_MS + 1000);
  expect(await house.say('kim', `confirm ${code}`)).toMatch(WRONG);
  const fresh = await codeFor('kim', 'kim-box');
  house.passTime(9 * MINUTE_MS);
  expect(await house.say('kim', `confirm ${fresh}`)).toContain('kim-box is destroyed');
});
