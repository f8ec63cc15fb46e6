// Rate limits and planned faults, as Slack's own client meets them.
import { afterEach, expect, it } from 'vitest';
import { type FakeSlack, openSlack, type SlackOptions } from './slack.ts';
import { clientOf, outcomeOf } from './web-client.ts';

let slack: FakeSlack;
afterEach(() => slack.close());

async function opened(options: SlackOptions = {}) {
  slack = await openSlack(options);
  const { id } = slack.addChannel('dev');
  const client = clientOf(slack);
  const post = (channel = id) => outcomeOf(client.chat.postMessage({ channel, text: 'x' }));
  return { id, client, post };
}

it('takes a burst and then one post a second in each channel', async () => {
  let nowMs = Date.UTC(2026, 10, 21);
  const { id, post } = await opened({ now: () => nowMs, postBurst: 2 });
  expect([await post(), await post(), await post()]).toEqual(['ok', 'ok', 'ratelimited 1']);
  expect(await post(slack.addChannel('other').id)).toBe('ok');
  nowMs += 1_000;
  expect([await post(), await post()]).toEqual(['ok', 'ratelimited 1']);
  expect(slack.messages(id)).toHaveLength(3);
});

it('goes faster for tests that ask for it', async () => {
  let nowMs = Date.UTC(2026, 10, 21);
  const { post } = await opened({ now: () => nowMs, postBurst: 1, timesFaster: 10 });
  expect([await post(), await post()]).toEqual(['ok', 'ratelimited 1']);
  nowMs += 100;
  expect(await post()).toBe('ok');
});

it('counts a post to a person and to their direct messages in one bucket', async () => {
  const { post } = await opened({ now: () => 1_700_000_000_000, postBurst: 1 });
  const ana = slack.user('ana');
  expect([await post(ana.id), await post(ana.im)]).toEqual(['ok', 'ratelimited 1']);
});

it('limits other methods by the minute', async () => {
  let nowMs = Date.UTC(2026, 10, 21);
  const { id, client } = await opened({ now: () => nowMs });
  const look = () => outcomeOf(client.conversations.history({ channel: id }));
  for (let call = 0; call < 50; call++) expect(await look()).toBe('ok');
  expect(await look()).toBe('ratelimited 2');
  nowMs += 2_000;
  expect(await look()).toBe('ok');
});

it('fails the next call of a method and none after it', async () => {
  const { id, client, post } = await opened({ postBurst: 20 });
  slack.failNext('chat.postMessage', { kind: 'status', status: 500 });
  slack.failNext('chat.postMessage', { kind: 'refuse', code: 'fatal_error' });
  slack.failNext('chat.postMessage', { kind: 'wait', seconds: 7 });
  expect((await client.auth.test()).ok).toBe(true);
  expect([await post(), await post(), await post(), await post()]).toEqual([
    'HTTP 500',
    'fatal_error',
    'ratelimited 7',
    'ok',
  ]);
  expect(slack.messages(id)).toHaveLength(1);
});

it('does what is asked and then breaks the connection', async () => {
  const { id, post } = await opened();
  slack.failNext('chat.postMessage', { kind: 'lost' });
  expect(await post()).toBe('no answer');
  expect(slack.messages(id)).toHaveLength(1);
  expect(slack.calls('chat.postMessage').map(({ outcome }) => outcome)).toEqual(['lost']);
});

it('hangs without doing anything until the caller gives up', async () => {
  const { id } = await opened();
  const { met } = slack.failNext('chat.postMessage', { kind: 'hang' });
  const impatient = clientOf(slack, slack.app.botToken, 50);
  expect(await outcomeOf(impatient.chat.postMessage({ channel: id, text: 'x' }))).toBe('no answer');
  await met;
  expect(slack.messages(id)).toHaveLength(0);
});
