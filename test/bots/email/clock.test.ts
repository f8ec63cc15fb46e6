// Times of day in mails name their zone, and are never earlier than what they stand for.
import { expect, test } from 'vitest';
import { wholeMinuteAfter } from '../../../src/bots/email/clock.ts';

test.each([
  ['2026-11-02T14:01:00.001Z', 'Europe/Berlin', '15:02 CET'],
  ['2026-07-02T13:02:00.000Z', 'Europe/Berlin', '15:02 CEST'],
  ['2026-11-02T23:59:59.000Z', 'UTC', '00:00 UTC'],
])('%s in %s is %s', (time, zone, expected) => {
  expect(wholeMinuteAfter(new Date(time), zone)).toBe(expected);
});
