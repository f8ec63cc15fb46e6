// Any line of any person, before a whole house: one short answer in which nothing acts, and only what was asked for in the database.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/registry.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';
import { ACTING, nastyText } from './nasty.ts';
import { tryAll, within } from './tries.ts';

const MOST_ANSWER_CHARACTERS = 8000;

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ worker: false });
});
afterAll(() => house.close());

/** Words of the grammar, without those that make boxes or codes, among what is none. */
const words = COMMANDS.flatMap(({ name, aliases, params }) => [
  name,
  ...aliases,
  ...Object.keys(params).map((param) => `--${param}`),
]).filter((word) => !['spinup', 'admin claim'].includes(word));
const makers = new Set(
  COMMANDS.filter(({ name }) => name === 'spinup').flatMap(({ name, aliases }) => [name, ...aliases]),
);
const line = fc
  .oneof(
    { weight: 1, arbitrary: nastyText },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.oneof(fc.constantFrom(...words), nastyText), { maxLength: 6 })
        .map((parts) => parts.join(' ')),
    },
  )
  .filter(
    (text) =>
      ![...makers].some((maker) =>
        text
          .toLowerCase()
          .replaceAll(/[\s_-]/g, '')
          .includes(maker.replaceAll(/[\s_-]/g, '')),
      ),
  );

test('gets one short answer in which nothing acts, and makes nothing', { timeout: within(90_000) }, async () => {
  await tryAll<[string, number]>('commands', 150, [line, fc.nat(2)], async (text, person) => {
    // What is empty is no command, and is not answered.
    if (text.replaceAll(/[\p{C}\p{Z}\p{P}\p{S}]/gu, '') === '') return;
    const answer = await house.say(`person-${person}`, text);
    expect(answer.length).toBeLessThan(MOST_ANSWER_CHARACTERS);
    expect(ACTING.exec(answer)?.[0]).toBeUndefined();
  });
  expect(await house.sql('SELECT name FROM boxes')).toEqual([]);
  expect(await house.sql('SELECT id FROM jobs')).toEqual([]);
  expect(await house.sql('SELECT id FROM accounts WHERE admin OR suspended_at IS NOT NULL')).toEqual([]);
  // Every command that was taken has its one final answer.
  const [open] = await house.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM commands c WHERE (SELECT count(*) FROM replies r WHERE r.command_id = c.id AND r.kind = 'final') <> 1`,
  );
  expect(open?.count).toBe(0);
});
