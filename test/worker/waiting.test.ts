// Whoever waits for a worker reads how many are ahead and how long it usually takes, and it is corrected as the line moves.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { QUEUES } from '../../src/queue/queues.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ timings: { ...UNREPAIRED, leaseMs: 20_000 } });
});
afterAll(() => house.close());
const people: string[] = [];
afterEach(() => people.splice(0));

const progressIn = (thread: string) =>
  house.chat.messages(thread).find((message) => message.kind === 'progress')?.text ?? '';
const shows = (thread: string, part: string) =>
  eventually(`"${part}"`, () => (progressIn(thread).includes(part) ? true : undefined), 15_000);

/** As many spinups as workers take, each held at the provider, and some more behind them. */
async function line(name: string, waiting: number) {
  const gate = house.hold('create');
  const ahead = await Promise.all(
    Array.from({ length: QUEUES['vm-provision'].concurrency }, (_, n) =>
      house.ask(`${name}-busy-${n}`, `spinup ${name}-busy-${n}`),
    ),
  );
  await eventually('all places taken', async () => {
    const [row] = await house.sql<{ running: number }>(
      `SELECT count(*)::int AS running FROM jobs WHERE state = 'running'`,
    );
    return row?.running === QUEUES['vm-provision'].concurrency ? true : undefined;
  });
  const behind = [];
  for (let n = 0; n < waiting; n++) behind.push(await house.ask(`${name}-${n}`, `spinup ${name}-box-${n}`));
  return { gate, ahead, behind };
}

test('in the progress message and in info, and when it is their turn they see the steps', async () => {
  const { gate, ahead, behind } = await line('ann', 2);
  const [next, last] = behind;
  if (next === undefined || last === undefined) throw new Error('nobody waits');
  await shows(next.thread, 'next in line');
  await shows(last.thread, '1 ahead of yours');
  expect(await house.say('ann-1', 'info ann-box-1')).toContain('Waiting to be made: 1 ahead of yours');
  expect(await house.say('ann-busy-0', 'info ann-busy-0')).toMatch(/It is being made, for \d+\.\d s now/);
  gate.open();
  await Promise.all([...ahead, ...behind].map(({ answer }) => answer));
  await shows(last.thread, 'done box started');
  expect(progressIn(last.thread)).not.toContain('ahead');
  expect(progressIn(next.thread)).not.toContain('next in line');
});

test('with the usual time, once enough have run', async () => {
  await house.sql(
    `UPDATE jobs SET state = 'succeeded', started_at = finished_at - interval '38 seconds' WHERE kind = 'spinup' AND state = 'succeeded'`,
  );
  for (let n = 0; n < 3; n++) {
    await house.say(`usual-${n}`, `spinup usual-${n}-box`);
  }
  await house.sql(
    `UPDATE jobs SET started_at = finished_at - interval '38 seconds' WHERE kind = 'spinup' AND state = 'succeeded'`,
  );
  const { gate, ahead, behind } = await line('bob', 1);
  const [next] = behind;
  if (next === undefined) throw new Error('nobody waits');
  await shows(next.thread, 'next in line · usually 38 s');
  gate.open();
  await Promise.all([...ahead, ...behind].map(({ answer }) => answer));
  expect(progressIn(next.thread).split('\n')[0]).toBe('usually 38 s');
});

test('who destroys the box while it waits reads that the wait is over', async () => {
  const { gate, ahead, behind } = await line('cyd', 1);
  const [next] = behind;
  if (next === undefined) throw new Error('nobody waits');
  await shows(next.thread, 'next in line');
  const destroyed = house.say('cyd-0', 'destroy cyd-box-0 --yes');
  expect(await next.answer).toContain('spinup was cancelled');
  await shows(next.thread, 'cancelled while it waited');
  gate.open();
  await destroyed;
  await Promise.all(ahead.map(({ answer }) => answer));
});
