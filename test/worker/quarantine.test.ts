// A database that is older than the world: noticed, nothing done in it, and made to agree with the world when an operator releases it.
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instanceName } from '../../src/providers/names.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { openMarkFile } from '../../src/worker/mark.ts';
import { makeBoxSpec, makeHostKey } from '../contracts/provider-spec.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { lookRound } from './round.ts';

const INSTALL = 'faultlab';
const REFUSED = 'the records of this installation are older than its boxes';
const ANOTHER_HASH = 'ab'.repeat(32);
const hostKey = makeHostKey();
const signal = new AbortController().signal;

let house: TestHouse;
let provider: Provider;
let count = 0;
beforeAll(async () => {
  house = await openTestHouse({
    timings: UNREPAIRED,
    settings: { destroyKeepHours: 24 },
    traits: { longestCreateMs: 0 },
  });
  provider = house.cloud.provider();
  await house.say('ana', 'list');
  await house.sql(`UPDATE accounts SET tier = 'unlimited', admin = true WHERE name = 'ana'`);
});
beforeEach(async () => {
  await house.sql(`DELETE FROM settings WHERE key LIKE 'quarantine%' OR key = 'released_at'`);
  for (const { instanceName: name } of house.cloud.ledger.instances()) house.cloud.vanish(name);
  await house.sql(`UPDATE boxes SET state = 'destroyed', desired = 'destroyed', destroyed_at = now(), purge_after = now(), purged_at = now(),
    host_private_key = NULL, reserved_mib = 0 WHERE state <> 'destroyed' OR purged_at IS NULL`);
});
afterAll(() => house.close());

/** A box of its own, running, with its id. */
async function newBox(): Promise<{ name: string; id: string }> {
  count += 1;
  const name = `box-${count}`;
  expect(await house.say('ana', `spinup ${name}`)).toContain('is ready');
  const [row = { id: '' }] = await house.sql<{ id: string }>('SELECT id FROM boxes WHERE name = $1', [name]);
  return { name, id: row.id };
}
const nameOf = (boxId: string, incarnation: number) => instanceName(INSTALL, boxId, incarnation);
const boxIs = async (id: string) =>
  (
    await house.sql<{ state: string; desired: string; incarnation: number }>(
      'SELECT state, desired, incarnation FROM boxes WHERE id = $1',
      [id],
    )
  )[0];
const instancesOf = (id: string) =>
  house.cloud.ledger.instances().flatMap((one) => (one.boxId === id ? [one.incarnation] : []));
const quarantine = async () =>
  (await house.sql<{ value: string }>(`SELECT value FROM settings WHERE key = 'quarantine'`)).map(
    ({ value }) => JSON.parse(value).cause,
  );

/** A newer database had this box made again. */
async function madeSince(boxId: string, incarnation: number): Promise<void> {
  house.cloud.vanish(nameOf(boxId, incarnation - 1));
  const spec = {
    ...makeBoxSpec({ installId: INSTALL, boxName: 'box', hostKey, sshPort: undefined }),
    boxId,
    incarnation,
  };
  await provider.ensureHome(spec, { signal });
  await provider.create({ ...spec, instanceName: nameOf(boxId, incarnation) }, { signal });
}

async function release(): Promise<void> {
  await lookRound(house);
  const asked = await house.say('ana', 'admin quarantine release');
  await house.say('ana', /confirm \w+/.exec(asked)?.[0] ?? '');
  await lookRound(house);
  expect(await quarantine()).toEqual([]);
}

function markFile() {
  return openMarkFile(join(house.servers.dataDir, `seen-${count}.json`), INSTALL);
}
/** Of a database that went on after the one that there is now. */
const seenAhead = () => ({ install: INSTALL, number: '1000000', hash: ANOTHER_HASH, at: new Date() });

