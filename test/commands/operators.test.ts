// What operators see and do from a door: everybody's boxes, drain, jobs, audit and usage; and nobody else.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/registry.ts';
import { createLetterDoor } from '../fakes/letter-door.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const letters = createLetterDoor();
let house: TestHouse;
let made = 0;
let ana = '';
beforeAll(async () => {
  house = await openTestHouse({
    timings: UNREPAIRED,
    doors: () => [letters],
    settings: { admins: ['chat:team:boss', 'letters:boss'], destroyKeepHours: 24 },
    traits: { memoryBudgetMiB: 1_048_576 },
  });
  await house.say('boss', 'list');
});
beforeEach(async () => {
  ana = `ana${++made}`;
  await house.say(ana, 'list');
});
afterAll(() => house.close());

const boss = (line: string) => house.say('boss', line);
const identity = () => `chat:team:${ana}`;
const box = async (name = 'mybox') =>
  (
    await house.sql<{ id: string; state: string; desired: string; account: string }>(
      `SELECT b.id, b.state, b.desired, b.account_id AS account FROM boxes b JOIN accounts a ON a.id = b.account_id
       WHERE a.name = $1 AND b.name = $2 ORDER BY b.created_at DESC LIMIT 1`,
      [ana, name],
    )
  )[0];
const becomes = (state: string) =>
  eventually(`a box that is ${state}`, async () => (await box())?.state === state || undefined);
const told = async (words: string) =>
  eventually(`the owner is told: ${words}`, async () =>
    (await house.sql<{ body: object }>(`SELECT body FROM messages WHERE kind = 'notice'`)).find(({ body }) =>
      JSON.stringify(body).includes(words),
    ),
  );
const audited = async (action: string, key: string, id: string | undefined) =>
  house.sql(
    `SELECT 1 FROM audit WHERE action = $1 AND target ->> $2 = $3 AND actor IN (SELECT id::text FROM accounts WHERE name = 'boss')`,
    [action, key, id],
  );
const codeIn = (text: string) => /confirm (\d{6})/.exec(text)?.[1] ?? '';

describe('somebody who is no operator', () => {
  const theirs = COMMANDS.filter(({ audience }) => audience === 'admin');
  test.each(theirs.flatMap(({ examples }) => examples.slice(0, 1)))('may not "%s"', async (line) => {
    const before = await house.sql('SELECT id FROM audit');
    expect(await house.say(ana, line)).toContain('is for operators');
    expect(await house.sql('SELECT id FROM audit')).toHaveLength(before.length);
  });

  test('sees none of it in help', async () => {
    expect(await house.say(ana, 'help')).not.toContain('help admin');
    expect(await boss('help')).toContain('help admin');
  });
});

describe('admin boxes', () => {
  test('shows those of everybody, of one person, and those that are idle', async () => {
    await house.say(ana, 'spinup mybox');
    const { id } = (await box()) ?? {};
    expect(await boss('admin boxes')).toMatch(new RegExp(`● ${ana}/mybox +running .*${id}`));
    expect(await boss(`admin boxes --owner ${identity()}`)).toContain(`${ana}/mybox`);
    expect(await boss('admin boxes --owner chat:team:boss')).toContain('There are no boxes');
    expect(await boss('admin boxes --idle')).not.toContain(`${ana}/mybox`);
    await house.sql(`UPDATE boxes SET activity = 'idle', activity_since = now() WHERE id = $1`, [id]);
    expect(await boss('admin boxes --idle')).toContain(`${ana}/mybox`);
  });
});

