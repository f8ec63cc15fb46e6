// The books of the house: memory and ports given and taken back, time that boxes ran, homes kept for a while and then removed.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { lookRound } from './round.ts';

const SMALL_MIB = 4096;
const HOUR_MS = 3_600_000;

let house: TestHouse;
let made = 0;
beforeAll(async () => {
  house = await openTestHouse({
    timings: UNREPAIRED,
    traits: { memoryBudgetMiB: 2 * SMALL_MIB, ports: { first: 20_001, last: 20_003 }, longestCreateMs: 0 },
    settings: { destroyKeepHours: 24 },
  });
});
beforeEach(async () => {
  made += 1;
  const live = await house.sql<{ who: string; box: string }>(
    `SELECT a.name AS who, b.name AS box FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE b.state <> 'destroyed'`,
  );
  for (const { who, box } of live) await house.say(who, `destroy ${box} --yes`);
});
afterAll(() => house.close());

const people = (count: number) => Array.from({ length: count }, (_, index) => `person-${made}-${index}`);
const spinups = (names: readonly string[]) => Promise.all(names.map((name) => house.say(name, 'spinup mybox')));
async function books() {
  const [row] = await house.sql<{ taken: number; sum: number; boxes: number }>(
    `SELECT (SELECT reserved_mib::int FROM capacity) AS taken, coalesce(sum(reserved_mib), 0)::int AS sum,
       count(*) FILTER (WHERE state <> 'destroyed')::int AS boxes FROM boxes`,
  );
  expect(row?.taken).toBe(row?.sum);
  return row;
}
const ports = async () =>
  (await house.sql<{ port: number }>(`SELECT ssh_port AS port FROM boxes WHERE state <> 'destroyed' ORDER BY 1`)).map(
    (row) => row.port,
  );

test('a new box whose port turns out to be taken gets the next one, and the first is free again', async () => {
  house.cloud.failNext('create', 'port_taken');
  const [ana = ''] = people(1);
  expect(await house.say(ana, 'spinup mybox')).toContain('is ready');
  const held = await house.sql<{ port: number }>('SELECT port FROM ports');
  expect(held.map((row) => row.port)).toEqual(await ports());
  expect(house.cloud.ledger.instances()).toHaveLength(1);
});

describe('memory', () => {
  test('is given to as many boxes as fit, at the same moment too; a refusal leaves nothing', async () => {
    const answers = await spinups(people(6));
    expect(answers.filter((answer) => answer.includes('is ready'))).toHaveLength(2);
    const refusals = answers.filter((answer) => /the host has no room for 4096 MiB more/.test(answer));
    expect(refusals).toHaveLength(4);
    expect(await books()).toEqual({ taken: 2 * SMALL_MIB, sum: 2 * SMALL_MIB, boxes: 2 });
    const jobs = await house.sql(`SELECT 1 FROM jobs j LEFT JOIN boxes b ON b.id = j.box_id WHERE b.id IS NULL`);
    expect(jobs).toEqual([]);
  });

  test('is given back by stop, and asked for again by start', async () => {
    const [ana = '', bea = '', cleo = ''] = people(3);
    await spinups([ana, bea]);
    await house.say(ana, 'stop mybox');
    expect(await books()).toMatchObject({ taken: SMALL_MIB });
    expect(await house.say(cleo, 'spinup mybox')).toContain('is ready');
    expect(await house.say(ana, 'start mybox')).toMatch(/no room for its 4096 MiB/);
    expect(await books()).toMatchObject({ taken: 2 * SMALL_MIB, boxes: 3 });
    expect(await house.say(ana, 'info mybox')).toContain('stopped');
    await house.say(bea, 'stop mybox');
    expect(await house.say(ana, 'start mybox')).toContain('mybox is running');
    expect(await books()).toMatchObject({ taken: 2 * SMALL_MIB });
  });

  test('is given back once by destroy, whatever the box was doing', async () => {
    const [ana = '', bea = ''] = people(2);
    await spinups([ana, bea]);
    await house.say(ana, 'stop mybox');
    await Promise.all([ana, bea].map((name) => house.say(name, 'destroy mybox --yes')));
    expect(await books()).toEqual({ taken: 0, sum: 0, boxes: 0 });
    const gate = house.hold('create');
    const spinup = await house.ask(ana, 'spinup other');
    await gate.reached;
    expect(await books()).toMatchObject({ taken: SMALL_MIB });
    const destroyed = house.say(ana, 'destroy other --yes');
    await spinup.answer;
    await destroyed;
    gate.open();
    expect(await books()).toEqual({ taken: 0, sum: 0, boxes: 0 });
  });
});

