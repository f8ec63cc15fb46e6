// Orders that a cloud refuses because it is at work on what they are for.
import { beforeEach, expect, test } from 'vitest';
import { ProviderError, type ProviderErrorCode } from '../../../../src/providers/provider.ts';
import { type Order, patient, unlessBusy } from '../../../../src/providers/shared/cloud/patience.ts';
import { createTestClock, type TestClock } from '../../../fakes/cloud/test-clock.ts';

const BUSY_MS = 60_000;
const refused = (code: ProviderErrorCode) => Promise.reject(new ProviderError(code, 'Not now.'));

let clock: TestClock;
let notes: string[];
let order: Order;
beforeEach(() => {
  clock = createTestClock();
  notes = [];
  order = patient({ clock, busyMs: BUSY_MS }, { note: (phrase) => void notes.push(phrase) });
});

test('what is busy is asked again, and whoever waits reads why', async () => {
  expect(await order(refused('busy'))).toBe(false);
  clock.advance(BUSY_MS - 1);
  expect(await order(refused('busy'))).toBe(false);
  expect(await order(Promise.resolve())).toBe(true);
  const busy = 'its machine is busy with something else; trying again';
  expect(notes).toEqual([busy, busy, '']);
});

test('what is busy for too long is told to be that', async () => {
  await order(refused('busy'));
  clock.advance(BUSY_MS);
  await expect(order(refused('busy'))).rejects.toMatchObject({ code: 'busy' });
});

test('an order that was taken begins the time anew', async () => {
  await order(refused('busy'));
  await order(Promise.resolve());
  clock.advance(BUSY_MS);
  expect(await order(refused('busy'))).toBe(false);
});

test('anything else that goes wrong is the answer', async () => {
  for (const code of ['unavailable', 'timeout', 'quota'] as const)
    await expect(order(refused(code))).rejects.toMatchObject({ code });
  expect(notes).toEqual([]);
});

test('an order for a volume that is busy, or could not be given, is one that its caller gives again', async () => {
  await unlessBusy(refused('busy'));
  await unlessBusy(refused('unavailable'));
  await expect(unlessBusy(refused('timeout'))).rejects.toMatchObject({ code: 'timeout' });
});
