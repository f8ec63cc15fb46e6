// Deliveries that are answered as a whole: commands in order, each after the one before, one answer, and few that help nobody.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { replyOf, type Transcript } from '../../src/threads/reply.ts';
import { createLetterDoor, type LetterDoor } from '../fakes/letter-door.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

const door: LetterDoor = createLetterDoor();
let house: TestHouse;
let person: string;
let made = 0;
beforeAll(async () => {
  house = await openTestHouse({ doors: () => [door] });
});
beforeEach(() => {
  person = `person-${++made}`;
});
afterAll(() => house.close());

const answered = (count = 1) =>
  eventually('the answer', () => door.answers(person)[count - 1], 30_000) as Promise<Transcript>;
const textOf = (transcript: Transcript): string => JSON.stringify(replyOf(transcript).blocks);

test('commands run in order, each when the one before is done, and one message answers them all', async () => {
  await door.writes(person, 'spinup mybox\n\nstop mybox\ninfo mybox');
  const { entries } = await answered();
  expect(entries.map(({ line }) => line)).toEqual(['spinup mybox', 'stop mybox', 'info mybox']);
  expect(entries.map(({ reply }) => reply.outcome)).toEqual(['done', 'done', 'done']);
  expect(entries.map(({ box }) => box)).toEqual(['mybox', 'mybox', undefined]);
  expect(JSON.stringify(entries[0]?.reply)).toContain(`Welcome, ${person}`);
  expect(JSON.stringify(entries[0]?.reply)).toContain('mybox is ready');
  expect(JSON.stringify(entries[1]?.reply)).toContain('mybox is stopped');
  expect(JSON.stringify(entries[2]?.reply)).toContain('stopped');
  expect(entries[0]?.log?.map(({ label, state }) => `${state} ${label}`)).toEqual([
    'done home volume, 10 GiB',
    'done box started',
    'done SSH answers, host key checked',
  ]);
  expect(Date.parse(entries[0]?.log?.[0]?.at ?? '')).toBeGreaterThan(Date.now() - 600_000);
  expect(door.sent(person)).toHaveLength(1);
});

test('in the thread of a box its name may be left out', async () => {
  await door.writes(person, 'spinup mybox', { thread: `thread-of-${person}` });
  await answered();
  await door.writes(person, 'stop', { thread: `thread-of-${person}` });
  expect(textOf(await answered(2))).toContain('mybox is stopped');
});

test('in letters that were about one box alone its name may be left out, and not where there were more or none', async () => {
  const thread = (of: string): { thread: string } => ({ thread: `${of}-of-${person}` });
  await door.writes(person, 'spinup mybox');
  await answered();
  await door.writes(person, 'stop mybox\ninfo mybox\nlist', thread('stop'));
  await answered(2);
  await door.writes(person, 'start', thread('stop'));
  expect(textOf(await answered(3))).toContain('mybox is running');
  await door.writes(person, 'info mybox', thread('info'));
  await door.writes(person, 'stop', thread('info'));
  expect(textOf(await answered(5))).toContain('mybox is stopped');
  await door.writes(person, 'list', thread('list'));
  await door.writes(person, 'start', thread('list'));
  expect(textOf(await answered(7))).toContain('Which box?');
  await house.sql(`UPDATE accounts SET tier = 'pro' WHERE name = $1`, [person]);
  await door.writes(person, 'spinup other');
  await answered(8);
  await door.writes(person, 'info other', thread('info'));
  await door.writes(person, 'start', thread('info'));
  expect(textOf(await answered(10))).toContain('Which box?');
});

test('a code is told, kept nowhere after that, and works in the next one', async () => {
  await door.writes(person, 'spinup mybox');
  await answered();
  await door.writes(person, 'destroy mybox --yes\nlist');
  const asked = await answered(2);
  const code = /confirm (\d{6})/.exec(textOf(asked))?.[1] ?? '';
  expect(code).not.toBe('');
  const left = () =>
    house.sql(
      'SELECT 1 FROM messages WHERE body::text LIKE $1 UNION ALL SELECT 1 FROM replies WHERE body::text LIKE $1',
      [`%${code}%`],
    );
  await eventually('the code is forgotten', async () => (await left()).length === 0);
  const [kept] = await house.sql<{ body: Transcript }>(
    `SELECT body FROM messages WHERE lane = $1 AND body::text LIKE '%••••••%'`,
    [`letters:${person}`],
  );
  expect(kept?.body.entries).toHaveLength(2);
  expect(kept?.body).not.toHaveProperty('told');
  await door.writes(person, `confirm ${code}`);
  expect(textOf(await answered(3))).toContain('mybox is destroyed');
  expect(await left()).toEqual([]);
});

