// What Slack says about people: asked once, waited for a moment only, and asked again when it is old.
import { expect, test } from 'vitest';
import type { SlackApi } from '../../../src/bots/slack/api.ts';
import { createPeople } from '../../../src/bots/slack/people.ts';

const HOUR_MS = 3_600_000;

/** A Slack that answers in turn; `undefined` never comes, an error is thrown. */
function slackSaying(...answers: (object | Error | undefined)[]) {
  const asked: string[] = [];
  const call: SlackApi['call'] = async (_method, args) => {
    asked.push(JSON.stringify(args));
    const answer = answers[asked.length - 1];
    if (answer === undefined) return new Promise(() => {});
    if (answer instanceof Error) throw answer;
    return { ok: true, user: answer };
  };
  let nowMs = 0;
  const people = createPeople({ call }, () => nowMs);
  const passHours = (hours: number): void => {
    nowMs += hours * HOUR_MS;
  };
  return { people, asked, passHours };
}

test('name and zone come with one question, and are known from then on', async () => {
  const { people, asked } = slackSaying({ name: 'ana', tz: 'Europe/Berlin' });
  expect(await Promise.all([people.nameOf('U1'), people.timeZoneOf('U1')])).toEqual(['ana', 'Europe/Berlin']);
  expect(await people.timeZoneOf('U1')).toBe('Europe/Berlin');
  expect(asked).toEqual(['{"user":"U1"}']);
});

test('a name that came with the event does not stand in for the zone', async () => {
  const { people, asked } = slackSaying({ name: 'ana', tz: 'Europe/Berlin' });
  people.note('U1', 'ana');
  expect(await people.nameOf('U1')).toBe('ana');
  expect(asked).toEqual([]);
  expect(await people.timeZoneOf('U1')).toBe('Europe/Berlin');
});

test('after an hour the old zone serves while Slack is asked anew', async () => {
  const { people, asked, passHours } = slackSaying(
    { name: 'ana', tz: 'Europe/Berlin' },
    { name: 'ana', tz: 'Asia/Kathmandu' },
  );
  await people.timeZoneOf('U1');
  passHours(2);
  expect(await people.timeZoneOf('U1')).toBe('Europe/Berlin');
  expect(asked).toHaveLength(2);
  await expect.poll(() => people.timeZoneOf('U1')).toBe('Asia/Kathmandu');
  expect(asked).toHaveLength(2);
});

test.each([
  ['no zone', { name: 'ana' }],
  ['a null', { name: 'ana', tz: null }],
  ['a refusal', new Error('no')],
] as const)('%s is no zone, and nobody waits for it again', async (_, answer) => {
  const { people, asked } = slackSaying(answer);
  expect(await people.timeZoneOf('U1')).toBeUndefined();
  expect(await people.timeZoneOf('U1')).toBeUndefined();
  expect(asked).toHaveLength(1);
});

test('an answer that does not come is waited for half a second', async () => {
  const { people } = slackSaying();
  const began = performance.now();
  expect(await people.timeZoneOf('U1')).toBeUndefined();
  expect(await people.nameOf('U1')).toBe('U1');
  expect(performance.now() - began).toBeLessThan(3_000);
});
