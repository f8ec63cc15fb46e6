// What a new box sets up in the background: people may log in meanwhile, and its first reply says when it came to nothing.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Setup } from '../../src/providers/provider.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

let house: TestHouse;
let person = '';
let made = 0;
let followed: string[] = [];
let setUp: (note?: (phrase: string) => void) => Promise<Setup>;

const open = (worker = true) =>
  openTestHouse({
    worker,
    timings: { ...UNREPAIRED, drainMs: 0 },
    traits: {
      setsUp: true,
      async followSetup(box, _endpoint, { signal, note }) {
        followed.push(box.boxName);
        note?.('installing docker');
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        return Promise.race([promise, setUp(note)]);
      },
    },
  });

beforeAll(async () => {
  house = await open();
});
afterAll(() => house.close());
beforeEach(() => {
  person = `person-${++made}`;
  followed = [];
});

const stateOf = async ({ sql } = house) =>
  (
    await sql<{ state: string; desired: string }>(
      'SELECT b.state, b.desired FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1 ORDER BY b.id DESC',
      [person],
    )
  )[0]?.state;

test('the box runs while its tools are set up, and is ready when they are', async () => {
  const gate = Promise.withResolvers<Setup>();
  setUp = () => gate.promise;
  const { answer } = await house.ask(person, 'spinup mybox');
  await eventually('a box that people may use', async () => (await stateOf()) === 'running');
  await eventually('what it waits for', async () =>
    (await house.say(person, 'logs mybox')).includes('installing docker'),
  );
  expect(await house.say(person, 'info mybox')).toContain('running');
  gate.resolve({ state: 'ready' });
  expect(await answer).toMatch(/^mybox is ready/);
  expect(await answer).not.toContain('tools');
});

test('what it waits for is not shown any more once there is nothing to say', async () => {
  const gate = Promise.withResolvers<Setup>();
  let quiet: (() => void) | undefined;
  setUp = (note) => {
    quiet = () => note?.('');
    return gate.promise;
  };
  const { answer } = await house.ask(person, 'spinup mybox');
  const log = () => house.say(person, 'logs mybox');
  await eventually('what it waits for', async () =>
    (await log()).includes('tools set up; you can log in already: installing docker'),
  );
  quiet?.();
  await eventually('the step alone', async () => /tools set up; you can log in already(?!:)/.test(await log()));
  gate.resolve({ state: 'ready' });
  await answer;
});

test('where they cannot be set up the box is ready all the same, and the reply says what was said last', async () => {
  setUp = async () => ({ state: 'failed', log: 'E: Unable to locate\u001b[2J package docker.io' });
  const said = await house.say(person, 'spinup mybox');
  expect(said).toMatch(/^mybox is ready/);
  expect(said).toContain('Its tools could not be set up; the box works without them.');
  expect(said).toContain('E: Unable to locate');
  expect(said).not.toContain('\u001b');
  expect(said).toContain('logs mybox --file /var/log/shellbox-setup.log');
  expect(await stateOf()).toBe('running');
});

test('a start sets nothing up', async () => {
  setUp = async () => ({ state: 'ready' });
  await house.say(person, 'spinup mybox');
  await house.say(person, 'stop mybox');
  expect(await house.say(person, 'start mybox')).toContain('mybox is running');
  expect(followed).toEqual(['mybox']);
});

test('a destroy does not wait for them', async () => {
  setUp = () => new Promise(() => {});
  const { answer } = await house.ask(person, 'spinup mybox');
  await eventually('a box that sets up', async () => followed.length === 1);
  expect(await house.say(person, 'destroy mybox --yes')).toContain('mybox is destroyed');
  expect(await answer).toContain('destroy');
});

test('the worker that comes after one that died goes on with the box that people use already, and answers once', async () => {
  const own = await open(false);
  try {
    const gate = Promise.withResolvers<Setup>();
    setUp = () => gate.promise;
    const worker = await own.startWorker();
    const { answer } = await own.ask(person, 'spinup mybox');
    await eventually('a box that sets up', async () => followed.length === 1);
    await worker.stop();
    expect(await stateOf(own)).toBe('running');
    await own.startWorker();
    await eventually('a box that sets up', async () => followed.length === 2);
    gate.resolve({ state: 'ready' });
    expect(await answer).toMatch(/^mybox is ready/);
    expect(own.cloud.ledger.everyInstance()).toHaveLength(1);
  } finally {
    await own.close();
  }
});
