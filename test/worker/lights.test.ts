// The head of a box's thread shows the box's state through its whole life, in one message.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ timings: UNREPAIRED });
});
afterAll(() => house.close());

const lights = (thread: string) => house.chat.messages(thread).filter((message) => message.kind === 'light');
const shows = (thread: string, text: string) =>
  eventually(`the light shows "${text}"`, () => lights(thread)[0]?.text === text || undefined);

test('the first message of a thread is its box’s light, which follows the box to its end', async () => {
  const { thread, answer } = await house.ask('ana', 'spinup mybox');
  await answer;
  expect(house.chat.messages(thread)[0]?.kind).toBe('light');
  await shows(thread, 'mybox ana running');
  await house.say('ana', 'stop mybox');
  await shows(thread, 'mybox ana stopped');
  await house.say('ana', 'start', { thread });
  await shows(thread, 'mybox ana running');
  await house.say('ana', 'destroy mybox --yes');
  await shows(thread, 'mybox ana destroyed');
  expect(lights(thread)).toHaveLength(1);
});

test('a command in another thread lights that one too, and both follow', async () => {
  const first = await house.ask('ben', 'spinup mybox');
  await first.answer;
  const second = await house.ask('ben', 'stop mybox');
  await second.answer;
  await shows(first.thread, 'mybox ben stopped');
  await shows(second.thread, 'mybox ben stopped');
});

test('an answer without work on a box lights nothing', async () => {
  const { thread, answer } = await house.ask('cleo', 'list');
  await answer;
  expect(lights(thread)).toEqual([]);
});
