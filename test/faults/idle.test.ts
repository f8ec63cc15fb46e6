// Auto-stop over simulated days: no box in use is stopped, every idle one is, and each stop is announced; also while clocks change.
import { expect, test } from 'vitest';
import { runIdleWorld } from './idle-world.ts';
import { isWide } from './wide.ts';

test.each([
  ['into summer in Berlin', '2027-03-27T00:00:00Z', 'Europe/Berlin', 1],
  ['out of summer in New York', '2026-10-31T04:00:00Z', 'America/New_York', 2],
])('1,000 boxes, three days around the change %s', { timeout: 600_000 }, async (_, start, timeZone, seed) => {
  const found = await runIdleWorld({
    seed,
    boxes: 1000,
    start: new Date(start),
    days: 3,
    timeZone,
    intervalMinutes: 10,
  });
  expect(found.broken).toEqual([]);
  expect(found.stops).toBeGreaterThan(500);
  expect(found.extensions).toBeGreaterThan(100);
});

test(`${isWide ? 1000 : 50} boxes for thirty days`, { timeout: 3_600_000 }, async () => {
  const found = await runIdleWorld({
    seed: 3,
    boxes: isWide ? 1000 : 50,
    start: new Date('2026-11-01T00:00:00Z'),
    days: 30,
    timeZone: 'Australia/Lord_Howe',
    intervalMinutes: 10,
  });
  expect(found.broken).toEqual([]);
  expect(found.outages).toBeGreaterThan(0);
});
