// The circuit breaker as values: when calls that fail say that a provider is silent, and how often it is asked again.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Counted, count, NONE_FAILED, opens, pauseMs } from '../../src/worker/circuit.ts';

const calls = fc.array(
  fc.record({ heard: fc.constantFrom('answered' as const, 'silent' as const), afterMs: fc.nat(3000) }),
  {
    maxLength: 60,
  },
);

test('it opens exactly when three calls in a row over two seconds or more were not answered', () => {
  fc.assert(
    fc.property(calls, (all) => {
      let counted: Counted = NONE_FAILED;
      let atMs = 0;
      let inARow: number[] = [];
      for (const { heard, afterMs } of all) {
        atMs += afterMs;
        counted = count(counted, heard, atMs);
        inARow = heard === 'answered' ? [] : [...inARow, atMs];
        const lastedMs = atMs - (inARow[0] ?? atMs);
        expect(opens(counted, atMs)).toBe(inARow.length >= 3 && lastedMs >= 2000);
      }
    }),
  );
});

test('one answer is enough to begin anew', () => {
  fc.assert(
    fc.property(calls, (all) => {
      const counted = all.reduce<Counted>((before, { heard }, n) => count(before, heard, n * 1000), NONE_FAILED);
      expect(count(counted, 'answered', 99_999)).toEqual(NONE_FAILED);
    }),
  );
});

test('a silent provider is asked after a second, then ever more rarely, and every half minute at the least', () => {
  const pauses = [pauseMs(undefined)];
  for (let n = 0; n < 8; n++) pauses.push(pauseMs(pauses.at(-1)));
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
});
