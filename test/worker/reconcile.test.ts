// The reconciler, one round at a time: boxes that are not where they should be are brought there, and nothing else is touched.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instanceName } from '../../src/providers/names.ts';
import { type Provider, ProviderError } from '../../src/providers/provider.ts';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { lookRound } from './round.ts';

const INSTALL = 'faultlab';
const signal = new AbortController().signal;

let house: TestHouse;
let provider: Provider;
let person: string;
let made = 0;
beforeAll(async () => {
  house = await openTestHouse({ timings: UNREPAIRED });
  provider = house.cloud.provider();
});
beforeEach(() => {
  person = `person-${++made}`;
});
afterAll(() => house.close());

interface Row {
  id: string;
  state: string;
  incarnation: number;
}
const boxOf = async (who = person) => {
  const rows = await house.sql<Row>(
    'SELECT b.id, b.state, b.incarnation FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1 ORDER BY b.created_at DESC',
    [who],
  );
  return rows[0] ?? { id: '', state: 'none', incarnation: 0 };
};
const refOf = ({ id, incarnation }: Row) => ({
  installId: INSTALL,
  boxId: id,
  incarnation,
  instanceName: instanceName(INSTALL, id, incarnation),
});
const instancesOf = ({ id }: Row) => house.cloud.ledger.instances().filter((instance) => instance.boxId === id);
const settledIn = (state: string) =>
  eventually(`the box is ${state}`, async () => {
    const jobs = await house.sql(`SELECT 1 FROM jobs WHERE state IN ('queued', 'running', 'cancelling')`);
    return jobs.length === 0 && (await boxOf()).state === state;
  });
const jobsOf = async ({ id }: Row) => (await house.sql('SELECT 1 FROM jobs WHERE box_id = $1', [id])).length;

describe('a box that should run', () => {
  test('and whose instance vanished is made again on the same home, as the next incarnation', async () => {
    await house.say(person, 'spinup mybox');
    const before = await boxOf();
    house.cloud.writeHome(refOf(before), 'a letter');
    expect(house.cloud.vanish(refOf(before).instanceName)).toBe(true);
    await lookRound(house);
    await settledIn('running');
    const after = await boxOf();
    expect(after).toMatchObject({ id: before.id, incarnation: before.incarnation + 1 });
    expect(instancesOf(after).map((instance) => instance.incarnation)).toEqual([2]);
    expect(house.cloud.readHome(refOf(after))).toBe('a letter');
    const names = await house.sql<{ name: string; gone: boolean }>(
      'SELECT name, gone_at IS NOT NULL AS gone FROM instances WHERE box_id = $1 ORDER BY incarnation',
      [after.id],
    );
    expect(names).toEqual([
      { name: refOf(before).instanceName, gone: true },
      { name: refOf(after).instanceName, gone: false },
    ]);
    expect(await house.sql('SELECT 1 FROM usage WHERE box_id = $1 AND ended_at IS NULL', [after.id])).toHaveLength(1);
  });

  test('and was stopped behind our back, as by a reboot of its host, is started as it was', async () => {
    await house.say(person, 'spinup mybox');
    const before = await boxOf();
    await provider.stop({ ...refOf(before), hostKey: fakeKeyPair() }, { signal });
    await lookRound(house);
    await settledIn('running');
    expect(await boxOf()).toEqual(before);
    expect(instancesOf(before).map((instance) => instance.power.at(-1)?.running)).toEqual([true]);
  });

  test('is left alone when a list lags or is empty but the box itself answers', async () => {
    await house.say(person, 'spinup mybox');
    const box = await boxOf();
    const jobs = await jobsOf(box);
    for (const fault of ['empty_list', 'stale_list'] as const) {
      house.cloud.setFaults({ [fault]: 1 });
      for (let look = 0; look < 4; look++) await lookRound(house);
    }
    house.cloud.setFaults('none');
    expect(await boxOf()).toEqual(box);
    expect(await jobsOf(box)).toBe(jobs);
    expect(instancesOf(box)).toHaveLength(1);
  });

  test('is left alone when the provider does not answer', async () => {
    await house.say(person, 'spinup mybox');
    const box = await boxOf();
    const jobs = await jobsOf(box);
    house.cloud.vanish(refOf(box).instanceName);
    for (const verb of ['list', 'inspect'] as const) {
      house.cloud.failNext(verb, 'unavailable');
      await lookRound(house);
      expect(await jobsOf(box)).toBe(jobs);
    }
    await lookRound(house);
    await settledIn('running');
  });
});