describe('ports', () => {
  test('are one for each box, kept while it is stopped, and free again once it is destroyed', async () => {
    const [ana = '', bea = '', cleo = '', dan = ''] = people(4);
    for (const name of [ana, bea, cleo]) {
      expect(await house.say(name, 'spinup mybox')).toContain('is ready');
      await house.say(name, 'stop mybox');
    }
    expect(await ports()).toEqual([20_001, 20_002, 20_003]);
    expect(await house.say(dan, 'spinup mybox')).toMatch(/No SSH port is free/);
    expect(await books()).toEqual({ taken: 0, sum: 0, boxes: 3 });

    const before = (await house.say(bea, 'start mybox')).match(/ssh -p (\d+)/)?.[1];
    await house.say(bea, 'destroy mybox --yes');
    expect(await house.say(dan, 'spinup mybox')).toContain(`ssh -p ${before} `);
    expect(await ports()).toEqual([20_001, 20_002, 20_003]);
  });

  test('are different ones for boxes made at the same moment', async () => {
    await spinups(people(2));
    expect(new Set(await ports()).size).toBe(2);
  });
});

describe('usage', () => {
  const rows = async (person: string) =>
    (
      await house.sql<{ size: string; provider: string; open: boolean; backwards: boolean }>(
        `SELECT u.size, u.provider, u.ended_at IS NULL AS open, u.ended_at < u.started_at AS backwards
         FROM usage u JOIN accounts a ON a.id = u.account_id WHERE a.name = $1 ORDER BY u.started_at`,
        [person],
      )
    ).map((row) => (row.open ? 'open' : row.backwards ? 'backwards' : `${row.provider} ${row.size}`));

  test('is open while a box runs, and closed by stop and by destroy', async () => {
    const [ana = ''] = people(1);
    await house.say(ana, 'spinup mybox');
    expect(await rows(ana)).toEqual(['open']);
    await house.say(ana, 'stop mybox');
    expect(await rows(ana)).toEqual(['seeded small']);
    await house.say(ana, 'start mybox');
    expect(await rows(ana)).toEqual(['seeded small', 'open']);
    await house.say(ana, 'destroy mybox --yes');
    expect(await rows(ana)).toEqual(['seeded small', 'seeded small']);
  });

  test('is not begun by a spinup that failed', async () => {
    const [ana = ''] = people(1);
    house.cloud.failNext('create', 'quota');
    await house.say(ana, 'spinup mybox');
    expect(await rows(ana)).toEqual([]);
  });
});

describe('a destroyed box', () => {
  test('leaves its home for as long as the house keeps it, and then nothing', async () => {
    const [ana = ''] = people(1);
    await house.say(ana, 'spinup keep-me');
    const [box] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'keep-me'`);
    const home = () => house.cloud.ledger.homes().filter((one) => one.boxId === box?.id).length;
    expect(await house.say(ana, 'destroy keep-me --yes')).toContain('undestroy keep-me');
    expect(house.cloud.ledger.instances().filter((instance) => instance.boxId === box?.id)).toEqual([]);
    expect(
      await house.sql('SELECT host_private_key AS key, ssh_port IS NULL AS portless FROM boxes WHERE id = $1', [
        box?.id,
      ]),
    ).toMatchObject([{ key: expect.anything() }]);

    const pass = (hours: number) =>
      house.sql(`UPDATE boxes SET purge_after = purge_after - $2 * interval '1 hour' WHERE id = $1`, [box?.id, hours]);
    await lookRound(house);
    await pass(23);
    await lookRound(house);
    expect(home()).toBe(1);
    await pass(2);
    await lookRound(house);
    expect(home()).toBe(0);
    expect(await house.sql('SELECT 1 FROM boxes WHERE id = $1 AND purged_at IS NOT NULL', [box?.id])).toHaveLength(1);
    const calls = () => house.cloud.ledger.history().filter((event) => event.call?.verb === 'destroyHome').length;
    const before = calls();
    await lookRound(house);
    expect(calls()).toBe(before);
  });

  test.each([
    ['ahead of', 365 * 24],
    ['behind', -365 * 24],
  ])('keeps its home while the clock of a worker is a year %s the database’s', async (_, hours) => {
    const [ana = ''] = people(1);
    await house.say(ana, 'spinup keep-me');
    const [box] = await house.sql<{ id: string }>(
      `SELECT id FROM boxes WHERE name = 'keep-me' AND state <> 'destroyed'`,
    );
    house.passTime(Math.min(0, hours) * HOUR_MS);
    await house.say(ana, 'destroy keep-me --yes');
    house.passTime(Math.max(0, hours) * HOUR_MS);
    for (let look = 0; look < 3; look++) await lookRound(house);
    house.passTime(-hours * HOUR_MS);
    for (let look = 0; look < 3; look++) await lookRound(house);
    expect(house.cloud.ledger.homes().map(({ boxId }) => boxId)).toContain(box?.id);
  });
});
