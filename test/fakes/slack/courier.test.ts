// How often and where something is delivered: retries, copies, several request URLs.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeSlack, openSlack } from './slack.ts';

let slack: FakeSlack;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  slack = await openSlack();
});
afterEach(async () => {
  await slack.idle();
  for (const close of closing.splice(0)) close();
  await slack.close();
});

/** Answers each request with this status and remembers the retry headers. */
async function listen(status: number, headers: Record<string, string> = {}) {
  const heard: unknown[] = [];
  const server = createServer((request, response) => {
    heard.push([request.headers['x-slack-retry-num'], request.headers['x-slack-retry-reason']]);
    request.resume().on('end', () => response.writeHead(status, headers).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/slack/events`, heard };
}

function speaker() {
  const ana = slack.user('ana');
  slack.addChannel('dev');
  return { say: () => ana.says('@shellbox help', { channel: '#dev' }), ana };
}

it('sends an event that fails three times more, with number and reason', async () => {
  const { url, heard } = await listen(500);
  slack.deliverTo([url]);
  expect(await speaker().say().acknowledged()).toMatchObject({ ok: false, status: 500 });
  expect(heard).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
    ['2', 'http_error'],
    ['3', 'http_error'],
  ]);
});

it('stops when the app asks for no retries', async () => {
  const { url, heard } = await listen(500, { 'x-slack-no-retry': '1' });
  slack.deliverTo([url]);
  await speaker().say().acknowledged();
  expect(heard).toHaveLength(1);
});

it('goes to the request URLs in turn, as behind a load balancer', async () => {
  const [a, b] = [await listen(200), await listen(200)];
  slack.deliverTo([a.url, b.url]);
  const { say } = speaker();
  await say().acknowledged();
  await say().acknowledged();
  expect([a.heard.length, b.heard.length]).toEqual([1, 1]);
});

it('goes to several at once, several times, when a test wants that', async () => {
  const [a, b] = [await listen(200), await listen(200)];
  const { ana } = speaker();
  const act = ana.types('/shellbox help', { channel: '#dev', deliverTo: [a.url, b.url], copies: 2 });
  expect(await act.acknowledged()).toMatchObject({ ok: true });
  expect([a.heard.length, b.heard.length]).toEqual([2, 2]);
  const triggers = act.deliveries.map(({ outgoing }) => outgoing.payload.trigger_id);
  expect(new Set(triggers).size).toBe(1);
});

it('tells of a mention only an app that is in the channel and may hear of it', async () => {
  const { ana } = speaker();
  slack.addChannel('theirs', { withApp: false });
  expect(ana.says('@shellbox help', { channel: '#theirs' }).deliveries).toEqual([]);
  slack.app.scopes.delete('app_mentions:read');
  expect(ana.says('@shellbox help', { channel: '#dev' }).deliveries).toEqual([]);
});
