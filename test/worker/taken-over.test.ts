// Whoever makes what somebody else may have made just before is told so: lists of clouds do not show yet what is new.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSeededCloud, type SeededCloud } from '../fakes/seeded-provider.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let cloud: SeededCloud;
let house: TestHouse;
/** Of each home that was asked for: until when others may have asked for it too. */
let told: (Date | undefined)[];

beforeEach(async () => {
  cloud = createSeededCloud({ seed: 1 });
  told = [];
  const provider = cloud.provider();
  const watched: typeof provider = {
    ...provider,
    ensureHome(box, context) {
      told.push(context.takenOver);
      return provider.ensureHome(box, context);
    },
  };
  house = await openTestHouse({ settings: { providers: () => [watched] } });
});
afterEach(async () => {
  await house.close();
  cloud.close();
});

test('a try after one that failed, and none that is the first', async () => {
  cloud.failNext('create', 'unavailable');
  expect(await house.say('ana', 'spinup mybox')).toContain('mybox is ready');
  expect(told).toEqual([undefined, expect.any(Date)]);
});

test('a job after one that failed for good', async () => {
  cloud.failNext('create', 'sold_out');
  expect(await house.say('ana', 'spinup mybox')).toContain('could not be made');
  expect(await house.say('ana', 'start mybox')).toContain('mybox is running');
  expect(told).toEqual([undefined, expect.any(Date)]);
});
