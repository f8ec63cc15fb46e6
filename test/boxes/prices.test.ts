// From a vendor's figures to what people read.
import { expect, test } from 'vitest';
import { type Prices, priceOf, priceText, regionsWith } from '../../src/boxes/prices.ts';

const PRICES: Prices = {
  currency: 'USD',
  machines: [
    { cpus: 4, memoryMiB: 8192, hourly: 0.07143, monthly: 48 },
    { cpus: 2, memoryMiB: 4096, hourly: 0.03571, monthly: 24 },
    { cpus: 2, memoryMiB: 4096, hourly: 0.042, monthly: 28 },
  ],
  homeGiBMonthly: 0,
  stoppedMachine: 'paid',
};
const small = { cpus: 2, memoryMiB: 4096, homeGiB: 10 };

test('the cheapest machine that is large enough counts', () => {
  const price = priceOf(PRICES, small);
  expect(price && priceText(price)).toBe('$0.036 an hour, at most $24 a month; stopped: $24');
  expect(priceOf(PRICES, { ...small, memoryMiB: 4097 })?.monthly).toBe(48);
  expect(priceOf(PRICES, { ...small, cpus: 5 })).toBeUndefined();
});

test('a home is paid for, also while its machine is not', () => {
  const price = priceOf({ ...PRICES, currency: 'EUR', homeGiBMonthly: 0.1, stoppedMachine: 'free' }, small);
  expect(price && priceText(price)).toBe('€0.037 an hour, at most €25 a month; stopped: €1');
  const odd = priceOf({ ...PRICES, homeGiBMonthly: 0.04, stoppedMachine: 'free' }, small);
  expect(odd && priceText(odd)).toBe('$0.036 an hour, at most $24.40 a month; stopped: $0.40');
});

test('a region has the price of the machines that can be had there', () => {
  const [large, cheap, dear] = PRICES.machines;
  if (large === undefined || cheap === undefined || dear === undefined) throw new Error('three machines');
  const machines = [{ ...cheap, regions: ['west'] }, { ...dear, regions: ['east', 'west'] }, large];
  const prices = { ...PRICES, machines };
  expect(['west', 'east', 'north'].map((region) => priceOf(prices, small, [region])?.monthly)).toEqual([24, 28, 48]);
  expect(priceOf(prices, small, ['east', 'west'])?.monthly).toBe(24);
  expect(priceOf(prices, small)?.monthly).toBe(24);
  expect(regionsWith({ ...prices, machines: machines.slice(0, 2) }, small, ['north', 'east', 'west'])).toEqual([
    'east',
    'west',
  ]);
});
