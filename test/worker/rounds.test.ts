// Rounds: one process at a time for as long as a round takes, and gone soon when the process is.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { type Round, type Rounds, startRounds } from '../../src/worker/rounds.ts';
import { eventually } from '../support/eventually.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

const logger = createLogger({ level: 'silent', secrets: [] });
/** Its lease is 5.2 s long. */
const EVERY_MS = 100;

let store: TestStore;
const running: Rounds[] = [];
beforeAll(async () => {
  store = await openTestStore();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((rounds) => rounds.stop()));
  await store.sql('DELETE FROM leases');
});
afterAll(() => store.close());

function start(holder: string, run: Round['run']): Rounds {
  const rounds = startRounds({
    db: store.db,
    holder,
    marginMs: 5000,
    logger,
    rounds: [{ name: 'test', everyMs: EVERY_MS, run }],
  });
  running.push(rounds);
  return rounds;
}
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
/** A round that goes on until it is aborted. */
function longRound() {
  const signals: AbortSignal[] = [];
  const begun = Promise.withResolvers<AbortSignal>();
  return {
    signals,
    begun: begun.promise,
    run: (signal: AbortSignal) => {
      signals.push(signal);
      begun.resolve(signal);
      return aborted(signal);
    },
  };
}
const lease = async () => (await store.sql<{ holder: string; until: Date }>('SELECT holder, until FROM leases'))[0];

test('the lease of a round that takes long is renewed while it runs, and nobody else runs it', async () => {
  const [one, other] = [longRound(), longRound()];
  start('one', one.run);
  await one.begun;
  const first = (await lease())?.until.getTime() ?? 0;
  start('other', other.run);
  await eventually('the lease is renewed', async () => ((await lease())?.until.getTime() ?? 0) > first);
  expect(await lease()).toMatchObject({ holder: 'one' });
  expect(one.signals.map((signal) => signal.aborted)).toEqual([false]);
  expect(other.signals).toEqual([]);
});

test('a round whose lease another process got is aborted while it runs', async () => {
  const one = longRound();
  start('one', one.run);
  const signal = await one.begun;
  await store.sql(`UPDATE leases SET holder = 'other', epoch = epoch + 1, until = now() + interval '1 min'`);
  await eventually('it is aborted', () => signal.aborted);
  expect(one.signals).toHaveLength(1);
});

test('a stop aborts what runs and gives the lease to whoever comes next', async () => {
  const [one, other] = [longRound(), longRound()];
  const rounds = start('one', one.run);
  const signal = await one.begun;
  await rounds.stop();
  expect(signal.aborted).toBe(true);
  expect(await lease()).toBeUndefined();
  start('other', other.run);
  await other.begun;
});

test('a round that comes seldom is not kept for hours by a process that died', async () => {
  const begun = Promise.withResolvers<void>();
  const round: Round = { name: 'test', everyMs: 3_600_000, run: async () => begun.resolve() };
  running.push(startRounds({ db: store.db, holder: 'one', marginMs: 5000, logger, rounds: [round] }));
  await begun.promise;
  expect((await lease())?.until.getTime()).toBeLessThan(Date.now() + 11 * 60_000);
});

test('a stop does not wait for a round that heeds no signal, and leaves its lease until it ends', async () => {
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const rounds = start('one', () => {
    begun.resolve();
    return released.promise;
  });
  await begun.promise;
  await Promise.race([rounds.stop(), aborted(AbortSignal.timeout(4000)).then(() => expect.fail('it waited'))]);
  expect(await lease()).toMatchObject({ holder: 'one' });
  released.resolve();
});
