// Slack’s payloads, changed at any place and signed as they should be, and bytes that are none, before a whole house: nobody is hurt.
import { createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSample, sampleFolder } from '../fakes/slack/samples.ts';
import { sentPayloads } from '../fakes/slack/sent-payloads.ts';
import { openSlack } from '../fakes/slack/slack.ts';
import { openSlackHouse, type SlackHouse } from '../support/slack-house.ts';
import { ACTING, type Change, change, changed } from './nasty.ts';
import { tryAll, within } from './tries.ts';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const PRESSED = ['click', 'clickAtHome', 'submission', 'closed'];
/** Taken, unreadable, longer than any payload of Slack's. */
const ANSWERS = [200, 400, 413];
const KINDS = ['command', ...PRESSED, 'mention', 'message', 'otherBot', 'changed', 'homeOpened', 'deleted'];

let all: SlackHouse;
let payloads: Record<string, unknown>;
beforeAll(async () => {
  all = await openSlackHouse();
  const elsewhere = await openSlack({ events: ['app_mention', 'message.channels', 'message.im', 'app_home_opened'] });
  try {
    payloads = await sentPayloads(elsewhere);
  } finally {
    await elsewhere.close();
  }
});
afterAll(() => all.close());

/** As from Slack: the signature is over the bytes, whatever they are. */
async function post(body: Buffer<ArrayBuffer>, type: string): Promise<number> {
  const [url = ''] = all.urls();
  const time = String(Math.floor(Date.now() / 1000));
  const hash = createHmac('sha256', all.slack.app.signingSecret).update(`v0:${time}:`).update(body).digest('hex');
  const headers = { 'content-type': type, 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${hash}` };
  return (await fetch(url, { method: 'POST', body, headers })).status;
}

/** As Slack sends that kind: commands and what is pressed as forms, events as JSON. */
function postPayload(kind: string, payload: unknown): Promise<number> {
  const text = JSON.stringify(payload) ?? '';
  if (kind !== 'command')
    return PRESSED.includes(kind)
      ? post(Buffer.from(new URLSearchParams({ payload: text }).toString()), FORM_TYPE)
      : post(Buffer.from(text), JSON_TYPE);
  const fields = Object.entries(Object(payload)).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : String(JSON.stringify(value)),
  ]);
  return post(Buffer.from(new URLSearchParams(fields).toString()), FORM_TYPE);
}

/** Somebody else is served, nobody was pinged, nothing acts in what was said, and no row is there that nobody asked for. */
async function nobodyIsHurt(): Promise<void> {
  const { house, slack, ana } = all;
  expect(await ana.types('/shellbox whoami', { channel: '#dev' }).acknowledged()).toMatchObject({ ok: true });
  await slack.idle();
  expect(slack.notifications.list()).toEqual([]);
  for (const { text } of slack.messages('#dev')) expect(ACTING.test(text)).toBe(false);
  expect(await house.sql('SELECT name FROM boxes')).toEqual([]);
  expect(await house.sql('SELECT id FROM accounts WHERE admin OR suspended_at IS NOT NULL')).toEqual([]);
}

const changes = fc.array(change, { minLength: 1, maxLength: 4 });

test('payloads changed at any place are taken or refused, and nothing else', { timeout: within(60_000) }, async () => {
  await tryAll<[string, Change[]]>('slack', 200, [fc.constantFrom(...KINDS), changes], async (kind, made) => {
    expect(ANSWERS).toContain(await postPayload(kind, changed(payloads[kind], made)));
  });
  await nobodyIsHurt();
});

const folder = sampleFolder();
test.skipIf(folder === undefined)('and so are Slack’s own samples', { timeout: within(60_000) }, async () => {
  const samples = ['backend', 'events'].flatMap((kind) =>
    readdirSync(join(folder ?? '', kind)).map((file) => `${kind}/${file.replace(/\.json$/, '')}`),
  );
  await tryAll<[string, Change[]]>('slack-samples', 100, [fc.constantFrom(...samples), changes], async (name, made) => {
    const sample = changed(readSample(folder ?? '', name), made);
    for (const kind of ['click', 'mention']) expect(ANSWERS).toContain(await postPayload(kind, sample));
  });
  await nobodyIsHurt();
});

test('bytes that are no payload are refused or dropped', { timeout: within(30_000) }, async () => {
  const types = fc.constantFrom(
    JSON_TYPE,
    FORM_TYPE,
    'text/plain',
    'multipart/form-data; boundary=x',
    '',
    'x'.repeat(2000),
  );
  await tryAll<[string, string, string]>(
    'slack-bytes',
    150,
    [
      fc.constantFrom('', '{', 'payload=', 'payload=%7B', 'command=%2Fshellbox&'),
      fc.base64String({ maxLength: 400 }),
      types,
    ],
    async (begin, bytes, type) => {
      const body = Buffer.concat([Buffer.from(begin), Buffer.from(bytes, 'base64')]);
      expect([...ANSWERS, 415]).toContain(await post(body, type));
    },
  );
  await nobodyIsHurt();
});
