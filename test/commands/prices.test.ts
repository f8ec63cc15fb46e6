// What a box costs is told before it is made, and confirmed; where boxes cost nothing nobody is asked.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Prices } from '../../src/boxes/prices.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

const PRICES: Prices = {
  currency: 'USD',
  machines: [{ cpus: 2, memoryMiB: 4096, hourly: 0.03571, monthly: 24 }],
  homeGiBMonthly: 0.0001,
  stoppedMachine: 'paid',
};
let house: TestHouse;
let told: () => Promise<Prices>;

const open = (asksForPrices: boolean) =>
  openTestHouse({ settings: { asksForPrices }, traits: { prices: () => told() } });
const boxes = ({ sql } = house) => sql<{ name: string }>('SELECT name FROM boxes ORDER BY name');
const heard = (of: TestHouse) =>
  eventually('prices', async () => (await of.sql("SELECT 1 FROM settings WHERE key LIKE 'prices:%'")).length === 1);

beforeAll(async () => {
  told = async () => PRICES;
  house = await open(true);
  await heard(house);
});
afterAll(() => house.close());

test('spinup tells the price, makes nothing, and makes what was asked for once it is confirmed', async () => {
  const asked = await house.say('ana', 'spinup mybox --idle 30m');
  expect(asked).toContain('Nothing is made yet. mybox at Seeded cloud: 2 vCPU');
  expect(asked).toContain(
    'It costs $0.036 an hour, at most $24 a month; stopped: $24. That is for one box, its home included:',
  );
  expect(asked).toContain('spinup mybox --idle 30m --yes');
  expect(await boxes()).toEqual([]);
  const [code] = /confirm \d{6}/.exec(asked) ?? [];
  expect(await house.say('ana', code ?? '')).toMatch(/mybox is ready.*30 idle minutes/s);
  expect(await house.say('ana', code ?? '')).toContain('wrong, used, or older');
  expect((await boxes()).map(({ name }) => name)).toEqual(['mybox']);
});

test('what was confirmed is the most that its machine may cost, without the home; who is not asked has no limit', async () => {
  const [provider] = house.services.providers.values();
  if (provider === undefined) throw new Error('There is no provider.');
  const created = vi.spyOn(provider, 'create');
  const asked = await house.say('eva', 'spinup mybox');
  const [code] = /confirm \d{6}/.exec(asked) ?? [];
  expect(await house.say('eva', code ?? '')).toContain('mybox is ready');
  expect(created.mock.lastCall?.[0]).toMatchObject({ mostHourly: 0.03571 });
  await house.say('fay', 'spinup mybox --yes');
  expect(created.mock.lastCall?.[0]).toMatchObject({ mostHourly: undefined });
  created.mockRestore();
});

test('a name that was chosen for somebody is the one that is made', async () => {
  const asked = await house.say('bob', 'spinup');
  const [, name = '-'] = /Nothing is made yet\. (\S+) at/.exec(asked) ?? [];
  const [code] = /confirm \d{6}/.exec(asked) ?? [];
  expect(await house.say('bob', code ?? '')).toContain(`${name} is ready`);
});

test('what came to cost something else meanwhile is asked about again', async () => {
  const asked = await house.say('dan', 'spinup mybox');
  const [code] = /confirm \d{6}/.exec(asked) ?? [];
  const { sizes } = house.services.house;
  const { small } = sizes;
  Object.assign(sizes, { small: { ...small, homeGiB: small.homeGiB + 1 } });
  try {
    expect(await house.say('dan', code ?? '')).toContain('Nothing is made yet. mybox');
  } finally {
    Object.assign(sizes, { small });
  }
});

test('--yes asks nothing', async () => {
  expect(await house.say('cem', 'spinup mybox --yes')).toContain('mybox is ready');
});

test('sizes lists what each costs', async () => {
  const said = await house.say('ana', 'sizes');
  expect(said).toContain('$0.036 an hour');
  expect(said).toContain('no machine of this size when it was asked last');
  expect(said).toContain('That is for one box, its home included');
});

test('prices that were never told are said to be unknown, and asked about all the same', async () => {
  told = () => Promise.reject(new Error('no answer'));
  const own = await open(true);
  try {
    expect(await own.say('ana', 'spinup mybox')).toContain('Seeded cloud has not told its prices yet');
    expect(await boxes(own)).toEqual([]);
    expect(await own.say('ana', 'sizes')).toContain('has not told its prices yet');
  } finally {
    await own.close();
  }
});

test('an operator may want nobody to be asked', async () => {
  told = async () => PRICES;
  const own = await open(false);
  try {
    expect(await own.say('ana', 'spinup mybox')).toContain('mybox is ready');
  } finally {
    await own.close();
  }
});