describe('an instance that only a newer database can have asked for', () => {
  test('brings the house into quarantine, in which people are told what is the matter', async () => {
    const { name, id } = await newBox();
    await madeSince(id, 2);
    await lookRound(house);
    expect(await quarantine()).toEqual(['ahead']);
    expect(await house.say('ana', `stop ${name}`)).toContain(`${name} was not stopped: ${REFUSED}`);
    expect(await house.say('ana', `destroy ${name}`)).toContain(`${name} was not destroyed: ${REFUSED}`);
    expect(await house.say('ana', 'spinup other')).toContain(`other was not made: ${REFUSED}`);
    expect(await house.say('ana', 'list')).toContain(name);
    for (let look = 0; look < 3; look++) await lookRound(house);
    expect(instancesOf(id)).toEqual([2]);
    expect(await house.say('ana', 'admin quarantine')).toContain('is at incarnation 2 there, 1 here');
    expect(await house.say('ana', 'admin status')).toContain('In quarantine');
  });

  test('is the box once the house is released, and the box works on', async () => {
    const { name, id } = await newBox();
    await madeSince(id, 3);
    await lookRound(house);
    await release();
    expect(await boxIs(id)).toEqual({ state: 'running', desired: 'running', incarnation: 3 });
    for (let look = 0; look < 3; look++) await lookRound(house);
    expect(instancesOf(id)).toEqual([3]);
    expect(await house.say('ana', `stop ${name}`)).toContain('is stopped');
    expect(instancesOf(id)).toEqual([3]);
  });

  test('ends the jobs that wait, and who waits is told once', async () => {
    const { name, id } = await newBox();
    const held = house.hold('stop');
    const { answer } = await house.ask('ana', `stop ${name}`);
    await held.reached;
    await madeSince(id, 2);
    await lookRound(house);
    held.open();
    expect(await answer).toContain('This was not done');
    expect(await house.sql(`SELECT 1 FROM jobs WHERE state IN ('queued', 'running')`)).toEqual([]);
  });

  test('brings a destroyed box back with its home', async () => {
    const { name, id } = await newBox();
    await house.say('ana', `destroy ${name} --yes`);
    await madeSince(id, 2);
    await lookRound(house);
    expect(await quarantine()).toEqual(['ahead']);
    await house.sql(`UPDATE boxes SET purge_after = now() - interval '1 day' WHERE id = $1`, [id]);
    for (let look = 0; look < 3; look++) await lookRound(house);
    expect(house.cloud.ledger.homes().map(({ boxId }) => boxId)).toContain(id);
    await release();
    expect(await boxIs(id)).toEqual({ state: 'running', desired: 'running', incarnation: 2 });
    for (let look = 0; look < 3; look++) await lookRound(house);
    expect(instancesOf(id)).toEqual([2]);
  });

  test('of a box that this database lost keeps being shown, and does not stop the house again', async () => {
    const stranger = `${Date.now()
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7000-8000-00000000000a`;
    await madeSince(stranger, 1);
    await lookRound(house);
    expect(await quarantine()).toEqual(['ahead']);
    await release();
    for (let look = 0; look < 3; look++) await lookRound(house);
    expect(await quarantine()).toEqual([]);
    expect(instancesOf(stranger)).toEqual([1]);
    expect(await house.say('ana', 'admin orphans')).toContain(nameOf(stranger, 1));
  });
});

describe('a mark beside the database', () => {
  test('of what is in it changes nothing, and is moved on by each round', async () => {
    await newBox();
    const mark = markFile();
    await eventually(
      'entries are sealed',
      async () => (await house.sql('SELECT 1 FROM audit WHERE number IS NULL')).length === 0,
    );
    await lookRound(house, { mark });
    const first = await mark.read();
    await newBox();
    await eventually(
      'entries are sealed',
      async () => (await house.sql('SELECT 1 FROM audit WHERE number IS NULL')).length === 0,
    );
    await lookRound(house, { mark });
    expect(Number((await mark.read())?.number)).toBeGreaterThan(Number(first?.number));
    expect(await quarantine()).toEqual([]);
  });

  test('of what is not in it brings the house into quarantine before anything is done, until it is released', async () => {
    const { name, id } = await newBox();
    house.cloud.vanish(nameOf(id, 1));
    const mark = markFile();
    await mark.write(seenAhead());
    for (let look = 0; look < 3; look++) await lookRound(house, { mark });
    expect(await quarantine()).toEqual(['older']);
    expect(instancesOf(id)).toEqual([]);
    await release();
    // Destroyed since, or lost: not made again unasked.
    for (let look = 0; look < 3; look++) await lookRound(house, { mark });
    expect(await boxIs(id)).toMatchObject({ state: 'error', desired: 'stopped' });
    expect(await house.say('ana', `info ${name}`)).toContain('brought back');
    expect(await quarantine()).toEqual([]);
    expect((await mark.read())?.hash).not.toBe(ANOTHER_HASH);
    expect(await house.say('ana', `start ${name}`)).toContain('is running');
  });

  test('leaves a box that was to go and is gone in error, and its time is not counted any more', async () => {
    const { name, id } = await newBox();
    await house.sql(`UPDATE boxes SET desired = 'destroyed' WHERE id = $1`, [id]);
    house.cloud.vanish(nameOf(id, 1));
    const mark = markFile();
    await mark.write(seenAhead());
    await lookRound(house, { mark });
    await release();
    await lookRound(house, { mark });
    expect(await boxIs(id)).toMatchObject({ state: 'error', desired: 'stopped' });
    expect(await house.say('ana', `info ${name}`)).toContain('Ask again if it is to go');
    expect(await house.sql('SELECT 1 FROM usage WHERE box_id = $1 AND ended_at IS NULL', [id])).toEqual([]);
  });

  test('of an entry with the same number and another hash is noticed too', async () => {
    await newBox();
    const mark = markFile();
    await mark.write({ ...seenAhead(), number: '1' });
    await lookRound(house, { mark });
    expect(await quarantine()).toEqual(['older']);
  });

  test('of another installation, or one that cannot be read, says nothing', async () => {
    const mark = openMarkFile(join(house.servers.dataDir, 'theirs.json'), 'others01');
    await mark.write({ ...seenAhead(), install: 'others01' });
    await lookRound(house, { mark: openMarkFile(join(house.servers.dataDir, 'theirs.json'), INSTALL) });
    await lookRound(house, { mark: openMarkFile(join(house.servers.dataDir, 'none', 'none.json'), INSTALL) });
    expect(await quarantine()).toEqual([]);
  });

  test('leaves no old word in force: jobs, questions, messages, homes that were to go', async () => {
    const { id } = await newBox();
    const { name: doomed, id: doomedId } = await newBox();
    await house.say('ana', `destroy ${doomed} --yes`);
    await house.sql(`UPDATE boxes SET purge_after = now() - interval '1 day' WHERE id = $1`, [doomedId]);
    await house.sql(
      `INSERT INTO jobs (id, kind, queue, payload, box_id, account_id, state, max_tries, created_at)
        SELECT gen_random_uuid(), 'destroy', 'vm-nobody', '{"reason":"command"}', id, account_id, 'queued', 2, now() - interval '1 hour' FROM boxes WHERE id = $1`,
      [id],
    );
    await house.sql(`UPDATE boxes SET desired = 'destroyed' WHERE id = $1`, [id]);
    await house.sql(
      `INSERT INTO messages (id, thread_id, door, lane, kind, visibility, body, created_at, next_at)
        SELECT gen_random_uuid(), id, door, lane, 'notice', 'thread', '{}', now() - interval '1 hour', now() + interval '1 day' FROM threads LIMIT 1`,
    );
    const mark = markFile();
    await mark.write(seenAhead());
    for (let look = 0; look < 3; look++) await lookRound(house, { mark });
    expect(await house.sql(`SELECT 1 FROM jobs WHERE state IN ('queued', 'running')`)).toEqual([]);
    expect(await house.sql(`SELECT 1 FROM messages WHERE state = 'pending' AND kind <> 'light'`)).toEqual([]);
    await release();
    for (let look = 0; look < 3; look++) await lookRound(house, { mark });
    expect(instancesOf(id)).toEqual([1]);
    expect(await boxIs(id)).toMatchObject({ state: 'running', desired: 'running' });
    expect(house.cloud.ledger.homes().map(({ boxId }) => boxId)).toContain(doomedId);
  });
});

