// A provider that is silent: its jobs wait without using up tries and say so, those of others go on, and all ends once it answers.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { watchDisks } from '../../src/worker/watch.ts';
import { createFickle } from '../fakes/fickle-provider.ts';
import { createSeededCloud } from '../fakes/seeded-provider.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { lookRound } from './round.ts';

const cloud = createSeededCloud({ seed: 2 });
const east = createFickle({ ...cloud.provider('east'), title: 'East' });
const west = createFickle({ ...cloud.provider('west'), title: 'West' });

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({
    timings: { ...UNREPAIRED, leaseMs: 20_000, firstRetryMs: 1000 },
    settings: { providers: () => [east.provider, west.provider] },
  });
});
afterEach(async () => {
  east.become('answers');
  west.become('answers');
  await house.sql('DELETE FROM circuits');
});
afterAll(() => house.close());

const finalsIn = (thread: string) => house.chat.messages(thread).filter(({ kind }) => kind === 'final');
const progressIn = (thread: string) => house.chat.messages(thread).find(({ kind }) => kind === 'progress')?.text ?? '';
const SAYS_SO = /East has not answered since \d\d:\d\d; this goes on by itself when it does/;

test('a spinup that met it waits, says since when, and is done once it answers, with one final', async () => {
  east.become('refuses');
  const { thread, answer } = await house.ask('ana', 'spinup anas-box');
  await eventually('the wait is told', () => (SAYS_SO.test(progressIn(thread)) ? true : undefined), 20_000);
  expect(finalsIn(thread)).toEqual([]);
  const late = await house.ask('ben', 'spinup bens-box');
  await eventually('whoever asks now is told too', () => (SAYS_SO.test(progressIn(late.thread)) ? true : undefined));
  expect(await house.say('ben', 'why bens-box')).toMatch(/Waiting to be made: East has not answered since/);
  const jobs = await house.sql(`SELECT tries < max_tries AS left, state FROM jobs ORDER BY id DESC LIMIT 2`);
  expect(jobs).toEqual([
    { left: true, state: 'queued' },
    { left: true, state: 'queued' },
  ]);
  east.become('answers');
  expect(await answer).toContain('anas-box is ready');
  expect(await late.answer).toContain('bens-box is ready');
  expect([finalsIn(thread), finalsIn(late.thread)].map((finals) => finals.length)).toEqual([1, 1]);
  expect(await house.sql('SELECT provider FROM circuits')).toEqual([]);
});

test('one that hangs keeps nobody from work elsewhere, though it has more jobs than there are places', async () => {
  west.become('hangs');
  const held = [];
  for (let n = 0; n < 4; n++) held.push(await house.ask(`wanda-${n}`, `spinup stuck-${n} --provider west`));
  await eventually('two calls hang', () => (west.hanging() >= 2 ? true : undefined));
  expect(await house.say('eve', 'spinup eves-box --provider east')).toContain('eves-box is ready');
  expect(await house.say('eve', 'stop eves-box')).toContain('eves-box');
  west.become('answers');
  const answers = await Promise.all(held.map(({ answer }) => answer));
  for (const answer of answers) expect(answer).toContain('is ready');
});

test('what comes round leaves a silent provider alone, and is done for the others', async () => {
  await house.say('ida', 'spinup idas-box --provider east');
  await house.say('jan', 'spinup jans-box --provider west');
  await house.sql(`UPDATE boxes SET home_used_bytes = NULL, config_wanted = config_wanted + 1`);
  await house.sql(`INSERT INTO circuits VALUES ('east', now(), now() + interval '1 hour', 30000)`);
  east.become('hangs');
  const { db, wakes, providers, secrets, installId, gatewayKey, logger, now } = house.services;
  const source = { installId, secrets, gatewayPublicKey: gatewayKey.publicKey };
  await lookRound(house);
  await watchDisks({ db, wakes, providers, source, now, logger, signal: AbortSignal.timeout(30_000) });
  expect(east.hanging()).toBe(0);
  const seen = `SELECT name, home_used_bytes IS NOT NULL AS measured, config_applied = config_wanted AS configured FROM boxes WHERE name IN ('idas-box', 'jans-box') ORDER BY name`;
  expect(await house.sql(seen)).toEqual([
    { name: 'idas-box', measured: false, configured: false },
    { name: 'jans-box', measured: true, configured: true },
  ]);
});

test('what has been silent for more than an hour is waited for no longer: jobs run and end', async () => {
  east.become('refuses');
  await house.sql(
    `INSERT INTO circuits VALUES ('east', now() - interval '61 minutes', now() + interval '1 hour', 30000)`,
  );
  expect(await house.say('flo', 'spinup flos-box')).toContain('flos-box could not be made: East does not answer.');
});

test('whoever does not want to wait destroys the box, and the wait ends', async () => {
  await house.sql(`INSERT INTO circuits VALUES ('east', now(), now() + interval '1 hour', 30000)`);
  const { thread, answer } = await house.ask('gus', 'spinup guss-box');
  await eventually('the wait is told', () => (SAYS_SO.test(progressIn(thread)) ? true : undefined));
  const destroyed = await house.ask('gus', 'destroy guss-box --yes');
  expect(await answer).toContain('spinup was cancelled');
  await house.sql('DELETE FROM circuits');
  expect(await destroyed.answer).toContain('guss-box is destroyed');
});