describe('a box that vanished and cannot be made again', () => {
  test('is in error with the cause, and its running time has ended', async () => {
    await house.say(person, 'spinup mybox');
    const box = await boxOf();
    house.cloud.vanish(refOf(box).instanceName);
    house.cloud.failNext('create', 'sold_out');
    await lookRound(house);
    await settledIn('error');
    expect(await house.sql('SELECT error_code AS code FROM boxes WHERE id = $1', [box.id])).toEqual([
      { code: 'sold_out' },
    ]);
    expect(await house.sql('SELECT 1 FROM usage WHERE box_id = $1 AND ended_at IS NULL', [box.id])).toEqual([]);
    expect(await house.say(person, 'start mybox')).toContain('mybox is running');
    expect(await house.sql('SELECT 1 FROM usage WHERE box_id = $1 AND ended_at IS NULL', [box.id])).toHaveLength(1);
  });
});

describe('a box that should be stopped', () => {
  test('stays stopped, though it is not in the list of running ones', async () => {
    await house.say(person, 'spinup mybox');
    await house.say(person, 'stop mybox');
    const box = await boxOf();
    const jobs = await jobsOf(box);
    await lookRound(house);
    expect(await boxOf()).toEqual(box);
    expect(await jobsOf(box)).toBe(jobs);
  });
});

test('the time of a box that could not be stopped counts as long as it runs, and no longer', async () => {
  await house.say(person, 'spinup mybox');
  house.cloud.failNext('stop', 'credentials');
  expect(await house.say(person, 'stop mybox')).toContain('could not be stopped');
  const box = await boxOf();
  const counted = () => house.sql('SELECT 1 FROM usage WHERE box_id = $1 AND ended_at IS NULL', [box.id]);
  house.cloud.setFaults({ empty_list: 1 });
  await lookRound(house);
  house.cloud.setFaults('none');
  expect(await counted()).toHaveLength(1);
  await provider.stop({ ...refOf(box), hostKey: fakeKeyPair() }, { signal });
  await lookRound(house);
  expect(await boxOf()).toMatchObject({ state: 'error' });
  expect(await counted()).toHaveLength(0);
});

describe('a box between two states that nobody works on', () => {
  test.each([
    ['requested', 'running', 'running'],
    ['provisioning', 'running', 'running'],
    ['starting', 'running', 'running'],
    ['stopping', 'stopped', 'stopped'],
    ['running', 'stopped', 'stopped'],
    ['stopped', 'running', 'running'],
    ['running', 'destroyed', 'destroyed'],
    ['destroying', 'destroyed', 'destroyed'],
    ['error', 'destroyed', 'destroyed'],
  ])('%s goes on to %s', async (state, desired, end) => {
    await house.say(person, 'spinup mybox');
    const box = await boxOf();
    await house.sql(
      "UPDATE boxes SET state = $2, desired = $3, state_since = now() - interval '1 minute' WHERE id = $1",
      [box.id, state, desired],
    );
    await lookRound(house);
    await settledIn(end);
    expect(instancesOf(box).map((instance) => instance.power.at(-1)?.running)).toEqual(
      end === 'destroyed' ? [] : [end === 'running'],
    );
  });

  test('error waits for its owner', async () => {
    await house.say(person, 'spinup mybox');
    const box = await boxOf();
    await house.sql(`UPDATE boxes SET state = 'error', state_since = now() - interval '1 day' WHERE id = $1`, [box.id]);
    const jobs = await jobsOf(box);
    await lookRound(house);
    expect(await jobsOf(box)).toBe(jobs);
    expect(await house.say(person, 'start mybox')).toContain('mybox is running');
  });

  test('a destroy that failed is tried again by itself, not before its time', async () => {
    await house.say(person, 'spinup mybox');
    house.cloud.failNext('destroy', 'credentials');
    expect(await house.say(person, 'destroy mybox --yes')).toMatch(/could not be destroyed yet[\s\S]*by itself/);
    expect((await boxOf()).state).toBe('error');
    await lookRound(house, { retryErrorMs: 3_600_000 });
    expect((await boxOf()).state).toBe('error');
    await lookRound(house);
    await settledIn('destroyed');
    expect(instancesOf(await boxOf())).toEqual([]);
  });
});

