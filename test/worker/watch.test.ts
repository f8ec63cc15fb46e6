// The disk watch: a box that fills the host is stopped and its owner is told; nothing else is touched, and the round stays short.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Provider } from '../../src/providers/provider.ts';
import { type WatchOptions, watchDisks } from '../../src/worker/watch.ts';
import { eventually } from '../support/eventually.ts';
import { NEVER_MS, openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const GIB = 1024 ** 3;

let house: TestHouse;
let person: string;
let made = 0;
beforeAll(async () => {
  house = await openTestHouse({ timings: { ...UNREPAIRED, watchMs: NEVER_MS } });
});
beforeEach(() => {
  person = `person-${++made}`;
});
afterAll(() => house.close());

function watch(measure: Provider['measure'], options: Partial<WatchOptions> = {}): Promise<void> {
  const { db, wakes, secrets, installId, gatewayKey, logger, now } = house.services;
  const source = { installId, secrets, gatewayPublicKey: gatewayKey.publicKey };
  const provider = { ...house.cloud.provider(), measure };
  const providers = new Map([[provider.name, provider]]);
  const { signal } = new AbortController();
  return watchDisks({ db, wakes, providers, source, now, logger, signal, ...options });
}
const boxOf = async (who = person) => {
  const [box] = await house.sql<{ id: string; state: string; desired: string }>(
    'SELECT b.id, b.state, b.desired FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1',
    [who],
  );
  return box ?? { id: '', state: 'none', desired: 'none' };
};
const fills = (boxId: string) => async (box: { boxId: string }) => ({
  homeUsedBytes: GIB,
  rootUsedBytes: box.boxId === boxId ? 21.5 * GIB : GIB,
});

test('a box that fills the disk is stopped, and its home thread says what, why, and how to go on', async () => {
  await house.say('neighbour', 'spinup other');
  const { thread, answer } = await house.ask(person, 'spinup mybox');
  await answer;
  const { id } = await boxOf();
  await watch(fills(id));
  await eventually('it is stopped', async () => (await boxOf()).state === 'stopped');
  expect(await boxOf()).toMatchObject({ desired: 'stopped' });
  expect(await boxOf('neighbour')).toMatchObject({ state: 'running', desired: 'running' });
  const notice = await eventually('a notice', () =>
    house.chat.messages(thread).find(({ kind, text }) => kind === 'notice' && text.includes('is being stopped')),
  );
  expect(notice.text).toContain('21.5 GiB outside its home');
  expect(notice.text).toContain('20.0 GiB is the most');
  expect(notice.text).toContain('Everything is kept');
  expect(notice.text).toContain('start mybox');
  await house.say(person, 'destroy mybox --yes');
  await house.say('neighbour', 'destroy other --yes');
});

test('a box whose owner wanted something else while it was measured is left to that', async () => {
  const { thread, answer } = await house.ask(person, 'spinup mybox');
  await answer;
  const { id } = await boxOf();
  await watch(async (box) => {
    await house.sql(`UPDATE boxes SET desired = 'destroyed' WHERE id = $1`, [id]);
    return fills(id)(box);
  });
  expect(await boxOf()).toMatchObject({ state: 'running', desired: 'destroyed' });
  expect(await house.sql(`SELECT 1 FROM jobs WHERE box_id = $1 AND kind = 'stop'`, [id])).toEqual([]);
  expect(
    await house.sql(
      `SELECT 1 FROM messages WHERE kind = 'notice' AND body::text LIKE '%outside%'
    AND thread_id = (SELECT home_thread_id FROM boxes WHERE id = $1)`,
      [id],
    ),
  ).toEqual([]);
  expect(house.chat.messages(thread).filter(({ text }) => text.includes('outside'))).toEqual([]);
});

test('a few boxes are measured at once, and none after the signal', async () => {
  await house.say(person, 'list');
  await house.sql(`UPDATE accounts SET tier = 'unlimited' WHERE name = $1`, [person]);
  await Promise.all(Array.from({ length: 6 }, (_, index) => house.say(person, `spinup box-${index}`)));
  const measured: string[] = [];
  const four = Promise.withResolvers<void>();
  const closing = new AbortController();
  const round = watch(
    (box, { signal }) => {
      measured.push(box.boxId);
      if (measured.length === 4) four.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    },
    { signal: closing.signal },
  );
  await four.promise;
  closing.abort();
  await round;
  expect(measured).toHaveLength(4);
});

test('what goes on in a box is shown to its owner, as names and figures, until it is old', async () => {
  await house.say(person, 'spinup mybox');
  expect(await house.say(person, 'info mybox')).not.toContain('load');
  const used = { usedBytes: 1.5 * GIB, totalBytes: 4 * GIB };
  await watch(async () => ({
    homeUsedBytes: GIB,
    rootUsedBytes: undefined,
    figures: {
      load: 1.25,
      memory: used,
      home: { usedBytes: GIB, totalBytes: 10 * GIB },
      root: used,
      busiest: [{ command: 'cc1\u001b[31m', cpuMs: 720_000 }],
    },
  }));
  const said = await house.say(person, 'info mybox');
  for (const part of ['1.25', '1.5 GiB of 4.0 GiB', '(12 min)', 'Looked at']) expect(said).toContain(part);
  expect(said).not.toContain('\u001b');
  // Once, though it was measured twice.
  expect(said.match(/\bhome(?: used)?\W+\d/g)).toHaveLength(1);
  expect(said).toMatch(/home used\W+1\.0 GiB of 10\.0 GiB/);
  await house.sql("UPDATE boxes SET figures_at = now() - interval '6 minutes' WHERE figures IS NOT NULL");
  const old = await house.say(person, 'info mybox');
  expect(old).not.toContain('1.25');
  expect(old).toMatch(/home used\W+1\.0 GiB(?! of)/);
  await house.say(person, 'destroy mybox --yes');
});