describe('the release', () => {
  test('waits for a provider that does not answer, and believes no empty list', async () => {
    const { id } = await newBox();
    const mark = markFile();
    await mark.write(seenAhead());
    await lookRound(house, { mark });
    const asked = await house.say('ana', 'admin quarantine release');
    await house.say('ana', /confirm \w+/.exec(asked)?.[0] ?? '');
    house.cloud.failNext('list', 'unavailable');
    await lookRound(house, { mark });
    expect(await quarantine()).toEqual(['older']);
    await lookRound(house, { providers: new Map([[provider.name, { ...provider, list: async () => [] }]]) });
    expect(await quarantine()).toEqual([]);
    expect(await boxIs(id)).toEqual({ state: 'running', desired: 'running', incarnation: 1 });
  });

  test('takes no leftover for the box that a lagging list does not show', async () => {
    const { id } = await newBox();
    house.cloud.vanish(nameOf(id, 1));
    await lookRound(house);
    await eventually('it runs again', async () => (await boxIs(id))?.incarnation === 2);
    await eventually('nobody works on it', async () => {
      const live = await house.sql(`SELECT 1 FROM jobs WHERE state IN ('queued', 'running', 'cancelling')`);
      return live.length === 0;
    });
    const leftover = { ...makeBoxSpec({ installId: INSTALL, boxName: 'box', hostKey, sshPort: undefined }), boxId: id };
    await provider.create({ ...leftover, incarnation: 1, instanceName: nameOf(id, 1) }, { signal });
    const mark = markFile();
    await mark.write(seenAhead());
    await lookRound(house, { mark });
    const asked = await house.say('ana', 'admin quarantine release');
    await house.say('ana', /confirm \w+/.exec(asked)?.[0] ?? '');
    const list: Provider['list'] = async (...given) =>
      (await provider.list(...given)).filter(({ incarnation }) => incarnation === 1);
    await lookRound(house, { providers: new Map([[provider.name, { ...provider, list }]]) });
    expect(await quarantine()).toEqual([]);
    for (let look = 0; look < 4; look++) await lookRound(house);
    expect(await boxIs(id)).toEqual({ state: 'running', desired: 'running', incarnation: 2 });
    expect(instancesOf(id)).toContain(2);
  });

  test('is asked of operators alone', async () => {
    const mark = markFile();
    await mark.write(seenAhead());
    await lookRound(house, { mark });
    expect(await house.say('ben', 'admin quarantine release')).not.toContain('Nothing is done yet');
  });
});
