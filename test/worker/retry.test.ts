// What is tried again, when, and what people and rows are told of a failure.
import { expect, test } from 'vitest';
import { messageForOperators, ShellboxError } from '../../src/errors.ts';
import { PROVIDER_ERROR_CODES, ProviderError } from '../../src/providers/provider.ts';
import { faultOf, verdict } from '../../src/worker/retry.ts';

const half = () => 0.5;
const error = (code: (typeof PROVIDER_ERROR_CODES)[number], retryAfterMs?: number) =>
  new ProviderError(code, 'It failed.', { retryAfterMs });

test('what may pass by itself is tried again, everything else is final at once', () => {
  const again = PROVIDER_ERROR_CODES.filter((code) => verdict(error(code), 1, 3, half).again);
  expect(again).toEqual(['unavailable', 'timeout', 'rate_limited', 'busy', 'image_missing', 'vanished', 'box_silent']);
  expect(verdict(new ShellboxError('box_destroyed', 'Gone.'), 1, 3, half)).toEqual({ again: false });
});

test('what nobody foresaw, such as a database that went away for a moment, is tried again, and ends too', () => {
  for (const other of [new Error('Connection terminated'), 'text', undefined]) {
    expect(verdict(other, 1, 3, half).again).toBe(true);
    expect(verdict(other, 3, 3, half)).toEqual({ again: false });
  }
});

test('the last try is the last', () => {
  expect(verdict(error('unavailable'), 2, 3, half).again).toBe(true);
  expect(verdict(error('unavailable'), 3, 3, half)).toEqual({ again: false });
});

test('pauses double from try to try up to a minute, and two workers do not come back at the same moment', () => {
  const pauses = [1, 2, 3, 4, 5, 10].map((tries) => verdict(error('timeout'), tries, 99, half));
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 60_000].map((delayMs) => ({ again: true, delayMs })));
  const [early, late] = [verdict(error('timeout'), 3, 9, () => 0), verdict(error('timeout'), 3, 9, () => 0.99)];
  expect(early).not.toEqual(late);
});

test('a provider that says how long to wait is not asked sooner', () => {
  expect(verdict(error('rate_limited', 30_000), 1, 3, half)).toEqual({ again: true, delayMs: 30_000 });
  expect(verdict(error('rate_limited', 10), 1, 3, half)).toEqual({ again: true, delayMs: 1000 });
});

test('a provider that asks for more than some minutes is not believed', () => {
  for (const wishMs of [300_001, 400 * 86_400_000, Number.POSITIVE_INFINITY])
    expect(verdict(error('rate_limited', wishMs), 1, 3, half)).toEqual({ again: true, delayMs: 300_000 });
});

test("people read our own sentences with what they can do, never a vendor's text nor an operator's work", () => {
  const cause = new Error('vendor: token abc refused');
  const ours = new ProviderError('credentials', 'The cloud refused us.', { remedy: 'Check the token.', cause });
  expect(faultOf(ours)).toEqual({
    code: 'credentials',
    text: 'The cloud refused us. Ask an operator: the log says what to do.',
    // Kept beside it, for operators alone.
    remedy: 'Check the token.',
  });
  expect(messageForOperators(ours)).toBe('The cloud refused us. Check the token.');
  const theirs = new ProviderError('unavailable', 'It ended.', { remedy: 'Start it again.', remedyFor: 'everybody' });
  expect(faultOf(theirs).text).toBe('It ended. Start it again.');
  const unforeseen = faultOf(new Error('connect ECONNREFUSED 10.0.0.1 password=hunter2'));
  expect(unforeseen.code).toBe('unforeseen');
  expect(unforeseen.text).not.toMatch(/ECONN|hunter2/);
});
