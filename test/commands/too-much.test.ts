// More than can be done: who sends too fast, or would wait behind too many jobs, gets one clear answer, and nothing is done.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_SIZES, DEFAULT_TIERS } from '../../src/boxes/sizes.ts';
import { createDispatcher, type Dispatcher } from '../../src/commands/dispatch.ts';
import { COMMANDS } from '../../src/commands/registry.ts';
import { idleConfig } from '../../src/config/idle.ts';
import { createLogger } from '../../src/log.ts';
import { NO_METERS } from '../../src/meters.ts';
import { secret } from '../../src/secret.ts';
import { createSecretBox } from '../../src/store/secretbox.ts';
import type { Arrival } from '../../src/threads/arrival.ts';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { arrivalOf, openTestStore, PROVIDER, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const quiet = async (): Promise<void> => {};

function dispatcher(): Dispatcher {
  const provider = {
    name: PROVIDER,
    title: 'Seeded',
    maximumCpus: undefined,
    memoryBudgetMiB: undefined,
    mostBoxes: undefined,
    ports: undefined,
    keepsHomes: true,
    prices: undefined,
    takesSnapshots: true,
    regions: undefined,
    images: undefined,
  };
  return createDispatcher({
    db: store.db,
    secrets: createSecretBox(secret(new Uint8Array(32).fill(7))),
    house: {
      version: 'test',
      sizes: DEFAULT_SIZES,
      tiers: DEFAULT_TIERS,
      providers: [provider],
      gateway: { host: '127.0.0.1', port: 2222, isPublic: false, hostKey: fakeKeyPair().publicKey },
      destroyKeepHours: 0,
      asksForPrices: true,
      idle: idleConfig({}),
      defaultTimeZone: 'UTC',
      admins: [],
    },
    signUp: { mayJoin: () => true },
    commands: COMMANDS,
    traits: (name) => ({ name, yesConfirms: true, lights: false, ...(name === 'ssh' ? { answersItself: true } : {}) }),
    wakes: { wakeWorker: quiet, wakeLanes: quiet, changed: quiet, close: quiet },
    deliver: () => {},
    newHostKey: fakeKeyPair,
    githubUrl: 'http://127.0.0.1:9',
    now: () => new Date(),
    random: () => 0.5,
    logger: createLogger({ level: 'silent', secrets: [] }),
    meters: NO_METERS,
  });
}

async function answersTo(deliveryId: string): Promise<string[]> {
  const rows = await store.sql<{ text: string }>(
    `SELECT (SELECT string_agg(b ->> 'text', ' ') FROM jsonb_array_elements(r.body #> '{reply,blocks}') AS b) AS text FROM deliveries d JOIN commands c ON c.delivery_id = d.id
      JOIN replies r ON r.command_id = c.id AND r.kind = 'final' WHERE d.delivery_id = $1`,
    [deliveryId],
  );
  return rows.map(({ text }) => text);
}

async function answerTo(door: Dispatcher, arrival: Arrival): Promise<string | undefined> {
  await door.work((await door.accept(arrival)).delivery);
  return (await answersTo(arrival.deliveryId))[0];
}

const FLOOD = 1400;
const TOO_FAST = /^Too fast: 60 commands a second/;

test('a flood beyond the limit is written down with its refusal, answered once, and nothing of it is done', async () => {
  const door = dispatcher();
  expect(await answerTo(door, arrivalOf('flo', 'flo-joins', 'list'))).not.toMatch(TOO_FAST);
  await Promise.all(
    Array.from({ length: FLOOD }, (_, n) => door.accept(arrivalOf('flo', `flood-${n}`, `spinup box-${n}`))),
  );
  const refused = await store.sql<{ id: string; deliveryId: string }>(
    `SELECT id, delivery_id AS "deliveryId" FROM deliveries WHERE refusal IS NOT NULL`,
  );
  expect(refused.length).toBeGreaterThan(0);
  const [first, second, third] = refused;
  if (first === undefined || second === undefined || third === undefined) throw new Error('too few were refused');
  await door.work(first.id);
  expect(await answersTo(first.deliveryId)).toEqual([expect.stringMatching(TOO_FAST)]);
  // Also by another process, which reads it from the database.
  await dispatcher().work(second.id);
  expect(await answersTo(second.deliveryId)).toEqual([expect.stringMatching(TOO_FAST)]);
  await Promise.all([door.work(third.id), dispatcher().work(third.id)]);
  expect(await answersTo(third.deliveryId)).toEqual([expect.stringMatching(TOO_FAST)]);
  expect(await store.sql('SELECT 1 FROM boxes')).toEqual([]);
  // All of it is hers: it takes her turns in the lane, and what cannot be brought is kept for her.
  const owners = `SELECT DISTINCT i.subject FROM commands c JOIN deliveries d ON d.id = c.delivery_id JOIN messages m ON m.command_id = c.id
    LEFT JOIN identities i ON i.account_id = m.account_id WHERE d.refusal IS NOT NULL`;
  expect(await store.sql(owners)).toEqual([{ subject: 'flo' }]);
  // Somebody else is not concerned.
  expect(await answerTo(door, arrivalOf('other', 'not-flooding', 'version'))).not.toMatch(TOO_FAST);
  await store.sql('UPDATE deliveries SET processed_at = now()');
});

const overSsh = (who: string, n: number): Arrival => {
  const { speaker, ...rest } = arrivalOf(who, `ssh-${who}-${n}`, 'list');
  return { ...rest, door: 'ssh', speaker: { ...speaker, door: 'ssh' } };
};

async function rowsOverSsh(): Promise<number> {
  const [rows] = await store.sql<{ count: number }>(`SELECT count(*)::int AS count FROM deliveries WHERE door = 'ssh'`);
  return rows?.count ?? 0;
}

test('a door on whose connection somebody waits is told at once, and nothing is written', async () => {
  const door = dispatcher();
  await answerTo(door, overSsh('sid', FLOOD));
  const before = await rowsOverSsh();
  const ended = await Promise.allSettled(Array.from({ length: FLOOD }, (_, n) => door.accept(overSsh('sid', n))));
  const rejected = ended.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
  expect(rejected.length).toBeGreaterThan(0);
  expect(rejected[0]).toMatchObject({ code: 'too_much', message: expect.stringMatching(TOO_FAST) });
  expect((await rowsOverSsh()) - before).toBe(FLOOD - rejected.length);
  await store.sql('UPDATE deliveries SET processed_at = now()');
});

test('any number of keys without an account leave no more behind than one limit allows; who has one is not concerned', async () => {
  await answerTo(dispatcher(), overSsh('old', 0));
  const door = dispatcher();
  const before = await rowsOverSsh();
  const began = performance.now();
  const flood = Array.from({ length: FLOOD }, (_, n) => door.accept(overSsh(`fresh-${n}`, 0)));
  // This process has not heard of them yet.
  const known = door.accept(overSsh('old', 1));
  const ended = await Promise.allSettled(flood);
  const seconds = Math.ceil((performance.now() - began) / 1000);
  const rejected = ended.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
  expect(rejected[0]).toMatchObject({ code: 'too_much', message: expect.stringContaining('who have no account yet') });
  expect((await rowsOverSsh()) - before).toBeLessThanOrEqual(600 + 10 * seconds + 1);
  await expect(known).resolves.toMatchObject({ duplicate: false });
  await store.sql('UPDATE deliveries SET processed_at = now()');
});

/** So many spinups that wait, of as many accounts. */
async function fill(accounts: readonly string[], name: string): Promise<void> {
  for (const [n, accountId] of accounts.entries())
    await store.job({ id: await store.box(accountId, `${name}-${n}`), accountId });
}

test('behind two hundred jobs of others a spinup is refused with how many and how long, and a destroy is not', async () => {
  const door = dispatcher();
  expect(await answerTo(door, arrivalOf('lea', 'lea-1', 'spinup leas-first'))).toBeUndefined();
  for (let n = 0; n < 5; n++) {
    await fill([await store.account(`runner-${n}`)], `ran-${n}`);
    await store.sql(
      `UPDATE jobs SET state = 'succeeded', started_at = now() - interval '3 minutes', finished_at = now() - interval '2 minutes 57 seconds' WHERE box_id IN (SELECT id FROM boxes WHERE name = $1)`,
      [`ran-${n}-0`],
    );
  }
  const all = await Promise.all(Array.from({ length: 200 }, (_, n) => store.account(`waiter-${n}`)));
  await fill(all, 'waits');
  const refused = await answerTo(door, arrivalOf('mia', 'mia-1', 'spinup mias-box'));
  expect(refused).toContain(
    'Busy: 201 commands are ahead, about 10 minutes. mias-box was not made. Send it again then:',
  );
  // A command to repeat that left out the size would make another box.
  const wished = await answerTo(door, arrivalOf('mia', 'mia-2', 'spinup mias-box --size small'));
  expect(wished).toContain('mias-box was not made. Send it again then.');
  expect(await store.sql(`SELECT 1 FROM boxes WHERE name = 'mias-box'`)).toEqual([]);
  await door.work((await door.accept(arrivalOf('lea', 'lea-2', 'destroy leas-first --yes'))).delivery);
  expect(await store.sql(`SELECT desired FROM boxes WHERE name = 'leas-first'`)).toEqual([{ desired: 'destroyed' }]);
  await store.sql(`UPDATE jobs SET state = 'cancelled', finished_at = now() WHERE state = 'queued'`);
});

test('one person with two hundred jobs is ahead of nobody but themselves', async () => {
  const door = dispatcher();
  const hoarder = await store.account('hoarder');
  await store.sql(`UPDATE accounts SET tier = 'unlimited' WHERE id = $1`, [hoarder]);
  await fill(
    Array.from({ length: 210 }, () => hoarder),
    'hoarded',
  );
  expect(await answerTo(door, arrivalOf('nia', 'nia-1', 'spinup nias-box'))).toBeUndefined();
  expect(await store.sql(`SELECT state FROM boxes WHERE name = 'nias-box'`)).toEqual([{ state: 'requested' }]);
  expect(await answerTo(door, arrivalOf('hoarder', 'hoarder-1', 'spinup more'))).toMatch(
    /Busy: 21\d commands are ahead/,
  );
});
