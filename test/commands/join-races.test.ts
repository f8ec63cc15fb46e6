// Joining accounts while other things happen to them: nothing is lost, nothing stays behind, and every command has its one answer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Asked, openTestHouse, type TestHouse } from '../support/house.ts';
import { illegalTransitions, watchTransitions } from '../support/transitions.ts';

const ROUNDS = 12;

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
  await house.addBots();
  await house.startWorker();
  await watchTransitions(house.sql);
});
afterAll(() => house.close());

const rounds = (name: string) => Array.from({ length: ROUNDS }, (_, round) => `${name}-${round}`);
const linkCode = async (person: string) =>
  (await house.say(person, 'link')).match(/link ([0-9a-z]{10})/)?.[1] ?? 'none';
/** The line that joins the account of `from` into that of `into`. */
async function lineToJoin(from: string, into: string): Promise<string> {
  const asked = await house.say(from, `link ${await linkCode(into)}`);
  return `confirm ${asked.match(/confirm (\d{6})/)?.[1] ?? 'none'}`;
}
const answers = async (asks: readonly Promise<Asked>[]) =>
  Promise.all((await Promise.all(asks)).map((asked) => asked.answer));
const accountsOf = async (...people: string[]) =>
  new Set(
    (await house.sql<{ id: string }>('SELECT account_id AS id FROM identities WHERE subject = ANY($1)', [people])).map(
      ({ id }) => id,
    ),
  );

test('two that join each other at the same moment become one account', async () => {
  for (const person of rounds('cross')) {
    const other = `${person}-b`;
    for (const one of [person, other]) await house.say(one, 'list');
    const [line, reverse] = [await lineToJoin(person, other), await lineToJoin(other, person)];
    const said = await answers([house.ask(person, line), house.ask(other, reverse)]);
    expect(said.filter((answer) => answer.includes('belong to'))).toHaveLength(1);
    expect(said.join()).toMatch(/one account already|wrong, used, or older/);
    expect((await accountsOf(person, other)).size).toBe(1);
  }
});

test('a spinup, a key and another link at the same moment end up in the account that stays', async () => {
  await Promise.all(
    rounds('busy').map(async (person, round) => {
      const other = `${person}-b`;
      for (const one of [person, other]) await house.say(one, 'list');
      const line = await lineToJoin(other, person);
      const key = `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0 '), Buffer.alloc(32, round + 1)]).toString('base64')}`;
      const asks = [
        () => house.ask(other, 'spinup mybox'),
        () => house.ask(other, line),
        () => house.ask(other, `keys add ${key}`),
      ];
      if (round % 2 === 0) asks.reverse();
      const said = await answers(asks.map((ask) => ask()));
      expect(said.join()).toContain('mybox is ready');
      expect(said.join()).toContain('belong to');
      const [account] = await accountsOf(person, other);
      expect(await house.sql('SELECT name FROM boxes WHERE account_id = $1', [account])).toEqual([{ name: 'mybox' }]);
      expect(await house.sql('SELECT 1 FROM access_keys WHERE account_id = $1', [account])).toHaveLength(1);
    }),
  );
});

test('a destroy, a stop and a start at the same moment are done, and answered, as if before or after', async () => {
  await Promise.all(
    rounds('ends').map(async (person, round) => {
      const other = `${person}-b`;
      await house.say(person, 'list');
      await house.say(other, 'spinup mybox');
      const line = await lineToJoin(other, person);
      const verb = ['destroy mybox --yes', 'stop mybox'][round % 2] ?? '';
      const said = await answers([house.ask(other, verb), house.ask(other, line)]);
      expect(said[0]).toMatch(/is destroyed|is stopped/);
      expect(said[1]).toContain('belong to');
      expect((await accountsOf(person, other)).size).toBe(1);
    }),
  );
});

test('afterwards nothing belongs to an account that went, and each command has one answer', async () => {
  const gone = await house.sql<{ id: string }>('SELECT id FROM accounts WHERE merged_into IS NOT NULL');
  expect(gone).toHaveLength(3 * ROUNDS);
  for (const table of ['identities', 'access_keys', 'boxes', 'usage', 'jobs'])
    expect(
      await house.sql(
        `SELECT t.account_id FROM ${table} t JOIN accounts a ON a.id = t.account_id WHERE a.merged_into IS NOT NULL`,
      ),
      table,
    ).toEqual([]);
  expect(
    await house.sql(`SELECT c.verb FROM commands c LEFT JOIN replies r ON r.command_id = c.id AND r.kind = 'final'
      GROUP BY c.id, c.verb HAVING count(r.id) <> 1`),
  ).toEqual([]);
  expect(await house.sql(`SELECT body FROM replies WHERE body::text LIKE '%went wrong%'`)).toEqual([]);
  expect((await illegalTransitions(house.sql)).illegal).toEqual([]);
  expect(house.cloud.ledger.duplicates()).toEqual([]);
});
