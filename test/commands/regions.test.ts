// Where a box lies and what it is made of: what people may name, what they are told of it, and that it stays.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Prices } from '../../src/boxes/prices.ts';
import { refOf } from '../../src/worker/box-spec.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const CHOICE = {
  regions: { unasked: ['north1', 'south1'], more: ['west1'] },
  images: { unasked: ['debian-12-x64'], more: ['ubuntu-24-04-x64', 'ubuntu-22-04-x64'] },
};

let house: TestHouse;
let made = 0;
let ana = '';

beforeAll(async () => {
  house = await openTestHouse({ timings: UNREPAIRED, traits: CHOICE });
});
afterAll(() => house.close());
beforeEach(async () => {
  made += 1;
  ana = `ana-${made}`;
  await house.say(ana, 'list');
  await house.say('boss', 'admin claim');
  await house.say('boss', `admin tier chat:team:${ana} pro`);
});

async function boxOf(of = house) {
  const [row] = await of.sql<{ id: string; incarnation: number; region: string | null; image: string | null }>(
    `SELECT b.id, b.incarnation, b.region, b.image FROM boxes b JOIN identities i ON i.account_id = b.account_id
     WHERE i.subject = $1 ORDER BY b.id DESC LIMIT 1`,
    [ana],
  );
  if (row === undefined) return undefined;
  const ref = refOf(row, of.services.installId);
  return { ...row, ref, lies: of.cloud.regionOf(ref), of: of.cloud.imageOf(ref) };
}

describe('a box for which a region and an image were named', () => {
  test('lies there and is made of that, says so, and stays there when it is stopped, started and made again', async () => {
    expect(await house.say(ana, 'spinup mybox --region West1 --image ubuntu-24.04')).toContain('mybox is ready');
    const there = { region: 'west1', image: 'ubuntu-24-04-x64', lies: 'west1', of: 'ubuntu-24-04-x64' };
    expect(await boxOf()).toMatchObject(there);
    const told = await house.say(ana, 'info mybox');
    expect(told).toMatch(/region\W+west1/);
    expect(told).toMatch(/image\W+ubuntu-24-04-x64/);

    await house.say(ana, 'stop mybox');
    await house.say(ana, 'start mybox');
    expect(await boxOf()).toMatchObject(there);
    await house.say(ana, 'stop mybox');
    house.cloud.vanish((await boxOf())?.ref.instanceName ?? '');
    expect(await house.say(ana, 'start mybox')).toContain('mybox is running');
    expect(await boxOf()).toMatchObject({ ...there, incarnation: 2 });
  });

  test('is in no other where that one is full, and its next try neither', async () => {
    house.cloud.failNext('ensureHome', 'sold_out');
    expect(await house.say(ana, 'spinup mybox --region west1')).toContain('mybox could not be made');
    expect(await house.say(ana, 'start mybox')).toContain('mybox is running');
    expect(await boxOf()).toMatchObject({ lies: 'west1' });
  });
});

test('a box for which nothing was named lies where the operator says, and has that written down', async () => {
  expect(await house.say(ana, 'spinup mybox')).toContain('mybox is ready');
  expect(await boxOf()).toMatchObject({ region: 'north1', image: null, lies: 'north1', of: 'debian-12-x64' });
  const told = await house.say(ana, 'info mybox');
  expect(told).toMatch(/region\W+north1/);
  expect(told).not.toContain('image');
});

describe('a name that is not offered', () => {
  test.each([
    [
      '--region nroth1',
      'has no region nroth1 here. Did you mean north1? There are: north1, south1, west1.',
      '--region north1',
    ],
    [
      '--region mars --size small',
      'has no region mars here. There are: north1, south1, west1.',
      '--size small --region north1',
    ],
    ['--image ubuntu', 'has no image ubuntu here.', '--image ubuntu-24-04-x64'],
    ['--image windows', 'There are: debian-12-x64, ubuntu-24-04-x64, ubuntu-22-04-x64.', '--image debian-12-x64'],
  ])('is answered with what there is, and nothing is made: %s', async (options, what, instead) => {
    const said = await house.say(ana, `spinup mybox ${options}`);
    expect(said).toContain(what);
    expect(said).toContain(`spinup mybox ${instead}`);
    expect(await boxOf()).toBeUndefined();
  });
});

test('sizes lists what can be named, the usual first', async () => {
  const said = await house.say(ana, 'sizes');
  expect(said).toMatch(/--region\W+north1, south1, west1/);
  expect(said).toMatch(/--image\W+debian-12-x64, ubuntu-24-04-x64, ubuntu-22-04-x64/);
});

