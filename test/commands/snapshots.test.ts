// snapshot create, list and delete, and spinup --from: through a whole house, with another's, with limits, and with workers that die.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instanceName } from '../../src/providers/names.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { lookRound } from '../worker/round.ts';

let house: TestHouse;
let made = 0;
let ana = '';
beforeAll(async () => {
  house = await openTestHouse({
    timings: { ...UNREPAIRED, drainMs: 0 },
    traits: { longestCreateMs: 0 },
    settings: { destroyKeepHours: 0, admins: ['chat:team:boss'] },
  });
});
beforeEach(async () => {
  ana = `ana-${++made}`;
  await house.say(ana, 'list');
  await house.say('boss', `admin tier chat:team:${ana} pro`);
  await house.say(ana, 'spinup mybox --size small');
});
afterAll(() => house.close());

async function refOf(name: string, { services, sql } = house, owner = ana) {
  const [box] = await sql<{ id: string; incarnation: number }>(
    'SELECT b.id, b.incarnation FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1 AND b.name = $2 ORDER BY b.id DESC',
    [owner, name],
  );
  if (box === undefined) throw new Error(`${owner} has no ${name}`);
  const { installId } = services;
  const instance = instanceName(installId, box.id, box.incarnation);
  return { installId, boxId: box.id, incarnation: box.incarnation, instanceName: instance };
}
const rows = ({ sql } = house, owner = ana) =>
  sql<{ id: string; name: string; state: string }>(
    'SELECT s.id, s.name, s.state FROM snapshots s JOIN accounts a ON a.id = s.account_id WHERE a.name = $1 ORDER BY s.id',
    [owner],
  );
const inCloud = ({ cloud, services } = house) =>
  cloud
    .provider()
    .snapshots(services.installId, { signal: AbortSignal.timeout(5000) })
    .then((all) => all.map(({ snapshotId }) => snapshotId));

describe('a snapshot', () => {
  test('of a running and of a stopped box is the home of a new one, as it was', async () => {
    const ref = await refOf('mybox');
    house.cloud.writeHome(ref, 'one');
    const said = await house.say(ana, 'snapshot create mybox before');
    expect(said).toContain('✓ Snapshot before of mybox is kept: 1 MiB.');
    expect(said).toContain('spinup --from before');
    house.cloud.writeHome(ref, 'two');
    await house.say(ana, 'stop mybox');
    expect(await house.say(ana, 'snapshot create mybox')).toContain('Snapshot mybox-1 of mybox');
    expect(await house.say(ana, 'list')).toContain('stopped');

    expect(await house.say(ana, 'spinup older --from before')).toContain('older is ready');
    expect(await house.say(ana, 'spinup newer --from MYBOX-1')).toContain('newer is ready');
    expect(house.cloud.readHome(await refOf('older'))).toBe('one');
    expect(house.cloud.readHome(await refOf('newer'))).toBe('two');
    expect(await house.say(ana, 'logs older')).toContain('home volume from before, 50 GiB');
  });

  test('stands in the list with its box and its size, also when that box is gone', async () => {
    expect(await house.say(ana, 'snapshot list')).toContain('You have no snapshots');
    await house.say(ana, 'snapshot create mybox before');
    await house.say(ana, 'destroy mybox --yes');
    await lookRound(house, { orphanGraceMs: 0 });
    const listed = await house.say(ana, 'snapshot list');
    expect(listed).toMatch(/before\W+mybox\W+1 MiB of 10 GiB\W+\w{3} \d\d:\d\d/);
    expect(await house.say(ana, 'spinup mybox --from before')).toContain('mybox is ready');
  });

  test('is only made of a home that is there, and one at a time of a box', async () => {
    const gate = house.hold('snapshotHome');
    const { answer } = await house.ask(ana, 'snapshot create mybox before');
    await gate.reached;
    expect(await house.say(ana, 'snapshot create mybox')).toContain('Snapshot before of mybox is being made');
    expect(await house.say(ana, 'snapshot delete before --yes')).toContain('Snapshot before is being made');
    expect(await house.say(ana, 'spinup new --from before')).toContain('Snapshot before is being made');
    expect(await house.say(ana, 'snapshot list')).toMatch(/before\W+mybox\W+of 10 GiB\W+being made/);
    gate.open();
    expect(await answer).toContain('✓');
    const slow = house.hold('create');
    const other = await house.ask(ana, 'spinup other');
    await slow.reached;
    expect(await house.say(ana, 'snapshot create other')).toContain('other is being made; no snapshot of it was made');
    slow.open();
    await other.answer;
  });

  test('that a destroy overtakes is given up, and nothing of it stays', async () => {
    const gate = house.hold('snapshotHome');
    const { answer } = await house.ask(ana, 'snapshot create mybox before');
    await gate.reached;
    expect(await house.say(ana, 'destroy mybox --yes')).toContain('mybox is destroyed');
    expect(await answer).toContain('snapshot was cancelled, because destroy was asked');
    expect(await house.say(ana, 'snapshot list')).toContain('You have no snapshots');
    gate.open();
    await house.cloud.settled();
    await lookRound(house);
    expect(await rows()).toEqual([]);
  });

  test('that its provider refuses says so, gives its name back and leaves the box as it is', async () => {
    house.cloud.failNext('snapshotHome', 'no_space');
    const said = await house.say(ana, 'snapshot create mybox before');
    expect(said).toContain('No snapshot of mybox was kept');
    expect(said).toContain('snapshot create mybox');
    expect((await rows()).map(({ state }) => state)).toEqual(['removing']);
    expect(await house.say(ana, 'list')).toContain('running');
    expect(await house.say(ana, 'snapshot create mybox before')).toContain('✓ Snapshot before');
    await lookRound(house);
    expect((await rows()).map(({ state }) => state)).toEqual(['kept']);
  });
});