describe('admin stop and destroy', () => {
  test.each([
    ['owner and name', () => `${ana}/mybox`],
    ['identity and name', () => `${identity()}/mybox`],
    ['a mention and the name', () => `<@${ana}>/mybox`],
  ])('stop the box that is meant by %s, and tell its thread', async (_, named) => {
    await house.say(ana, 'spinup mybox');
    expect(await boss(`admin stop ${named()}`)).toContain('mybox is being stopped');
    await becomes('stopped');
    const { id } = (await box()) ?? {};
    expect(await audited('box.stop_requested', 'box', id)).toHaveLength(1);
    await told('An operator stops mybox');
    expect(await boss(`admin stop ${id}`)).toContain('stopped already');
    expect(await house.say(ana, 'start mybox')).toContain('mybox is running');
  });

  test('ask which one where two could be meant', async () => {
    for (const person of [ana, `ben-${made}`]) await house.say(person, `spinup same-${made}`);
    const said = await boss(`admin stop same-${made}`);
    expect(said).toContain('More than one box');
    expect(said).toContain(`admin stop ${(await box(`same-${made}`))?.id}`);
    expect(await boss('admin stop nobody/nothing')).toContain('No box is meant by "nobody/nothing"');
    expect((await box(`same-${made}`))?.state).toBe('running');
  });

  test('destroy asks first, and the owner can bring it back', async () => {
    await house.say(ana, 'spinup mybox');
    const asked = await boss(`admin destroy ${ana}/mybox`);
    expect(asked).toContain(`${ana}/mybox and its home will be removed; for 24 h its owner can bring it back`);
    expect((await box())?.state).toBe('running');
    expect(await boss(`confirm ${codeIn(asked)}`)).toContain('mybox is being destroyed');
    await becomes('destroyed');
    expect(await audited('box.destroy_requested', 'box', (await box())?.id)).toHaveLength(1);
    await told('An operator destroys mybox');
    expect(await house.say(ana, 'undestroy mybox')).toContain('mybox is back');
    expect(await boss(`admin destroy ${ana}/mybox --yes`)).toContain('mybox is being destroyed');
    await becomes('destroyed');
  });

  test('a letter destroys nothing by itself, whatever --yes says', async () => {
    await house.say(ana, 'spinup mybox');
    const before = letters.answers('boss').length;
    await letters.writes('boss', `admin destroy ${ana}/mybox --yes`);
    const asked = JSON.stringify(await eventually('a question', () => letters.answers('boss')[before]));
    expect(asked).toContain('Nothing is done yet');
    expect((await box())?.desired).toBe('running');
    await letters.writes('boss', `admin stop ${ana}/mybox\nconfirm ${codeIn(asked)}`);
    await becomes('destroyed');
  });
});

describe('admin drain', () => {
  test('lets nothing be made or started, leaves what runs, and is taken back', async () => {
    await house.say(ana, 'spinup mybox');
    await house.say(`off-${ana}`, 'spinup mybox');
    await house.say(`off-${ana}`, 'stop mybox');
    expect(await boss('admin drain on')).toContain('No box is made or started');
    expect(await boss('admin drain on')).toContain('on already');
    expect(await house.say(`new-${ana}`, 'spinup other')).toContain(
      'other was not made: an operator lets no box come up',
    );
    expect(await house.say(`off-${ana}`, 'start mybox')).toContain('mybox was not started: an operator');
    expect((await box())?.state).toBe('running');
    expect(await boss('admin status')).toContain('Drained: no box is made or started');
    expect(await house.say(ana, 'stop mybox')).toContain('stopped');
    expect(await boss('admin drain off')).toContain('made and started again');
    expect(await boss('admin drain off')).toContain('off already');
    expect(await house.say(ana, 'start mybox')).toContain('mybox is running');
    expect(await boss('admin status')).not.toContain('Drained');
    const actions = await house.sql<{ action: string }>(
      `SELECT action FROM audit WHERE action LIKE 'house.%' ORDER BY id`,
    );
    expect(actions.map(({ action }) => action)).toEqual(['house.drained', 'house.undrained']);
  });
});