test('a box that is made of a snapshot lies where that does; elsewhere it is refused', async () => {
  await house.say(ana, 'spinup mybox --region south1');
  await house.say(ana, 'snapshot create mybox before');
  const refused = await house.say(ana, 'spinup other --from before --region west1 --size small');
  expect(refused).toContain('Snapshot before lies in south1, and a home that is made of it stays there.');
  expect(refused).toMatch(/spinup other --size small --from before$/m);
  expect(await house.say(ana, 'spinup other --from before --region SOUTH1')).toContain('other is ready');
  expect(await boxOf()).toMatchObject({ region: 'south1', lies: 'south1' });
  await house.say(ana, 'destroy other --yes');
  expect(await house.say(ana, 'spinup third --from before')).toContain('third is ready');
  expect(await boxOf()).toMatchObject({ region: 'south1', lies: 'south1' });
});

test('a provider without regions and images says so, with the line to type without them', async () => {
  const own = await openTestHouse({ timings: UNREPAIRED });
  try {
    for (const [option, none] of [
      ['--region fra1', 'Boxes of Seeded cloud have no regions. Without it:'],
      ['--image ubuntu-24.04', 'Boxes of Seeded cloud have no images to choose from. Without it:'],
    ]) {
      const said = await own.say('ana', `spinup mybox --size small ${option}`);
      expect(said).toContain(none);
      expect(said).toMatch(/spinup mybox --size small$/m);
    }
    expect(await own.say('ana', 'sizes')).not.toContain('--region');
    expect(await own.sql('SELECT 1 FROM boxes')).toEqual([]);
    expect(await own.say('ana', 'spinup mybox')).toContain('mybox is ready');
    expect(await own.say('ana', 'info mybox')).not.toContain('region');
  } finally {
    await own.close();
  }
});

test('another provider that has the name is named, with the line for it', async () => {
  const [seeded] = house.services.house.providers;
  if (seeded === undefined) throw new Error('a house without a provider');
  const other = { ...seeded, name: 'other', title: 'Other', regions: { unasked: ['moon1'], more: [] } };
  Object.assign(house.services.house, { providers: [seeded, other] });
  try {
    const said = await house.say(ana, 'spinup mybox --region moon-1');
    expect(said).toContain('has no region moon-1 here');
    const found = await house.say(ana, 'spinup mybox --region MOON1');
    expect(found).toContain('Seeded cloud has no region MOON1; Other has.');
    expect(found).toContain('spinup mybox --provider other --region moon1');
  } finally {
    Object.assign(house.services.house, { providers: [seeded] });
  }
});

describe('the price', () => {
  const PRICES: Prices = {
    currency: 'USD',
    machines: [
      { cpus: 2, memoryMiB: 4096, hourly: 0.01, monthly: 7, regions: ['west1'] },
      { cpus: 2, memoryMiB: 4096, hourly: 0.03, monthly: 21, regions: ['north1', 'west1'] },
      { cpus: 4, memoryMiB: 8192, hourly: 0.06, monthly: 42, regions: ['south1'] },
      { cpus: 8, memoryMiB: 16_384, hourly: 0.12, monthly: 84, regions: ['west1'] },
    ],
    homeGiBMonthly: 0,
    stoppedMachine: 'paid',
  };
  let priced: TestHouse;
  beforeAll(async () => {
    const traits = { ...CHOICE, prices: async () => PRICES };
    priced = await openTestHouse({ settings: { asksForPrices: true }, traits });
    await eventually('prices', async () => (await priced.sql("SELECT 1 FROM settings WHERE key LIKE 'prices:%'"))[0]);
  });
  afterAll(() => priced.close());

  test.each([
    ['', 'mybox at Seeded cloud: 2', 'It costs $0.030 an hour'],
    [' --region west1', 'mybox at Seeded cloud, west1: 2', 'It costs $0.010 an hour'],
    [
      ' --region south1 --image ubuntu-22',
      'mybox at Seeded cloud, south1, ubuntu-22-04-x64: 2',
      'It costs $0.060 an hour',
    ],
  ])('is that of the region, or of those that are tried unasked: spinup mybox%s', async (options, what, costs) => {
    const asked = await priced.say(ana, `spinup mybox${options}`);
    expect(asked).toContain(what);
    expect(asked).toContain(costs);
  });

  test('belongs to the region that is confirmed', async () => {
    const asked = await priced.say(ana, 'spinup mybox --region west1 --image ubuntu-22');
    const [code] = /confirm \d{6}/.exec(asked) ?? [];
    expect(await priced.say(ana, code ?? '')).toContain('mybox is ready');
    expect(await boxOf(priced)).toMatchObject({ lies: 'west1', of: 'ubuntu-22-04-x64' });
  });

  test('is not known of a region that had no such machine, and those that had one are named', async () => {
    await priced.say(ana, 'list');
    await priced.say('boss', 'admin claim');
    await priced.say('boss', `admin tier chat:team:${ana} pro`);
    const asked = await priced.say(ana, 'spinup mybox --size medium --region north1');
    expect(asked).toContain('north1 had no machine of this size when Seeded cloud was asked last');
    expect(asked).toContain('these had one: south1, west1.');
    expect(await priced.say(ana, 'sizes')).toContain(
      'no machine of this size when it was asked last; these regions had one: west1',
    );
  });
});
