// Times of day and spans of the day as people write them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockText, daySpanText, readDaySpan } from '../../src/boxes/clock.ts';

test.each([
  ['22:00-07:00', '22:00–07:00'],
  ['22:00 – 7:00', '22:00–07:00'],
  ['10pm to 7am', '22:00–07:00'],
  ['from 22.30 until 6:15', '22:30–06:15'],
  ['12:00-13:00', '12:00–13:00'],
])('%s is a span of the day', (text, span) => {
  const read = readDaySpan(text);
  expect(read && daySpanText(read)).toBe(span);
});

test.each(['', '22-7', '22:00', '22:00-22:00', '25:00-07:00', '22:00-07:61', 'night', '22:00 07:00', '1 22:00-07:00'])(
  '%j is none',
  (text) => {
    expect(readDaySpan(text)).toBeUndefined();
  },
);

test('a span is read as it is told', () => {
  const minute = fc.nat(24 * 60 - 1);
  fc.assert(
    fc.property(minute, minute, (from, to) => {
      fc.pre(from !== to);
      expect(readDaySpan(daySpanText({ from, to }))).toEqual({ from, to });
      expect(readDaySpan(`${clockText(from)} to ${clockText(to)}`)).toEqual({ from, to });
    }),
  );
});
