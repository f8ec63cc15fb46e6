// usage: hours of one's own boxes, clipped to the month of one's own time zone, and as a spreadsheet takes them.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { csvBlock } from '../../src/commands/csv.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
let boxes: { id: string; account: string }[];
beforeAll(async () => {
  house = await openTestHouse();
  for (const person of ['ana', 'ben']) await house.say(person, 'spinup mybox');
  boxes = await house.sql(
    'SELECT b.id, b.account_id AS account FROM boxes b JOIN accounts a ON a.id = b.account_id ORDER BY a.name',
  );
  await house.sql(`UPDATE accounts SET time_zone = 'Europe/Berlin' WHERE name = 'ana'`);
});
beforeEach(() => house.sql('DELETE FROM usage'));
afterAll(() => house.close());

const ran = (who: 0 | 1, from: string, to: string | null, size = 'small') =>
  house.sql(
    `INSERT INTO usage (id, box_id, account_id, provider, size, started_at, ended_at)
     VALUES (gen_random_uuid(), $1, $2, 'seeded', $3, $4, $5)`,
    [boxes[who]?.id, boxes[who]?.account, size, from, to],
  );

test('counts what ran in the month of the asker’s zone, by box and size', async () => {
  // Midnight in Berlin is 22:00 in UTC in summer and 23:00 in winter.
  await ran(0, '2026-09-30T20:00:00Z', '2026-09-30T23:30:00Z');
  await ran(0, '2026-10-10T10:00:00Z', '2026-10-10T12:00:00Z');
  await ran(0, '2026-10-31T22:00:00Z', '2026-11-01T05:00:00Z', 'medium');
  await ran(1, '2026-10-10T10:00:00Z', '2026-10-11T10:00:00Z');
  const said = await house.say('ana', 'usage --month 2026-10');
  expect(said).toContain('2026-10, in Europe/Berlin: 4.5 h');
  expect(said).toMatch(/mybox\s+small\s+seeded\s+3\.5/);
  expect(said).toMatch(/mybox\s+medium\s+seeded\s+1\.0/);
  expect(await house.say('ana', 'usage --month 2026-08')).toContain('No box of yours ran in 2026-08');
});

test('counts a box that runs until now, and not beyond', async () => {
  const [row] = await house.sql<{ at: string; hours: string }>(
    `SELECT (now() - interval '90 minutes')::text AS at, to_char(EXTRACT(EPOCH FROM
       LEAST(interval '90 minutes', now() - date_trunc('month', now(), 'Europe/Berlin'))) / 3600, 'FM0.0') AS hours`,
  );
  await ran(0, row?.at ?? '', null);
  expect(await house.say('ana', 'usage')).toContain(`: ${row?.hours} h`);
});

test('gives a spreadsheet one line for each box and size', async () => {
  await ran(0, '2026-10-10T10:00:00Z', '2026-10-10T10:45:00Z');
  const said = await house.say('ana', 'usage --month 2026-10 --csv');
  expect(said).toContain(`month,box,box_id,provider,size,hours\n2026-10,mybox,${boxes[0]?.id},seeded,small,0.75`);
});

test('says how a month is written', async () => {
  for (const wrong of ['november', '2026-13', '2026-1'])
    expect(await house.say('ana', `usage --month ${wrong}`)).toContain('write it as in 2026-11');
});

test('a cell cannot break its row, and is no formula', () => {
  expect(
    csvBlock(
      ['name', 'hours'],
      [
        ['a,b "c"', 1.5],
        ['=1+1', 2],
        ['two\nlines', -1],
      ],
    ),
  ).toEqual({
    kind: 'code',
    text: 'name,hours\n"a,b ""c""",1.5\n\'=1+1,2\n"two\nlines",-1',
  });
});
