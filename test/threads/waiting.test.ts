// How a wait is told.
import { expect, test } from 'vitest';
import { usualText, waitText } from '../../src/threads/waiting.ts';

test.each([
  [0, undefined, 'next in line'],
  [1, undefined, '1 ahead of yours'],
  [2, { p50Ms: 38_000, p95Ms: 55_000 }, '2 ahead of yours · usually 38 s, slow days 55 s'],
  [51, undefined, 'more than 50 ahead of yours'],
])('%i ahead, usually %j', (ahead, usual, said) => {
  expect(waitText(ahead, usual)).toBe(said);
});

test('days that are all alike have one time', () => {
  expect(usualText({ p50Ms: 38_100, p95Ms: 38_400 })).toBe('usually 38 s');
});
