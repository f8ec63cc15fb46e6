// Times as people say them, in zones whose clocks change.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minutesText, parseMinutes } from '../../src/boxes/duration.ts';
import { describeWhen, timeText } from '../../src/boxes/text.ts';
import { FARTHEST_DAYS, parseWhen, type When } from '../../src/boxes/when.ts';
import { momentOf, wallTime } from '../../src/boxes/zone.ts';

const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';
const LORD_HOWE = 'Australia/Lord_Howe';
const KATHMANDU = 'Asia/Kathmandu';
const ZONES = [
  BERLIN,
  NEW_YORK,
  LORD_HOWE,
  KATHMANDU,
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'America/Santiago',
  'UTC',
];
const DAY_MS = 86_400_000;

function read(text: string, now: string, timeZone = BERLIN): When | string {
  const found = parseWhen(text, new Date(now), timeZone);
  return found.ok ? found.when : found.problem;
}

/** The moment meant, in UTC. */
function until(text: string, now: string, timeZone = BERLIN): string {
  const when = read(text, now, timeZone);
  return typeof when === 'object' && when.kind === 'until' ? when.at.toISOString().slice(0, 16) : JSON.stringify(when);
}

// A Saturday, 16:52 in Berlin.
const NOW = '2026-11-21T15:52:21Z';

test.each([
  ['4h', 240],
  ['90m', 90],
  ['2d', 2880],
  ['1h30m', 90],
  ['1h 30min', 90],
  ['for 4 hours', 240],
  ['4H', 240],
  ['1 week', 10_080],
])('%s is a length of time', (text, minutes) => {
  expect(read(text, NOW)).toEqual({ kind: 'for', ms: minutes * 60_000 });
});

test.each([
  ['today', '2026-11-21T22:59'],
  ['Tomorrow', '2026-11-22T22:59'],
  ['until 18:00', '2026-11-21T17:00'],
  ['18:00', '2026-11-21T17:00'],
  ['at 18:00', '2026-11-21T17:00'],
  ['6pm', '2026-11-21T17:00'],
  ['6:30 PM', '2026-11-21T17:30'],
  ['12am', '2026-11-21T23:00'],
  ['12pm', '2026-11-22T11:00'],
  ['until 16:52', '2026-11-22T15:52'],
  ['16:53', '2026-11-21T15:53'],
  ['UNTIL Fri', '2026-11-27T22:59'],
  ['friday', '2026-11-27T22:59'],
  ['sat', '2026-11-21T22:59'],
  ['sat 9:00', '2026-11-28T08:00'],
  ['till sunday at 9am', '2026-11-22T08:00'],
  ['tomorrow 09:00', '2026-11-22T08:00'],
  ['until 2026-12-01', '2026-12-01T22:59'],
  ['2026-12-01 18:00', '2026-12-01T17:00'],
  ['today, 18:00', '2026-11-21T17:00'],
])('%s is a moment of the person’s own clock', (text, at) => {
  expect(until(text, NOW)).toBe(at);
});

test.each([
  ['', 'is not a time'],
  ['4', 'is not a time'],
  ['soon', 'is not a time'],
  ['25:00', 'is not a time'],
  ['13pm', 'is not a time'],
  ['18:60', 'is not a time'],
  ['s', 'is not a time'],
  ['2026-02-30', 'is not a time'],
  ['4h tomorrow', 'is not a time'],
  ['-4h', 'is not a time'],
  ['0h', 'is no time at all'],
  ['2026-11-20', '2026-11-20 is over.'],
  ['until today 9:00', 'today 9:00 is over.'],
  ['400d', 'more than 366 days'],
  ['2028-01-01', 'more than 366 days'],
])('%j is refused, and the answer says why', (text, said) => {
  expect(read(text, NOW)).toContain(said);
});

test('a day in its last minute is over', () => {
  expect(read('today', '2026-11-21T22:59:30Z')).toBe('today is over.');
  expect(until('sat', '2026-11-21T22:59:30Z')).toBe('2026-11-28T22:59');
});

