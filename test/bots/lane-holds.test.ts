// Who may send in a lane: its owner for as long as a send takes, and nobody whose lease may be another's.
import { expect, test } from 'vitest';
import type { SendResult } from '../../src/bots/door.ts';
import { queueMessage } from '../../src/store/threads.ts';
import { say } from '../../src/threads/reply.ts';
import { eventually } from '../support/eventually.ts';
import { openDelivering } from './delivering.ts';
import { createScriptedDoor } from './scripted-door.ts';

const LEASE_MS = 400;

const { store, deliverer } = await openDelivering();
let made = 0;

/** A lane with one message in it that nobody has sent. */
async function laneWithMessage(): Promise<string> {
  const lane = `lane-${++made}`;
  const threadId = await store.thread(`thread-${made}`, lane);
  const body = { kind: 'reply' as const, reply: say('only once') };
  await queueMessage(store.db.tx, { threadId, kind: 'final', visibility: 'thread', body });
  return lane;
}
const givenAway = (lane: string) =>
  store.sql(
    `UPDATE leases SET holder = 'another', epoch = epoch + 1, until = now() + interval '1 hour' WHERE name = $1`,
    [`lane:${lane}`],
  );
const trying = async (lane: string) =>
  (await store.sql<{ trying: number }>('SELECT trying FROM messages WHERE lane = $1', [lane]))[0]?.trying;

test('a lane stays with its owner through a send that takes several leases', async () => {
  const [lane, door, next] = [await laneWithMessage(), createScriptedDoor(), createScriptedDoor()];
  const slow = Promise.withResolvers<SendResult>();
  door.script((_, signal) => {
    signal.addEventListener('abort', () => slow.reject(signal.reason));
    return slow.promise;
  });
  (await deliverer(door, { laneLeaseMs: LEASE_MS })).wake([lane]);
  await eventually('it is on its way', () => door.asked.length === 1);
  const other = await deliverer(next, { laneLeaseMs: LEASE_MS });
  const began = performance.now();
  await eventually('several leases are over', () => {
    other.wake([lane]);
    return performance.now() - began > 4 * LEASE_MS;
  });
  slow.resolve({ kind: 'sent', platformId: 'p' });
  await eventually('it is noted', async () => (await trying(lane)) === 0);
  expect([door.texts(), next.texts()]).toEqual([['only once'], []]);
});

test('a send is broken off when its lane is another’s', async () => {
  const [lane, door] = [await laneWithMessage(), createScriptedDoor()];
  const brokenOff = Promise.withResolvers<unknown>();
  door.script((_, signal) => {
    const { promise, reject } = Promise.withResolvers<SendResult>();
    signal.addEventListener('abort', () => {
      brokenOff.resolve(signal.reason);
      reject(signal.reason);
    });
    return promise;
  });
  (await deliverer(door, { laneLeaseMs: LEASE_MS })).wake([lane]);
  await eventually('it is on its way', () => door.asked.length === 1);
  await givenAway(lane);
  // Not the deadline of sends, which would be a TimeoutError.
  expect(await brokenOff.promise).toMatchObject({ name: 'AbortError' });
  expect(await trying(lane)).toBe(1);
});

test('nothing is sent when the lane became another’s while the database wrote down that it would be', async () => {
  const [lane, door] = [await laneWithMessage(), createScriptedDoor()];
  const one = await deliverer(door, { laneLeaseMs: LEASE_MS });
  await store.db.transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM messages WHERE lane = ${lane} FOR UPDATE`;
    one.wake([lane]);
    await eventually('it waits for the row', async () => {
      const waiting = await store.sql(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE messages SET trying%'`,
      );
      return waiting.length > 0;
    });
    await givenAway(lane);
    const began = performance.now();
    await eventually('the lease is over', () => performance.now() - began > LEASE_MS);
  });
  await eventually('it was written down', async () => (await trying(lane)) === 1);
  await one.stop();
  expect(door.texts()).toEqual([]);
});
