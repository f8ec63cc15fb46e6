// What a progress line says while a vendor's limit holds a call up.
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPace, type Pace } from '../../../../src/providers/shared/cloud/pace.ts';
import { tellingSlowness } from '../../../../src/providers/shared/cloud/slowness.ts';
import { makeBoxSpec } from '../../../contracts/provider-spec.ts';
import { createTestClock, type TestClock } from '../../../fakes/cloud/test-clock.ts';
import { createFickle, type Fickle } from '../../../fakes/fickle-provider.ts';
import { createSeededCloud, type SeededCloud } from '../../../fakes/seeded-provider.ts';

let clock: TestClock;
let pace: Pace;
let seeded: SeededCloud;
let fickle: Fickle;
let notes: string[];
/** A stop that waits for its machine until the cloud answers. */
let stopping: Promise<void>;

const later = async (ms: number): Promise<string | undefined> => {
  for (let passed = 0; passed < ms; passed += 1000) {
    clock.advance(1000);
    await turn();
  }
  return notes.at(-1);
};

beforeEach(async () => {
  clock = createTestClock();
  pace = createPace(clock);
  seeded = createSeededCloud({ seed: 1 });
  fickle = createFickle(seeded.provider());
  fickle.become('hangs');
  notes = [];
  const steady = {
    ...fickle.provider,
    stop: async (...[box, context]: Parameters<typeof fickle.provider.stop>) => {
      context.note?.('the cloud is at work on it');
      await fickle.provider.stop(box, context);
    },
  };
  const provider = tellingSlowness(steady, { title: 'A cloud', slowed: pace.slowed }, clock);
  stopping = provider.stop(makeBoxSpec({ installId: 'testinst' }), {
    signal: AbortSignal.timeout(10_000),
    note: (phrase) => void notes.push(phrase),
  });
  await turn();
});
afterEach(async () => {
  fickle.become('answers');
  await stopping;
  seeded.close();
});

test('it says for how long nobody may ask, and is as it was when that is over', async () => {
  pace.rest(40_000);
  expect(await later(1000)).toBe('the cloud is at work on it; A cloud lets us ask again in 40 s');
  expect(await later(20_000)).toBe('the cloud is at work on it; A cloud lets us ask again in 20 s');
  expect(await later(20_000)).toBe('the cloud is at work on it');
  // Now and then: each is an edit of somebody's message.
  expect(notes.length).toBeLessThanOrEqual(8);
});

test('it says that an account is asked more rarely because little is left of its limit', async () => {
  pace.heard({ limit: 100, remaining: 1, resetAtMs: clock.nowMs() + 120_000, retryAfterMs: undefined });
  expect(await later(1000)).toBe('the cloud is at work on it; A cloud lets us ask more rarely for another 2 min');
  expect(await later(120_000)).toBe('the cloud is at work on it');
});

test('it says nothing of a pause that is over at once', async () => {
  pace.rest(1_500);
  expect(await later(3000)).toBe('the cloud is at work on it');
  expect(notes).toHaveLength(1);
});

test('it says nothing any more once the call is over', async () => {
  fickle.become('answers');
  await stopping;
  pace.rest(60_000);
  await later(3000);
  expect(notes).toEqual(['the cloud is at work on it']);
  expect(clock.waits()).toEqual([]);
});
