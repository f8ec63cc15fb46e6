// How fast a lane may be sent to: so many at once, then one in a time, each lane by itself.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLanePace } from '../../src/bots/pace.ts';

const PACE = { burst: 3, everyMs: 1000 };

test('a burst goes at once, and what comes after it one in each time', () => {
  let now = 0;
  const pace = createLanePace(PACE, () => now);
  expect([1, 2, 3].map(() => pace.take('a'))).toEqual([0, 0, 0]);
  expect(pace.take('a')).toBe(1000);
  now = 400;
  expect(pace.take('a')).toBe(600);
  now = 1000;
  expect([pace.take('a'), pace.take('a')]).toEqual([0, 1000]);
});

test('lanes do not use up each other, and a lane that rested has its burst again', () => {
  let now = 0;
  const pace = createLanePace(PACE, () => now);
  for (let send = 0; send < 3; send++) pace.take('a');
  expect(pace.take('b')).toBe(0);
  now = 60_000;
  expect([1, 2, 3, 4].map(() => pace.take('a'))).toEqual([0, 0, 0, 1000]);
});

test('two edits in a lane have the time between them', () => {
  let now = 0;
  const pace = createLanePace(PACE, () => now);
  expect(pace.editWaitMs('a')).toBe(0);
  pace.edited('a');
  now = 250;
  expect([pace.editWaitMs('a'), pace.editWaitMs('b')]).toEqual([750, 0]);
  now = 1000;
  expect(pace.editWaitMs('a')).toBe(0);
});

test('however it is asked, no stretch of time sees more sends than its burst and its rate', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 60 }), (gaps) => {
      let now = 0;
      const pace = createLanePace(PACE, () => now);
      const sent: number[] = [];
      for (const gap of gaps) {
        now += gap;
        const waitMs = pace.take('a');
        if (waitMs === 0) sent.push(now);
        else {
          now += waitMs;
          expect(pace.take('a')).toBe(0);
          sent.push(now);
        }
      }
      for (const [from, first] of sent.entries())
        for (const [more, last] of sent.slice(from).entries())
          expect(more + 1).toBeLessThanOrEqual(PACE.burst + Math.floor((last - first) / PACE.everyMs));
    }),
  );
});
