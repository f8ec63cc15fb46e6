// What was written down waits until it is worked on; what its door has given up waits here no longer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createArrivals } from '../../src/commands/arrivals.ts';
import { NO_METERS } from '../../src/meters.ts';
import { secret } from '../../src/secret.ts';
import { createSecretBox } from '../../src/store/secretbox.ts';
import { arrivalOf, openTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

interface Counted {
  waiting: string[];
  clock: { atMs: number };
  arrivals: ReturnType<typeof createArrivals>;
}

function openArrivals(): Counted {
  const waiting: string[] = [];
  const clock = { atMs: 0 };
  const arrivals = createArrivals({
    db: store.db,
    secrets: createSecretBox(secret(new Uint8Array(32).fill(7))),
    traits: (name) => ({ name, yesConfirms: true, lights: false }),
    askers: { of: ({ subject }) => subject, find: async ({ subject }) => subject, learn: () => {} },
    entry: {
      refusalFor: () => undefined,
      waits(asker) {
        waiting.push(asker);
        return () => void waiting.splice(waiting.indexOf(asker), 1);
      },
      timed: (command) => command(),
    },
    meters: NO_METERS,
    nowMs: () => clock.atMs,
  });
  return { waiting, clock, arrivals };
}

test('an arrival that its door never hands in counts as waiting for a minute, and one that is handed in until it is done', async () => {
  const { waiting, clock, arrivals } = openArrivals();
  const accept = async (who: string): Promise<string> =>
    (await arrivals.accept(arrivalOf(who, `${who}-${clock.atMs}`, 'list'))).delivery;
  const given = await accept('given-up');
  const taken = arrivals.take(await accept('taken'));
  clock.atMs = 59_999;
  await accept('later');
  expect(waiting).toHaveLength(3);
  clock.atMs = 60_000;
  await accept('last');
  expect(waiting).toEqual(['taken', 'later', 'last']);
  expect(arrivals.take(given)).toBeUndefined();
  taken?.done();
  expect(waiting).toHaveLength(2);
});

test.each([
  ['of 34,000 characters', 'q'.repeat(34_000), 'q'.repeat(4001)],
  ['among others', `list\n${'q'.repeat(34_000)}\nhelp`, `list\n${'q'.repeat(4001)}\nhelp`],
  ['as long as one may be', 'q'.repeat(4000), 'q'.repeat(4000)],
  [
    'that is a private key',
    `-----BEGIN RSA PRIVATE KEY----- ${'MIIq'.repeat(4000)} -----END RSA PRIVATE KEY-----`,
    'keys add -----BEGIN RSA PRIVATE KEY-----',
  ],
])('of a line %s no more is written down than tells that it is too long', async (what, text, kept) => {
  await openArrivals().arrivals.accept(arrivalOf('long', what, text));
  expect(await store.sql('SELECT text FROM deliveries WHERE delivery_id = $1', [what])).toEqual([{ text: kept }]);
});