describe('where clocks change', () => {
  test.each([
    // Clocks go forward: what the wall never shows is the moment after the gap.
    [BERLIN, '2026-03-28T20:00Z', '02:30', '2026-03-29T01:00'],
    [BERLIN, '2026-03-28T20:00Z', '03:00', '2026-03-29T01:00'],
    [NEW_YORK, '2026-03-08T05:00Z', '2:30am', '2026-03-08T07:00'],
    [LORD_HOWE, '2026-10-03T10:00Z', '02:15', '2026-10-03T15:30'],
    ['America/Santiago', '2026-09-05T20:00Z', '00:30', '2026-09-06T04:00'],
    // Clocks go back: what it shows twice is the later one, which is ahead between the two as well.
    [BERLIN, '2026-10-24T20:00Z', '02:30', '2026-10-25T01:30'],
    [BERLIN, '2026-10-25T00:45Z', '02:30', '2026-10-25T01:30'],
    [NEW_YORK, '2026-11-01T04:00Z', '1:30am', '2026-11-01T06:30'],
    [LORD_HOWE, '2026-04-04T10:00Z', '01:45', '2026-04-04T15:15'],
    ['America/Santiago', '2026-04-04T20:00Z', 'sat', '2026-04-05T03:59'],
    // Days are not always 24 hours.
    [BERLIN, '2026-03-28T22:00Z', 'tomorrow', '2026-03-29T21:59'],
    [BERLIN, '2026-10-24T20:00Z', 'tomorrow 18:00', '2026-10-25T17:00'],
    [KATHMANDU, '2026-11-21T12:00Z', '18:00', '2026-11-21T12:15'],
  ])('in %s, at %s, %s is %s', (zone, now, text, at) => {
    expect(until(text, now, zone)).toBe(at);
  });
});

const moments = fc.date({ min: new Date('2025-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
const zones = fc.constantFrom(...ZONES);
const two = (number: number): string => String(number).padStart(2, '0');
const times = fc.tuple(fc.nat(23), fc.nat(59)).map(([hour, minute]) => `${two(hour)}:${two(minute)}`);

test('a time of day or a weekday is always ahead, and never farther than it can be', () => {
  const days = fc.constantFrom('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'tomorrow', '');
  fc.assert(
    fc.property(moments, zones, days, times, (now, zone, day, time) => {
      const found = parseWhen(`${day} ${time}`, now, zone);
      if (!found.ok || found.when.kind !== 'until') throw new Error('not understood');
      const aheadMs = found.when.at.getTime() - now.getTime();
      expect(aheadMs).toBeGreaterThan(0);
      expect(aheadMs).toBeLessThanOrEqual((day === '' ? 1 : day === 'tomorrow' ? 2 : 7) * DAY_MS + 3_600_000);
    }),
  );
});

test('the wall shows the time that was said, or the end of a gap', () => {
  fc.assert(
    fc.property(moments, zones, times, (now, zone, time) => {
      const found = parseWhen(time, now, zone);
      if (!found.ok || found.when.kind !== 'until') throw new Error('not understood');
      const { hour, minute } = wallTime(found.when.at, zone);
      const shown = `${two(hour)}:${two(minute)}`;
      // No zone here leaves out more than an hour.
      if (shown !== time) expect(wallTime(new Date(found.when.at.getTime() - 60_000), zone).hour).not.toBe(hour);
      else expect(momentOf(wallTime(found.when.at, zone), zone)).toEqual(found.when.at);
    }),
  );
});

test('whatever is typed is understood or refused with a sentence, and never lies behind or too far ahead', () => {
  const words = fc.constantFrom('until', '4', 'h', ':', '00', 'fri', '2026', '-', ' ', '12', 'pm', 'd', 'today', '30');
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 6 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, moments, zones, (text, now, zone) => {
      const found = parseWhen(text, now, zone);
      if (!found.ok) {
        expect(found.problem).toMatch(/\.$/);
        return;
      }
      const aheadMs = found.when.kind === 'for' ? found.when.ms : found.when.at.getTime() - now.getTime();
      expect(aheadMs).toBeGreaterThan(0);
      expect(aheadMs).toBeLessThanOrEqual(FARTHEST_DAYS * DAY_MS);
    }),
  );
});

test('a length of time is read as it is said', () => {
  expect([30, 60, 90, 120, 150, 1440, 2880].map(minutesText)).toEqual([
    '30 min',
    '1 h',
    '90 min',
    '2 h',
    '2 h 30 min',
    '24 h',
    '2 days',
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (minutes) => parseMinutes(minutesText(minutes)) === minutes),
  );
});

test.each([
  ['2026-11-21T18:02:00Z', '19:02'],
  ['2026-11-21T13:05:00Z', '14:05'],
  ['2026-11-22T08:00:00Z', 'tomorrow 09:00'],
  ['2026-11-21T23:00:00Z', 'tomorrow 00:00'],
  ['2026-11-27T15:00:00Z', 'Fri 16:00'],
  ['2026-12-01T17:00:00Z', '2026-12-01 18:00'],
  ['2026-11-20T17:00:00Z', 'Fri 18:00'],
  ['2026-11-03T17:00:00Z', '2026-11-03 18:00'],
])('%s is told as %s', (at, said) => {
  expect(describeWhen(new Date(at), new Date(NOW), BERLIN)).toBe(said);
});

test('a time far ahead is told with its date', () => {
  expect(timeText(new Date('2026-12-20T17:00:00Z'), new Date(NOW), BERLIN)).toBe('2026-12-20 18:00');
});