describe('admin status, jobs and retry', () => {
  test('status counts boxes and memory by provider', async () => {
    await house.say(ana, 'spinup mybox');
    const [count] = await house.sql<{ running: number; gib: number }>(
      `SELECT count(*) FILTER (WHERE state = 'running')::int AS running, (SELECT reserved_mib / 1024 FROM capacity)::int AS gib
       FROM boxes WHERE state <> 'destroyed'`,
    );
    expect(await boss('admin status')).toMatch(
      new RegExp(`seeded +${count?.running} .* ${count?.gib} GiB of 1024 GiB`),
    );
  });

  test('a dead job is shown with its id, and retry does what it was to do', async () => {
    house.cloud.failNext('create', 'quota');
    await house.say(ana, 'spinup mybox');
    expect((await box())?.state).toBe('error');
    const said = await boss('admin jobs --dead');
    const id = new RegExp(`spinup +${ana}/mybox.* quota +([0-9a-f-]{36})`).exec(said)?.[1];
    expect(await boss('admin status')).toContain('admin jobs --dead');
    expect(await boss(`admin retry ${id}`)).toContain('spinup is tried again');
    await becomes('running');
    expect(await audited('job.retried', 'job', id)).toHaveLength(1);
    expect(await boss(`admin retry ${id}`)).toContain('runs already');
    expect(await boss('admin retry nonsense')).toContain('No job is meant by "nonsense"');
  });

  test('what waits is shown', async () => {
    const gate = house.hold('create');
    const asked = await house.ask(ana, 'spinup mybox');
    await eventually('a job at work', async () => (await boss('admin jobs')).includes(`${ana}/mybox`) || undefined);
    gate.open();
    await asked.answer;
    expect(await boss('admin jobs')).toContain('No job waits or runs');
  });
});

test('admin orphans shows instances that no box owns', async () => {
  expect(await boss('admin orphans')).toContain('Every instance belongs to a box');
  await house.sql(
    `INSERT INTO orphans (provider, name, ref, first_seen_at) VALUES ('seeded', 'sb-stray-1', 'r', now())`,
  );
  expect(await boss('admin orphans')).toMatch(/seeded +sb-stray-1 +.*1$/m);
});

test('admin audit shows the newest by ids, of the time that was asked for', async () => {
  await boss(`admin tier ${identity()} pro`);
  const [account] = await house.sql<{ id: string }>('SELECT id FROM accounts WHERE name = $1', [ana]);
  const first = (await boss('admin audit')).split('\n').slice(0, 4).join('\n');
  expect(first).toMatch(new RegExp(`account.tier_set .*account ${account?.id}`));
  expect(first).not.toContain(ana);
  await house.sql(`INSERT INTO audit (id, at, actor, action, target)
    VALUES (gen_random_uuid(), now() - interval '3 hours', 'system', 'long.ago', '{}')`);
  expect(await boss('admin audit --since 2h')).not.toContain('long.ago');
  expect(await boss('admin audit --since soon')).toContain('"soon" is not a length of time');
});

test('admin usage adds up hours by account, for a spreadsheet too', async () => {
  await house.say(ana, 'spinup mybox');
  const { id, account } = (await box()) ?? {};
  await house.sql(
    `INSERT INTO usage (id, box_id, account_id, provider, size, started_at, ended_at)
     VALUES (gen_random_uuid(), $1, $2, 'seeded', 'large', '2025-03-03T10:00Z', '2025-03-03T12:30Z')`,
    [id, account],
  );
  expect(await boss('admin usage --month 2025-03')).toMatch(new RegExp(`${ana} +large +seeded +1 +2\\.5`));
  expect(await boss('admin usage --month 2025-03 --csv')).toContain(`2025-03,${account},${ana},seeded,large,1,2.5`);
});

describe('a tier below what somebody has', () => {
  test('stops nothing and refuses new boxes', async () => {
    await boss(`admin tier ${identity()} pro`);
    for (const name of ['one', 'two']) await house.say(ana, `spinup ${name}-box`);
    const idle = async () =>
      (
        await house.sql<{ idle: number | null }>(
          `SELECT idle_minutes AS idle FROM boxes WHERE name IN ('one-box', 'two-box') ORDER BY name`,
        )
      ).map((row) => row.idle);
    expect(await idle()).toEqual([null, null]);
    await house.say(ana, 'set one-box idle 30m');
    await boss(`admin tier ${identity()} free`);
    expect(await idle()).toEqual([30, 60]);
    await told('From now on they stop once they have been unused for 1 h');
    expect((await box('one-box'))?.state).toBe('running');
    expect((await box('two-box'))?.desired).toBe('running');
    await told('You have 2 boxes, and free allows 1: none of them is stopped');
    expect(await house.say(ana, 'spinup three')).toContain('three was not started: 2 of 1 free box is used');
  });
});