describe('jobs', () => {
  test('that Redis forgot are woken again', async () => {
    await house.say(person, 'spinup mybox');
    const box = await boxOf();
    const [row] = await house.sql<{ account: string }>('SELECT account_id AS account FROM boxes WHERE id = $1', [
      box.id,
    ]);
    const redis = new Redis(house.servers.redisUrl.replace('unix://', ''));
    await redis.flushall();
    redis.disconnect();
    await house.sql(`UPDATE boxes SET desired = 'stopped' WHERE id = $1`, [box.id]);
    await house.sql(
      `INSERT INTO jobs (id, kind, queue, payload, box_id, account_id, state, max_tries)
       VALUES (gen_random_uuid(), 'stop', 'vm-control', '{"reason":"command"}', $1, $2, 'queued', 2)`,
      [box.id, row?.account],
    );
    await lookRound(house);
    await settledIn('stopped');
  });

  test('whose worker is gone go on, and use no try', async () => {
    await house.say(person, 'spinup mybox');
    const box = await boxOf();
    const [row] = await house.sql<{ account: string }>('SELECT account_id AS account FROM boxes WHERE id = $1', [
      box.id,
    ]);
    await house.sql(`UPDATE boxes SET desired = 'stopped', epoch = epoch + 1 WHERE id = $1`, [box.id]);
    const [job] = await house.sql<{ id: string }>(
      `INSERT INTO jobs (id, kind, queue, payload, box_id, account_id, state, max_tries, tries, holder, lease_until, epoch)
       SELECT gen_random_uuid(), 'stop', 'vm-control', '{"reason":"command"}', $1, $2, 'running', 2, 2, 'gone', now() - interval '1 s', epoch
       FROM boxes WHERE id = $1 RETURNING id`,
      [box.id, row?.account],
    );
    await lookRound(house);
    await settledIn('stopped');
    expect(await house.sql('SELECT tries, losses FROM jobs WHERE id = $1', [job?.id])).toEqual([
      { tries: 2, losses: 1 },
    ]);
  });

  test('that lose every worker are buried: the box is in error, and who waits is answered once', async () => {
    await house.say(person, 'spinup mybox');
    const gate = house.hold('stop');
    const asked = await house.ask(person, 'stop mybox');
    await gate.reached;
    await house.sql(`UPDATE jobs SET losses = 20, lease_until = now() - interval '1 s' WHERE state = 'running'`);
    await lookRound(house);
    expect(await asked.answer).toContain('Every worker that tried it was lost');
    gate.open();
    await house.cloud.settled();
    expect(await boxOf()).toMatchObject({ state: 'error' });
    expect(await house.say(person, 'stop mybox')).toContain('mybox is stopped');
    expect(house.chat.messages(asked.thread).filter((message) => message.kind === 'final')).toHaveLength(1);
  });
});

test('what keeps boxes apart is put back in every round, also while the provider admits no box', async () => {
  let protectedTimes = 0;
  const full: Provider = {
    ...provider,
    admit: () => Promise.reject(new ProviderError('no_space', 'The disk is full.')),
    async protect() {
      protectedTimes += 1;
    },
  };
  const providers = new Map([[full.name, full]]);
  await lookRound(house, { providers });
  await lookRound(house, { providers });
  expect(protectedTimes).toBe(2);
});
