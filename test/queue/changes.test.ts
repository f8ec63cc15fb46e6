// Waiting for news of a job or box: woken by any of its names, or by the caller's own deadline.
import { expect, test } from 'vitest';
import { createChanges } from '../../src/queue/changes.ts';

const never = new AbortController().signal;
/** 'waits' when nothing has resolved it after all that was due has run. */
const now = async (wait: Promise<void>) => {
  const later = new Promise<string>((resolve) => setImmediate(() => resolve('waits')));
  return Promise.race([wait.then(() => 'news'), later]);
};

test('everybody who waits for a name is told, and nobody else', async () => {
  const changes = createChanges();
  const [one, two, other] = [changes.next(['a'], never), changes.next(['b', 'a'], never), changes.next(['c'], never)];
  changes.tell('a');
  expect(await Promise.all([one, two, other].map(now))).toEqual(['news', 'news', 'waits']);
});

test('news is told once: who waits again waits for the next', async () => {
  const changes = createChanges();
  const first = changes.next(['a'], never);
  changes.tell('a');
  await first;
  const second = changes.next(['a'], never);
  expect(await now(second)).toBe('waits');
  changes.tell('a');
  expect(await now(second)).toBe('news');
});

test('a deadline ends the wait without an error, also one that has passed', async () => {
  const changes = createChanges();
  const abort = new AbortController();
  const wait = changes.next(['a'], abort.signal);
  expect(await now(wait)).toBe('waits');
  abort.abort();
  expect(await now(wait)).toBe('news');
  expect(await now(changes.next(['a'], abort.signal))).toBe('news');
});

test('a telling to nobody is forgotten', async () => {
  const changes = createChanges();
  changes.tell('a');
  expect(await now(changes.next(['a'], never))).toBe('waits');
});
