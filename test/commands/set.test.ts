// What people settle: idle time and waking of a box, their time zone and quiet hours; as somebody types it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ settings: { admins: ['chat:team:boss'] } });
  await house.say('ana', 'spinup ana-box');
});
afterAll(() => house.close());

const boxNamed = async (name: string) =>
  (
    await house.sql<{ idle_minutes: number | null; wakes: boolean; stop_at: Date | null; warned_at: Date | null }>(
      'SELECT idle_minutes, wakes, stop_at, warned_at FROM boxes WHERE name = $1',
      [name],
    )
  )[0];
const accountNamed = async (name: string) =>
  (
    await house.sql<{
      time_zone: string;
      time_zone_chosen: boolean;
      quiet_from: number | null;
      quiet_to: number | null;
    }>('SELECT time_zone, time_zone_chosen, quiet_from, quiet_to FROM accounts WHERE name = $1', [name])
  )[0];

test('the idle time of a box is changed within the tier, and told as a time of day', async () => {
  expect((await boxNamed('ana-box'))?.idle_minutes).toBe(60);
  expect(await house.say('ana', 'set ana-box idle 30m')).toMatch(
    /✓ ana-box stops once it has been unused for 30 min: at (tomorrow )?\d\d:\d\d if nobody uses it until then\./,
  );
  expect((await boxNamed('ana-box'))?.idle_minutes).toBe(30);
  expect(await house.say('ana', 'set ana-box idle')).toContain('unused for 30 min');
  expect(await house.say('ana', 'set ana-box idle never')).toContain('10 min to 1 h without use, or default (1 h)');
  expect(await house.say('ana', 'set ana-box idle 4h')).toContain('not after "4h"');
  expect((await boxNamed('ana-box'))?.idle_minutes).toBe(30);
  await house.say('ana', 'set ana-box idle default');
  expect((await boxNamed('ana-box'))?.idle_minutes).toBe(60);
});

describe('a box that is idle since twenty minutes and was warned', () => {
  const idleSince = (stopsIn: string) =>
    house.sql(
      `UPDATE boxes SET idle_minutes = 20, activity = 'idle', activity_since = now() - interval '20 minutes', stop_cause = 'idle',
         stop_at = now() + $1::interval, warned_at = now() - interval '2 minutes' WHERE name = 'ana-box'`,
      [stopsIn],
    );
  const minutesTo = (at: Date | null | undefined) => Math.round(((at?.getTime() ?? 0) - Date.now()) / 60_000);

  test('stops later by a longer idle time, counted from when it became idle, and is warned anew', async () => {
    await idleSince('8 minutes');
    await house.say('ana', 'set ana-box idle 50m');
    const box = await boxNamed('ana-box');
    expect(minutesTo(box?.stop_at)).toBe(30);
    expect(box?.warned_at).toBeNull();
  });

  test('still has time after its warning when the idle time is shortened', async () => {
    await idleSince('8 minutes');
    await house.say('ana', 'set ana-box idle 15m');
    const box = await boxNamed('ana-box');
    expect(minutesTo(box?.stop_at)).toBeGreaterThanOrEqual(5);
    expect(box?.warned_at).not.toBeNull();
  });

  test('does not stop at all where that may be chosen', async () => {
    await house.sql(`UPDATE accounts SET tier = 'pro' WHERE name = 'ana'`);
    await idleSince('8 minutes');
    await house.say('ana', 'set ana-box idle never');
    expect(await boxNamed('ana-box')).toMatchObject({ idle_minutes: null, stop_at: null, warned_at: null });
    await house.sql(`UPDATE accounts SET tier = 'free' WHERE name = 'ana'`);
    await house.say('ana', 'set ana-box idle default');
  });
});

test('whose tier never stops boxes may choose both a time and never', async () => {
  await house.say('pro', 'list');
  await house.sql(`UPDATE accounts SET tier = 'pro' WHERE name = 'pro'`);
  await house.say('pro', 'spinup pro-box --idle 90m');
  expect((await boxNamed('pro-box'))?.idle_minutes).toBe(90);
  expect(await house.say('pro', 'set pro-box idle never')).toContain('✓ pro-box never stops for being unused.');
  expect((await boxNamed('pro-box'))?.idle_minutes).toBeNull();
});

test('spinup keeps the idle time within the tier too', async () => {
  expect(await house.say('ben', 'spinup ben-box --idle never')).toContain('10 min to 1 h');
  expect(await boxNamed('ben-box')).toBeUndefined();
  await house.say('ben', 'spinup ben-box --idle 20m');
  expect((await boxNamed('ben-box'))?.idle_minutes).toBe(20);
});

test('waking is switched off and on', async () => {
  expect(await house.say('ana', 'set ana-box wake off')).toContain('A connection does not start ana-box');
  expect((await boxNamed('ana-box'))?.wakes).toBe(false);
  expect(await house.say('ana', 'set ana-box wake maybe')).toContain('wake is on or off');
  expect(await house.say('ana', 'set ana-box wake')).toContain('does not start ana-box');
  await house.say('ana', 'set ana-box wake on');
  expect((await boxNamed('ana-box'))?.wakes).toBe(true);
});

test('in a box’s thread its name may be left out, elsewhere the answer asks which', async () => {
  const { thread, answer } = await house.ask('cleo', 'spinup cleo-box');
  await answer;
  await house.say('cleo', 'set idle 15m', { thread });
  expect((await boxNamed('cleo-box'))?.idle_minutes).toBe(15);
  expect(await house.say('cleo', 'set idle 25m')).toMatch(/Which box\?[\s\S]*set cleo-box idle 25m/);
  expect((await boxNamed('cleo-box'))?.idle_minutes).toBe(15);
});

test('somebody else’s box reads like none', async () => {
  expect(await house.say('dan', 'set ana-box idle 30m')).toContain('No box "ana-box"');
  expect((await boxNamed('ana-box'))?.idle_minutes).not.toBe(30);
});

test('a time zone is checked, kept, and used from then on', async () => {
  const kathmandu = await house.say('ana', 'set timezone asia/kathmandu');
  expect(kathmandu).toMatch(/✓ Your times are told in Asia\/Kathmandu, where it is \d\d:\d\d now\./);
  expect(await accountNamed('ana')).toMatchObject({ time_zone: 'Asia/Kathmandu', time_zone_chosen: true });
  expect(await house.say('ana', 'set timezone berlni')).toMatch(
    /no time zone that I know[\s\S]*set timezone Europe\/Berlin/,
  );
  expect(await house.say('ana', 'set timezone')).toContain('Asia/Kathmandu');
});

test('quiet hours are kept as minutes of the day, shown, and taken away', async () => {
  expect(await house.say('ana', 'set quiet 22:00-07:00')).toContain('Quiet from 22:00–07:00');
  expect(await accountNamed('ana')).toMatchObject({ quiet_from: 1320, quiet_to: 420 });
  expect(await house.say('ana', 'set quiet 22')).toContain('quiet takes two times of day, or off');
  expect(await house.say('ana', 'set quiet')).toContain('Quiet from 22:00–07:00');
  await house.say('ana', 'set quiet off');
  expect(await accountNamed('ana')).toMatchObject({ quiet_from: null, quiet_to: null });
});

test('set alone shows all that holds', async () => {
  const answer = await house.say('ana', 'set');
  for (const said of ['ana-box stops once', 'starts ana-box', 'Your times are told in', 'no quiet hours'])
    expect(answer).toContain(said);
});
