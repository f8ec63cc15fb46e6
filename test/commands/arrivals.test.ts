// What was written down waits until it is worked on; what its door has given up waits here no longer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createArrivals } from '../../src/commands/arrivals.ts';
import { createAskers } from '../../src/commands/askers.ts';
import { NO_METERS } from '../../src/meters.ts';
import { secret } from '../../src/secret.ts';
import { createSecretBox } from '../../src/store/secretbox.ts';
import { arrivalOf, openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('an arrival that its door never hands in counts as waiting for a minute, and one that is handed in until it is done', async () => {
  let atMs = 0;
  const waiting: string[] = [];
  const arrivals = createArrivals({
    db: store.db,
    secrets: createSecretBox(secret(new Uint8Array(32).fill(7))),
    traits: (name) => ({ name, yesConfirms: true, lights: false }),
    askers: createAskers(),
    entry: {
      refusalFor: () => undefined,
      waits(asker) {
        waiting.push(asker);
        return () => void waiting.splice(waiting.indexOf(asker), 1);
      },
      timed: (command) => command(),
    },
    meters: NO_METERS,
    nowMs: () => atMs,
  });
  const accept = async (who: string): Promise<string> =>
    (await arrivals.accept(arrivalOf(who, `${who}-${atMs}`, 'list'))).delivery;
  const given = await accept('given-up');
  const taken = arrivals.take(await accept('taken'));
  atMs = 59_999;
  await accept('later');
  expect(waiting).toHaveLength(3);
  atMs = 60_000;
  await accept('last');
  expect(waiting.map((asker) => asker.split(':').at(-1))).toEqual(['taken', 'later', 'last']);
  expect(arrivals.take(given)).toBeUndefined();
  taken?.done();
  expect(waiting).toHaveLength(2);
});
