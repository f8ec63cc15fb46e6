// Quiet hours of a person's day, over midnight and over changes of the clocks.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isQuiet, quietEnd } from '../../src/accounts/quiet-hours.ts';

const NIGHT = { from: 22 * 60, to: 7 * 60 };
const berlin = (text: string) => new Date(text);

test.each([
  ['2026-06-01T21:59:00+02:00', false],
  ['2026-06-01T22:00:00+02:00', true],
  ['2026-06-02T06:59:00+02:00', true],
  ['2026-06-02T07:00:00+02:00', false],
])('%s in Berlin: %s', (at, quiet) => {
  expect(isQuiet(NIGHT, berlin(at), 'Europe/Berlin')).toBe(quiet);
});

test.each([
  ['2026-06-01T23:00:00+02:00', '2026-06-02T07:00:00+02:00'],
  ['2026-06-02T01:00:00+02:00', '2026-06-02T07:00:00+02:00'],
  // The night in which summer ends is an hour longer.
  ['2026-10-24T23:00:00+02:00', '2026-10-25T07:00:00+01:00'],
])('quiet at %s is over at %s', (at, end) => {
  expect(quietEnd(NIGHT, berlin(at), 'Europe/Berlin')).toEqual(berlin(end));
});

test('quiet hours end within a day and an hour, and are over then', () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
  fc.assert(
    fc.property(minute, minute, fc.integer({ min: 0, max: 31_536_000 }), zone, (from, to, second, timeZone) => {
      fc.pre(from !== to);
      const at = new Date(Date.UTC(2026, 0, 1) + second * 1000);
      if (!isQuiet({ from, to }, at, timeZone)) return;
      const end = quietEnd({ from, to }, at, timeZone);
      expect(end.getTime()).toBeGreaterThan(at.getTime());
      expect(end.getTime() - at.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
      expect(isQuiet({ from, to }, end, timeZone)).toBe(false);
    }),
  );
});
