// exec and restart through a whole house: one final in the thread, run once whatever happens, and never in the way of a start or stop.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

let house: TestHouse;
let person = '';
let thread = '';
let made = 0;
beforeAll(async () => {
  house = await openTestHouse({ timings: { drainMs: 0 } });
});
afterAll(() => house.close());
beforeEach(async () => {
  person = `person-${++made}`;
  const asked = await house.ask(person, 'spinup mybox');
  await asked.answer;
  thread = asked.thread;
});

const runs = (line: string) =>
  house.cloud.ledger.history().filter(({ what, subject }) => what === 'ran' && subject === line).length;
const boxOf = async () =>
  (
    await house.sql<{ id: string; state: string; last_used_at: Date | null }>(
      'SELECT b.id, b.state, b.last_used_at FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1',
      [person],
    )
  )[0];

/** Of the finals of exec. */
const visibilities = async () =>
  (
    await house.sql<{ visibility: string }>(
      `SELECT m.visibility FROM messages m JOIN commands c ON c.id = m.command_id JOIN accounts a ON a.id = c.account_id
       WHERE a.name = $1 AND c.verb = 'exec' AND m.kind = 'final'`,
      [person],
    )
  ).map(({ visibility }) => visibility);

test('a line is run once in the box, and its output and status are told in the thread', async () => {
  expect(await house.say(person, 'exec mybox -- make test')).toMatch(
    /^✓ mybox: make test · exit status 0 · .*\nran: make test$/,
  );
  expect(runs('make test')).toBe(1);
  expect(await visibilities()).toEqual(['thread']);
  expect((await boxOf())?.last_used_at).not.toBeNull();
});

test('a status other than 0, and a signal, are told in the thread as well', async () => {
  expect(await house.say(person, 'exec mybox -- false; exit 3')).toContain('✗ mybox: false; exit 3 · exit status 3');
  expect(await house.say(person, 'exec mybox -- kill -KILL $$')).toContain('ended by SIGKILL');
  expect(await visibilities()).toEqual(['thread', 'thread']);
});

test('after much output the line is offered again as it was typed, with its quotes and its end', async () => {
  const line =
    "cd /home/dev/work/project && echo 'it is' && rm -rf /home/dev/cache/old /home/dev/cache/new; yes | head -n 5000";
  expect(await house.say(person, `exec mybox -- ${line}`)).toContain(
    `exec mybox -- '(${line.replaceAll("'", "'\\''")}) > out.log 2>&1'`,
  );
});

test('a stopped box is started first, and a box in its thread need not be named', async () => {
  await house.say(person, 'stop mybox');
  expect(await house.say(person, 'exec -- echo hello', { thread })).toContain('ran: echo hello');
  expect((await boxOf())?.state).toBe('running');
});

test('whoever types --help behind the dashes, or an option of the command, means the command', async () => {
  expect(await house.say(person, 'exec mybox -- ls --help')).toContain('ran: ls --help');
  expect(await house.say(person, 'exec mybox --minutes 5 -- ls -la')).toContain('ran: ls -la');
  expect(await house.say(person, 'exec mybox --minutes 61 -- ls')).toContain('--minutes takes 1 to 60');
  expect(await house.say(person, 'exec mybox')).toContain('exec needs <command>');
  expect(runs('ls --help')).toBe(1);
});

test('a fourth at once is refused, and a stop goes by those that run', async () => {
  const gate = house.hold('exec');
  const first = await Promise.all(['one', 'two', 'three'].map((line) => house.ask(person, `exec mybox -- ${line}`)));
  await gate.reached;
  await eventually('three are there', async () => {
    const [row] = await house.sql<{ jobs: number }>(
      `SELECT count(*)::int AS jobs FROM jobs j JOIN boxes b ON b.id = j.box_id WHERE b.id = $1 AND j.beside AND j.state IN ('queued', 'running')`,
      [(await boxOf())?.id],
    );
    return row?.jobs === 3;
  });
  expect(await house.say(person, 'exec mybox -- four')).toContain('3 commands run or wait in mybox already');
  expect(await house.say(person, 'stop mybox')).toContain('mybox is stopped');
  gate.open();
  for (const { answer } of first) expect(await answer).toContain('does not answer');
  expect(runs('four')).toBe(0);
});

test('a destroy ends what runs and what waits, and each is told so', async () => {
  const gate = house.hold('exec');
  const { answer } = await house.ask(person, 'exec mybox -- sleep 100');
  await gate.reached;
  expect(await house.say(person, 'destroy mybox --yes')).toContain('mybox is destroyed');
  expect(await answer).toContain('exec was cancelled, because destroy was asked');
  gate.open();
});

test('a line that was begun is not run again by the worker that comes after, and says so', async () => {
  const own = await openTestHouse({ timings: { ...UNREPAIRED, drainMs: 0 }, worker: false });
  try {
    const worker = await own.startWorker();
    await own.say('ana', 'spinup mybox');
    const gate = own.hold('exec');
    const { answer } = await own.ask('ana', 'exec mybox -- make install');
    await gate.reached;
    await worker.stop();
    gate.open();
    await own.startWorker();
    expect(await answer).toContain('Shellbox was interrupted while it watched "make install"');
    expect(await answer).toContain('exec mybox -- ps');
    expect(own.cloud.ledger.history().filter(({ what }) => what === 'ran')).toEqual([]);
  } finally {
    await own.close();
  }
});

test('a restart stops and starts the same instance, and a stopped box is started', async () => {
  expect(await house.say(person, 'restart mybox')).toContain('mybox is running');
  const box = await boxOf();
  const [instance] = house.cloud.ledger.everyInstance().filter(({ boxId }) => boxId === box?.id);
  expect(instance?.power.map(({ running }) => running)).toEqual([true, false, true]);
  await house.say(person, 'stop mybox');
  expect(await house.say(person, 'restart mybox')).toContain('mybox is running');
  expect((await boxOf())?.state).toBe('running');
});

test('logs --file shows the end of a log in a running box to its asker alone, and nothing outside /var/log', async () => {
  const line = 'tail -n 100 /var/log/apt/history.log';
  const said = await house.say(person, 'logs mybox --file /var/log/apt/history.log');
  expect(said).toMatch(/^✓ mybox: the end of \/var\/log\/apt\/history\.log · exit status 0 · /);
  expect(runs(`${line} 2>/dev/null || sudo -n ${line}`)).toBe(1);
  const before = house.cloud.ledger.history().length;
  for (const file of [
    '/etc/shadow',
    '/var/log/../../etc/shadow',
    '/var/log',
    '/var/log/a;reboot',
    '/var/log/$(id)',
    '/var/logs/a',
  ])
    expect(await house.say(person, `logs mybox --file '${file}'`), file).toMatch(
      /no file under \/var\/log[^;$]*exec mybox -- tail \/[^;$]*$/,
    );
  await house.say(person, 'stop mybox');
  expect(await house.say(person, 'logs mybox --file /var/log/syslog')).toContain('start mybox');
  expect(
    house.cloud.ledger
      .history()
      .slice(before)
      .filter(({ what }) => what === 'ran'),
  ).toEqual([]);
});