test('after three lines that were not understood the rest is not read', async () => {
  await door.writes(
    person,
    ['Dear box,', 'please be so kind', 'and make me a machine', 'spinup mybox', 'spinup other'].join('\n'),
  );
  const { entries, rest } = await answered();
  expect(entries.map(({ reply }) => reply.outcome)).toEqual(['usage', 'usage', 'usage']);
  expect(rest).toContain('2 more lines were not read');
  expect(
    await house.sql(`SELECT 1 FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1`, [person]),
  ).toEqual([]);
});

describe('what helps nobody', () => {
  const states = async () =>
    (
      await house.sql<{ state: string }>(
        `SELECT m.state FROM messages m JOIN commands c ON c.id = m.command_id JOIN deliveries d ON d.id = c.delivery_id
         WHERE m.lane = $1 AND m.kind = 'final' AND d.answered_at IS NOT NULL ORDER BY m.id`,
        [`letters:${person}`],
      )
    ).map(({ state }) => state);

  const audited = async () =>
    (
      await house.sql<{ reason: string }>(
        `SELECT a.target ->> 'reason' AS reason FROM audit a JOIN deliveries d ON d.id::text = a.target ->> 'delivery'
         WHERE a.action = 'mail.held' AND d.speaker ->> 'subject' = $1`,
        [person],
      )
    ).map(({ reason }) => reason);

  test('is sent three times an hour, and what is held back counts as answered', async () => {
    const before = door.held.length;
    for (let time = 0; time < 5; time++) await door.writes(person, 'flurb');
    await eventually(
      'all are done with',
      async () => (await states()).filter((state) => state !== 'pending').length === 5,
    );
    expect(await states()).toEqual(['sent', 'sent', 'sent', 'held', 'held']);
    expect(door.held.slice(before)).toEqual(['unsuccessful', 'unsuccessful']);
    const [first] = await house.sql<{ at: Date }>(`SELECT min(created_at) AS at FROM messages WHERE lane = $1`, [
      `letters:${person}`,
    ]);
    const quietUntil = new Date((first?.at.getTime() ?? 0) + 3_600_000).toISOString();
    expect(door.answers(person).map((answer) => answer.quietUntil)).toEqual([undefined, undefined, quietUntil]);
    expect(await audited()).toEqual(['unsuccessful', 'unsuccessful']);
    await door.writes(person, 'list');
    await eventually('an answer that helps', () => door.answers(person).length === 4);
    await house.sql(`UPDATE messages SET created_at = created_at - interval '61 minutes' WHERE lane = $1`, [
      `letters:${person}`,
    ]);
    await door.writes(person, 'flurb');
    await eventually('one more', () => door.answers(person).length === 5);
  });

  test('is neither an answer that asks for a yes, however often, nor one in which something was done', async () => {
    await door.writes(person, 'spinup mybox');
    await answered();
    for (let time = 0; time < 4; time++) await door.writes(person, 'destroy mybox');
    for (let time = 0; time < 4; time++) await door.writes(person, 'flurb\nlist');
    await eventually('all nine', () => door.answers(person).length === 9);
    expect(door.answers(person).slice(1, 5).map(textOf)).toEqual(Array(4).fill(expect.stringMatching(/confirm \d{6}/)));
    for (let time = 0; time < 4; time++) await door.writes(person, 'flurb');
    await eventually('three more', async () => (await states()).filter((state) => state === 'held').length === 1);
    for (let time = 0; time < 2; time++) await door.writes(person, 'destroy mybox');
    await eventually('the question is asked as ever', () => door.answers(person).length === 14);
  });

  test('the help text comes once a day to whoever asks for nothing', async () => {
    await door.writes(person, '');
    expect(textOf(await answered())).toContain('spinup');
    await door.writes(person, '');
    await eventually('both are done with', async () => (await states()).join() === 'sent,held');
    expect((await answered()).rest).toContain('once a day');
    expect(await audited()).toEqual(['help']);
    await house.sql(`UPDATE messages SET created_at = created_at - interval '25 hours' WHERE lane = $1`, [
      `letters:${person}`,
    ]);
    await door.writes(person, '');
    await answered(2);
  });
});

test('one word comes meanwhile when it takes longer than 30 s, and none when it does not', async () => {
  await door.writes(person, 'list');
  await answered();
  const gate = house.hold('create');
  await door.writes(person, 'spinup mybox\nstop mybox');
  await gate.reached;
  const due = await house.sql<{ seconds: number }>(
    `SELECT extract(epoch FROM next_at - now())::float8 AS seconds FROM messages WHERE lane = $1 AND state = 'pending'`,
    [`letters:${person}`],
  );
  expect(due).toHaveLength(1);
  expect(due[0]?.seconds).toBeGreaterThan(15);
  await house.sql(`UPDATE messages SET next_at = now() WHERE lane = $1 AND state = 'pending'`, [`letters:${person}`]);
  await eventually('a word', () => door.sent(person).length === 2);
  expect(JSON.stringify(door.sent(person)[1]?.body)).toContain('Working on it: spinup mybox.');
  gate.open();
  expect((await answered(2)).entries).toHaveLength(2);
  expect(door.sent(person)).toHaveLength(3);
});
