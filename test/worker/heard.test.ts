// What the calls of a provider say about whether it answers.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PROVIDER_ERROR_CODES, ProviderError } from '../../src/providers/provider.ts';
import type { Heard } from '../../src/worker/circuit.ts';
import { heard } from '../../src/worker/heard.ts';
import { createSeededCloud } from '../fakes/seeded-provider.ts';

const cloud = createSeededCloud({ seed: 1 });
const told: Heard[] = [];
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  told.length = 0;
});

/** A provider whose `list` does this. */
const listing = (list: () => Promise<never[]>) =>
  heard({ ...cloud.provider(), list }, (said) => void told.push(said)).list('faultlab', { signal: stop.signal });
const stop = new AbortController();

test.each(PROVIDER_ERROR_CODES)('a failure with %s is an answer, unless nobody was there', async (code) => {
  await expect(listing(() => Promise.reject(new ProviderError(code, 'No.')))).rejects.toThrow('No.');
  expect(told).toEqual([code === 'unavailable' || code === 'timeout' ? 'silent' : 'answered']);
});

test('a call that hangs tells so after ten seconds, once, and that it was answered when it is after all', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<never[]>();
  const answered = listing(() => promise);
  await vi.advanceTimersByTimeAsync(9999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['silent']);
  resolve([]);
  await answered;
  expect(told).toEqual(['silent', 'answered']);
  reject();
});

test('a call that waits for its turn by the limit of a provider is not silence, until its time has passed after that', async () => {
  let isSlow = true;
  const { promise, resolve } = Promise.withResolvers<never[]>();
  const provider = { ...cloud.provider(), list: () => promise, slowed: () => isSlow };
  const answered = heard(provider, (said) => void told.push(said)).list('faultlab', { signal: stop.signal });
  await vi.advanceTimersByTimeAsync(60_000);
  isSlow = false;
  await vi.advanceTimersByTimeAsync(9_000);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual(['silent']);
  resolve([]);
  await answered;
});

test('a call that hung and ends with a time-out is one failure, not two', async () => {
  const { promise, reject } = Promise.withResolvers<never[]>();
  const ended = listing(() => promise).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10_000);
  reject(new ProviderError('timeout', 'Late.'));
  await ended;
  expect(told).toEqual(['silent']);
});

test('a call that its caller gave up says nothing', async () => {
  const own = new AbortController();
  const { promise, reject } = Promise.withResolvers<never[]>();
  const ended = heard({ ...cloud.provider(), list: () => promise }, (said) => void told.push(said))
    .list('faultlab', { signal: own.signal })
    .catch((error: unknown) => error);
  own.abort();
  reject(new ProviderError('timeout', 'Given up.'));
  await ended;
  expect(told).toEqual([]);
});