describe('a delete', () => {
  test('asks first, and the next round removes what was confirmed', async () => {
    await house.say(ana, 'snapshot create mybox before');
    const [row] = await rows();
    const asked = await house.say(ana, 'snapshot delete before');
    expect(asked).toContain('Nothing is deleted yet. Snapshot before of mybox (1 MiB)');
    await lookRound(house);
    expect(await inCloud()).toContain(row?.id);
    const code = /confirm (\d{6})/.exec(asked)?.[1];
    expect(await house.say(ana, `confirm ${code}`)).toContain('✓ Snapshot before is deleted');
    await lookRound(house);
    expect(await inCloud()).not.toContain(row?.id);
    expect(await rows()).toEqual([]);
  });

  test('with --yes does not ask; its name is free at once, and a removal that fails is tried again', async () => {
    await house.say(ana, 'snapshot create mybox before');
    const [row] = await rows();
    expect(await house.say(ana, 'snapshot delete before --yes')).toContain('✓ Snapshot before is deleted');
    expect(await house.say(ana, 'snapshot delete before --yes')).toContain('No snapshot "before": you have none');
    house.cloud.failNext('destroySnapshot', 'unavailable');
    await lookRound(house);
    expect((await rows()).map(({ state }) => state)).toEqual(['removing']);
    expect(await house.say(ana, 'snapshot create mybox before')).toContain('✓ Snapshot before');
    await lookRound(house);
    expect((await rows()).map(({ state }) => state)).toEqual(['kept']);
    expect(await inCloud()).not.toContain(row?.id);
  });

  test('is refused while a box is being made of it', async () => {
    await house.say(ana, 'snapshot create mybox before');
    const gate = house.hold('ensureHome');
    const { answer } = await house.ask(ana, 'spinup other --from before');
    await gate.reached;
    expect(await house.say(ana, 'snapshot delete before --yes')).toContain('other is being made of it');
    gate.open();
    expect(await answer).toContain('other is ready');
    expect(await house.say(ana, 'snapshot delete before --yes')).toContain('✓');
  });
});

describe('limits', () => {
  test('another account’s snapshot reads like none', async () => {
    await house.say(ana, 'snapshot create mybox before');
    const ben = `ben-${made}`;
    await house.say(ben, 'list');
    for (const line of ['snapshot delete NAME --yes', 'spinup other --from NAME'])
      expect((await house.say(ben, line.replace('NAME', 'before'))).replaceAll('before', 'NAME')).toBe(
        (await house.say(ben, line.replace('NAME', 'no-ones'))).replaceAll('no-ones', 'NAME'),
      );
    expect(await house.say(ben, 'snapshot list')).toContain('You have no snapshots');
    expect((await rows()).map(({ state }) => state)).toEqual(['kept']);
  });

  test('a name is used once, and a sixth is refused, except in the unlimited tier', async () => {
    await house.say(ana, 'snapshot create mybox before');
    expect(await house.say(ana, 'snapshot create mybox before')).toContain('snapshot create mybox before-2');
    for (const _ of [2, 3, 4, 5]) await house.say(ana, 'snapshot create mybox');
    const refused = await house.say(ana, 'snapshot create mybox');
    expect(refused).toContain('You have 5 of 5 snapshots');
    expect(refused).toContain('snapshot delete before');
    expect(await rows()).toHaveLength(5);
    await house.say('boss', `admin tier chat:team:${ana} unlimited`);
    expect(await house.say(ana, 'snapshot create mybox')).toContain('Snapshot mybox-5');
  });

  test('a home is never smaller than its snapshot, and as large where nothing is said', async () => {
    await house.say(ana, 'spinup large --disk 20g');
    await house.say(ana, 'snapshot create large before');
    expect(await house.say(ana, 'spinup small --from before --disk 10g')).toContain('spinup --from before --disk 20g');
    expect(await house.say(ana, 'spinup small --from before --size small')).toContain('small is ready');
    expect(house.cloud.homeGiB(await refOf('small'))).toBe(20);
    expect(await house.say(ana, 'spinup small-2 --from before --provider docker')).toContain('lies at seeded');
    await house.say('boss', `admin tier chat:team:${ana} free`);
    await house.say(ana, 'destroy large --yes');
    expect(await house.say(ana, 'spinup other --from before')).toContain('is more than a free account may have');
  });

  test('a provider that keeps no homes is named', async () => {
    const own = await openTestHouse({ traits: { takesSnapshots: false } });
    try {
      await own.say('ana', 'spinup mybox');
      expect(await own.say('ana', 'snapshot create mybox')).toContain('Homes at Seeded cloud cannot be kept');
      expect(await rows(own, 'ana')).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

test('a worker that dies while a snapshot is made is followed by one that finishes the same one', async () => {
  const own = await openTestHouse({ timings: { ...UNREPAIRED, drainMs: 0 }, worker: false });
  try {
    const worker = await own.startWorker();
    await own.say('ana', 'spinup mybox');
    const gate = own.hold('snapshotHome');
    const { answer } = await own.ask('ana', 'snapshot create mybox before');
    await gate.reached;
    const [row] = await rows(own, 'ana');
    await worker.stop();
    gate.open();
    await own.startWorker();
    expect(await answer).toContain('✓ Snapshot before of mybox is kept');
    expect(await inCloud(own)).toEqual([row?.id]);
    expect(await rows(own, 'ana')).toEqual([{ ...row, state: 'kept' }]);
  } finally {
    await own.close();
  }
});
