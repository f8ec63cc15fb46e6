// For how long, and of what, a list of machines is believed by those who only look.
import { expect, test } from 'vitest';
import type { Machine } from '../../../../src/providers/shared/cloud/cloud.ts';
import { createLatest } from '../../../../src/providers/shared/cloud/latest.ts';

const machine = (instanceName: string, more: Partial<Machine> = {}): Machine => ({
  ...{ boxId: 'a', incarnation: 1, instanceName, ref: '7', state: 'running', region: 'fra1', createdAt: new Date(0) },
  ...{ address: '203.0.113.7', volumes: [], ...more },
});

test('a list is believed for a minute and a half, of machines that run and have an address', () => {
  let nowMs = 5;
  const latest = createLatest(() => nowMs);
  expect(latest.running({ instanceName: 'one' })).toBeUndefined();
  expect(latest.count()).toBeUndefined();
  latest.saw([machine('one'), machine('off', { state: 'stopped' }), machine('new', { address: undefined })]);
  nowMs += 90_000;
  expect(latest.running({ instanceName: 'one' })).toMatchObject({ ref: '7' });
  for (const instanceName of ['off', 'new', 'other']) expect(latest.running({ instanceName })).toBeUndefined();
  nowMs += 1;
  expect(latest.running({ instanceName: 'one' })).toBeUndefined();
  expect(latest.count()).toBe(3);
});

test('what was done to a machine since is not overlooked, and counts as one that was listed all the same', () => {
  const latest = createLatest(() => 0);
  latest.saw([machine('one')]);
  latest.forget({ instanceName: 'one' });
  expect(latest.running({ instanceName: 'one' })).toBeUndefined();
  expect(latest.count()).toBe(1);
});
