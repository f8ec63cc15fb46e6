// What a vendor asks us to wait, with wrong headers and wrong clocks: nobody is ever put off for more than some minutes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ProviderError } from '../../../../src/providers/provider.ts';
import { createApiClient } from '../../../../src/providers/shared/cloud/api-client.ts';
import { createListPoll } from '../../../../src/providers/shared/cloud/list-poll.ts';
import { createPace } from '../../../../src/providers/shared/cloud/pace.ts';
import { createHastyClock, createTestClock } from '../../../fakes/cloud/test-clock.ts';

const MOST_MS = 5 * 60_000;
const YEARS_MS = 20 * 365 * 86_400_000;
const context = { signal: new AbortController().signal };

const seconds = fc.oneof(
  fc.nat(),
  fc.double({ min: 0, max: 1e9, noNaN: true }).map((at) => at.toFixed(2)),
  fc.bigInt({ min: 0n, max: 10n ** 400n }),
);
const date = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((at) => at.toUTCString());
const said = fc.oneof(seconds.map(String), date, fc.constantFrom('', '-5', 'soon', 'Infinity', '1e99'));
const header = fc.option(said, { nil: undefined });

test('however wrong a refusal is, whoever is refused comes back within some minutes, and so does everybody else', async () => {
  const refusals = fc.record({
    'retry-after': header,
    'ratelimit-limit': header,
    'ratelimit-remaining': header,
    'ratelimit-reset': header,
  });
  const random = fc.double({ min: 0, max: 0.999, noNaN: true });
  await fc.assert(
    fc.asyncProperty(refusals, random, fc.integer({ min: -YEARS_MS, max: YEARS_MS }), async (told, part, jumpMs) => {
      const clock = createHastyClock();
      clock.advance(2 * YEARS_MS);
      const pace = createPace(clock);
      const headers = Object.entries(told).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as [string, string]],
      );
      const { get } = createApiClient({
        baseUrl: 'http://127.0.0.1:9',
        title: 'Somecloud',
        headers: () => ({}),
        faultOf: ({ cause }) => new ProviderError('invalid', 'Refused.', { cause }),
        fetch: async () => new Response('', { status: 429, headers }),
        random: () => part,
        pace,
        clock,
      });
      const error = await get('/things', z.unknown(), context).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'rate_limited' });
      expect((error as ProviderError).retryAfterMs).toBeLessThanOrEqual(MOST_MS);
      expect(pace.take()).toBeLessThanOrEqual(MOST_MS);
      clock.advance(jumpMs);
      expect(pace.take()).toBeLessThanOrEqual(MOST_MS);
    }),
    { numRuns: 200 },
  );
});

test('a clock that is set back after a request keeps the next one no longer than others that come behind', () => {
  const clock = createTestClock();
  clock.advance(2 * YEARS_MS);
  const pace = createPace(clock);
  pace.heard({ limit: 10, remaining: 0, resetAtMs: clock.nowMs() + 60_000, retryAfterMs: undefined });
  expect(pace.take()).toBe(0);
  clock.advance(-YEARS_MS);
  expect(pace.take()).toBe(0);
  expect(pace.take()).toBeLessThanOrEqual(5_000);
});

test('a list is asked for again within some minutes', async () => {
  const clock = createTestClock();
  let asked = 0;
  const poll = createListPoll(
    async () => {
      if (++asked === 1) throw new ProviderError('rate_limited', 'Not now.', { retryAfterMs: YEARS_MS });
      return ['one'];
    },
    { clock },
  );
  const began = clock.nowMs();
  expect(await clock.pass(poll.look(context.signal))).toEqual(['one']);
  expect(clock.nowMs() - began).toBeLessThanOrEqual(MOST_MS + 1_000);
});
