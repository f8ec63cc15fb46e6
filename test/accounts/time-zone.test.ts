// Time zones as people name them.
import { expect, test } from 'vitest';
import { readTimeZone } from '../../src/accounts/time-zone.ts';

test.each([
  ['Europe/Berlin', 'Europe/Berlin'],
  ['europe/berlin', 'Europe/Berlin'],
  ['america/new york', 'America/New_York'],
  ['Asia/Kathmandu', 'Asia/Kathmandu'],
  ['asia/kathmandu', 'Asia/Kathmandu'],
  ['utc', 'UTC'],
])('%s is the zone %s', (typed, zone) => {
  expect(readTimeZone(typed)).toEqual({ ok: true, zone });
});

test.each([
  ['Berlin', 'Europe/Berlin'],
  ['europe/berlni', 'Europe/Berlin'],
  ['Europe/Belrin', 'Europe/Berlin'],
  ['new york', 'America/New_York'],
  ['kolkatta', 'Asia/Kolkata'],
])('%s is none, but %s is near', (typed, meant) => {
  const read = readTimeZone(typed);
  expect(read.ok ? [] : read.meant).toContain(meant);
});

test.each(['', 'x', 'EST', '+02:00', 'GMT+2', 'Mars/Olympus', 'Europe/'.repeat(20), '<@U1>', 'constructor'])(
  '%j is none',
  (typed) => {
    expect(readTimeZone(typed).ok).toBe(false);
  },
);

test('a few are offered, never a list', () => {
  const read = readTimeZone('america');
  expect(read.ok ? [] : read.meant).toHaveLength(3);
});
