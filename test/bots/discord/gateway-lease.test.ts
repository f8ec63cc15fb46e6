// The gateway's lease: one of several processes is connected, and another takes over when it is gone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY_LEASE } from '../../../src/bots/discord/gateway.ts';
import { createFakeIntake } from '../../fakes/intake.ts';
import { eventually } from '../../support/eventually.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';
import { discordDoor, openServer } from './open-door.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
/** Long enough that a busy machine does not lose it by chance. */
const LEASE_MS = 3_000;

test('one of two processes holds the gateway, and the other takes it when that one loses its lease', async () => {
  const [first, second] = [createFakeIntake(), createFakeIntake()];
  const space = await openServer(first, store.db, { gatewayLeaseMs: LEASE_MS, holder: 'first' });
  const other = discordDoor(space.discord, store.db, { gatewayLeaseMs: LEASE_MS, holder: 'second' });
  await other.open(second);
  try {
    expect(space.discord.gateway.connections()).toBe(1);
    await space.ana.runs('list', {}, { channel: '#dev' }).acknowledged();
    expect([first.arrivals.length, second.arrivals.length]).toEqual([1, 0]);
    await store.sql(`UPDATE leases SET holder = 'second', epoch = epoch + 1 WHERE name = '${GATEWAY_LEASE}'`);
    await eventually('the second identifies', () => space.discord.gateway.counts().identified >= 2, 40_000);
    await eventually('the first lets go', () => space.discord.gateway.connections() === 1, 40_000);
    await space.ana.runs('list', {}, { channel: '#dev' }).acknowledged();
    expect([first.arrivals.length, second.arrivals.length]).toEqual([1, 1]);
  } finally {
    await other.close();
    await space.close();
  }
});

test('a process that is gone is followed by another within the time of take-over', async () => {
  const later = createFakeIntake();
  await store.sql(
    `INSERT INTO leases (name, holder, until, epoch) VALUES ('${GATEWAY_LEASE}', 'dead', now() + interval '500 ms', 1)
     ON CONFLICT (name) DO UPDATE SET holder = 'dead', until = now() + interval '500 ms'`,
  );
  const space = await openServer(later, store.db, { gatewayLeaseMs: LEASE_MS, holder: 'living' });
  await space.ana.runs('list', {}, { channel: '#dev' }).acknowledged();
  expect(later.arrivals).toHaveLength(1);
  await space.close();
});
