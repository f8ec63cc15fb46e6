// The buckets of rate limits: never more than the burst and what has come since.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRates } from './rates.ts';

it('lets no more through than the burst and one a second, and tells how long to wait', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 2_500 }), { maxLength: 40 });
  fc.assert(
    fc.property(pauses, fc.integer({ min: 1, max: 4 }), (pausesMs, postBurst) => {
      let nowMs = 0;
      let taken = 0;
      const rates = createRates(() => nowMs, { postBurst });
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        const waitSeconds = rates.take('posting', 'C1');
        if (waitSeconds !== undefined) {
          nowMs += waitSeconds * 1000;
          expect(rates.take('posting', 'C1')).toBeUndefined();
        }
        taken += 1;
        expect(taken).toBeLessThanOrEqual(postBurst + nowMs / 1000);
      }
    }),
  );
});
