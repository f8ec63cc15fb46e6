// Auto-stop in a whole house: what people read and can do between the last use of a box and its stop.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULT_TIERS, type Tiers } from '../../src/boxes/sizes.ts';
import { idleConfig } from '../../src/config/idle.ts';
import type { Observation } from '../../src/providers/observed.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { type Autostop, createAutostop } from '../../src/worker/autostop.ts';
import { eventually } from '../support/eventually.ts';
import { NEVER_MS, openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const MINUTE_MS = 60_000;
const NOTHING: Observation = { startedAtMs: 1, cpuMs: 0, trafficBytes: 0, processes: [] };
const { signal } = new AbortController();

let house: TestHouse;
let made = 0;
let person: string;
let thread: string;
/** What the provider shows of every box; undefined when it cannot be observed. */
let shows: Observation | undefined;
let steadyMs = 0;
let autostop: Autostop;

beforeAll(async () => {
  house = await openTestHouse({
    timings: { ...UNREPAIRED, watchMs: NEVER_MS },
    // The house's own rounds look at nothing here.
    settings: { idle: { ...idleConfig({}), intervalMs: NEVER_MS } },
  });
});
beforeEach(async () => {
  person = `person-${++made}`;
  shows = NOTHING;
  autostop = begin();
  const asked = await house.ask(person, 'spinup mybox');
  await asked.answer;
  thread = asked.thread;
  await house.sql(
    "UPDATE boxes SET desired = 'stopped', state = 'stopped' WHERE id <> (SELECT id FROM boxes ORDER BY created_at DESC LIMIT 1)",
  );
  // The database's clock knows nothing of the hours that tests let pass.
  await house.sql("UPDATE boxes SET state_since = $1 WHERE desired = 'running'", [house.services.now()]);
});
afterAll(() => house.close());

/** As a process that has seen nothing yet. */
function begin(tiers: Tiers = DEFAULT_TIERS): Autostop {
  const { db, wakes, secrets, installId, gatewayKey, logger } = house.services;
  const source = { installId, secrets, gatewayPublicKey: gatewayKey.publicKey };
  const observe: Provider['observe'] = async (boxes) =>
    new Map(shows === undefined ? [] : boxes.map(({ boxId }) => [boxId, shows ?? NOTHING]));
  const provider = { ...house.cloud.provider(), observe };
  return createAutostop({
    db,
    wakes,
    providers: new Map([[provider.name, provider]]),
    source,
    tiers,
    policy: idleConfig({}),
    now: house.services.now,
    steadyMs: () => steadyMs,
    logger,
    slots: 1,
  });
}
/** Minutes go by, one look in each. */
async function pass(minutes: number): Promise<void> {
  for (let count = 0; count < minutes; count++) {
    house.passTime(MINUTE_MS);
    steadyMs += MINUTE_MS;
    await autostop.round(signal);
  }
}
/** Nobody looks meanwhile. */
function sleep(minutes: number): void {
  house.passTime(minutes * MINUTE_MS);
  steadyMs += minutes * MINUTE_MS;
}
const notices = () =>
  house.chat.messages(thread).filter(({ kind, text }) => kind === 'notice' && !text.startsWith('Welcome'));
const told = (part: string | RegExp) =>
  eventually(`"${part}" in the thread`, () =>
    notices().find(({ text }) => (typeof part === 'string' ? text.includes(part) : part.test(text))),
  );
const box = async () => {
  const [row] = await house.sql<{ state: string; desired: string; activity: string; stop_at: Date | null }>(
    'SELECT b.state, b.desired, b.activity, b.stop_at FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1',
    [person],
  );
  return row ?? { state: 'none', desired: 'none', activity: 'none', stop_at: null };
};
const stopped = () => eventually('it is stopped', async () => (await box()).state === 'stopped' || undefined);

test('an idle box is announced ten minutes before its time, stopped at it, and its owner reads why and how to go on', async () => {
  await pass(51);
  expect(notices()).toEqual([]);
  await pass(1);
  const warning = await told(/^mybox stops (at|tomorrow) \d\d:\d\d, in (9|10) min\./);
  expect(warning.text).toMatch(/Idle since (\w+ )?\d\d:\d\d: no session, CPU 0\.0 %/);
  expect(warning.text).toContain('extend mybox 4h');
  await pass(8);
  expect(await box()).toMatchObject({ desired: 'running' });
  await pass(3);
  await stopped();
  const end = await told('mybox is stopped. Idle since');
  expect(end.text).toContain('Kept: home');
  expect(end.text).toMatch(/start mybox/i);
  // A free box may not be idle for longer, so nobody is told to ask for it.
  expect(end.text).not.toContain('set mybox idle');
  expect(await house.say(person, 'why mybox')).toContain('It stopped by itself, because it was idle');
  expect(notices().filter(({ text }) => text.includes('is stopped'))).toHaveLength(1);
  await told('mybox has stopped.');
});

test('extend moves the stop to an absolute time, which is announced again', async () => {
  await pass(52);
  await told(/stops (at|tomorrow)/);
  const before = (await box()).stop_at?.getTime() ?? 0;
  expect(await house.say(person, 'extend mybox 2h')).toMatch(/✓ mybox stays until (tomorrow )?\d\d:\d\d\./);
  expect((await box()).stop_at?.getTime()).toBe(before + 120 * MINUTE_MS);
  await pass(60);
  expect(await box()).toMatchObject({ desired: 'running' });
  await pass(70);
  await stopped();
  const [row] = await house.sql<{ warnings: number }>(
    `SELECT count(*)::int AS warnings FROM notices n JOIN accounts a ON a.id = n.account_id WHERE a.name = $1 AND n.kind = 'warning'`,
    [person],
  );
  expect(row?.warnings).toBe(2);
});

test('a box that is used again after the warning stays, and the warning says so', async () => {
  await pass(52);
  await told(/stops (at|tomorrow)/);
  shows = {
    ...NOTHING,
    cpuMs: 40_000,
    processes: [{ pid: 41, key: '41', command: 'pytest', cpuMs: 40_000, ours: false, holds: false }],
  };
  await pass(1);
  await told('mybox is in use again and stays: pytest (pid 41), CPU 67 %');
  expect(await box()).toMatchObject({ activity: 'active', stop_at: null });
  expect(await house.say(person, 'why mybox')).toMatch(/active since .*: pytest \(pid 41\), CPU 67 %/);
  await pass(59);
  expect(await box()).toMatchObject({ desired: 'running' });
});

test('a box that cannot be seen is not stopped before a day, and its owner is told first', async () => {
  await pass(40);
  shows = undefined;
  await pass(60);
  expect(await box()).toMatchObject({ desired: 'running', activity: 'unknown' });
  sleep(22 * 60);
  await pass(2);
  expect(await box()).toMatchObject({ desired: 'running' });
  sleep(30);
  await pass(1);
  expect(await box()).toMatchObject({ desired: 'running' });
  await pass(50);
  await told('I have not been able to see what it does');
  await stopped();
});

test('a stop that nobody made in time is announced again before it is made', async () => {
  await pass(52);
  await told(/stops (at|tomorrow)/);
  sleep(5 * 60);
  autostop = begin();
  await pass(2);
  expect(await box()).toMatchObject({ desired: 'running' });
  await pass(8);
  expect(await box()).toMatchObject({ desired: 'running' });
  await pass(4);
  await stopped();
});

test('a clock that is set forward stops nothing early', async () => {
  await pass(20);
  // Two hours, of which the steady clock knows nothing.
  house.passTime(120 * MINUTE_MS);
  await pass(30);
  expect(await box()).toMatchObject({ desired: 'running' });
  expect(notices()).toEqual([]);
  await pass(12);
  await stopped();
});

test('where the operator sets a lifetime, a box in use is announced and stopped too', async () => {
  autostop = begin({ ...DEFAULT_TIERS, free: { ...DEFAULT_TIERS.free, lifetimeHours: 2 } });
  let cpuMs = 0;
  for (let minute = 0; minute < 125; minute++) {
    cpuMs += 50_000;
    shows = { ...NOTHING, cpuMs };
    await pass(1);
  }
  await told('It has run for as long as a box may here.');
  await stopped();
});

test('a lifetime is not over early because the clock was set', async () => {
  autostop = begin({ ...DEFAULT_TIERS, free: { ...DEFAULT_TIERS.free, idleMinutes: null, lifetimeHours: 3 } });
  await pass(20);
  house.passTime(155 * MINUTE_MS);
  await pass(5);
  expect(await box()).toMatchObject({ desired: 'running' });
  expect(notices()).toEqual([]);
});

test('a process that has just begun stops nothing because an earlier one could not see it', async () => {
  await pass(30);
  shows = undefined;
  await pass(5);
  sleep(25 * 60);
  autostop = begin();
  let cpuMs = 0;
  for (let minute = 0; minute < 20; minute++) {
    cpuMs += 50_000;
    shows = { ...NOTHING, cpuMs };
    await pass(1);
  }
  expect(await box()).toMatchObject({ desired: 'running', activity: 'active' });
  expect(notices()).toEqual([]);
});

test('a box that is stopped by hand leaves no warning behind', async () => {
  await pass(52);
  await told(/stops (at|tomorrow)/);
  await house.say(person, 'stop mybox');
  await told('mybox has stopped.');
  expect(notices().filter(({ text }) => text.includes('4 h more'))).toEqual([]);
});

test('why, info and list say when it will stop, also of what is overdue', async () => {
  await pass(52);
  await told(/stops (at|tomorrow)/);
  expect(await house.say(person, 'list')).toMatch(/stops in (8|9|10) min/);
  await house.sql("UPDATE boxes SET warned_at = NULL, stop_at = $1 WHERE desired = 'running'", [new Date(0)]);
  expect(await house.say(person, 'list')).toContain('stops in 10 min');
  for (const line of ['why mybox', 'info mybox']) expect(await house.say(person, line)).not.toContain('1970');
});
