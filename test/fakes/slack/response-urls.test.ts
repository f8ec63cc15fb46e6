// Response URLs: what a command or a click may still be answered with, and for how long.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Act } from './act.ts';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf } from './web-client.ts';

let slack: FakeSlack;
let nowMs: number;
beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 21, 14, 2);
  slack = await openSlack({ now: () => nowMs, events: [] });
});
afterEach(async () => {
  await slack.idle();
  await slack.close();
});

async function respond(act: Act, body: object): Promise<unknown[]> {
  const url = String(act.deliveries[0]?.outgoing.payload.response_url);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return [answer.status, await answer.json()];
}
const DONE = [200, { ok: true }];

describe('of a command', () => {
  function command() {
    const ana = slack.user('ana');
    const ben = slack.user('ben');
    slack.addChannel('theirs', { withApp: false });
    return { ana, ben, act: ana.types('/shellbox list', { channel: '#theirs' }) };
  }

  it('take five answers, also where the app is not a member', async () => {
    const { ana, ben, act } = command();
    expect(await respond(act, { text: 'for all', response_type: 'in_channel' })).toEqual(DONE);
    for (let use = 2; use <= 5; use++) expect(await respond(act, { text: `answer ${use}` })).toEqual(DONE);
    expect(await respond(act, { text: 'one too many' })).toEqual([404, { ok: false, error: 'used_url' }]);
    expect(ana.sees('#theirs')).toContain('Shellbox (only ana sees)  answer 5');
    expect(ben.sees('#theirs')).toBe('#theirs\n14:02 Shellbox  for all');
  });

  it('end after half an hour', async () => {
    const { act } = command();
    nowMs += 30 * 60_000;
    expect(await respond(act, { text: 'just in time' })).toEqual(DONE);
    nowMs += 1;
    expect(await respond(act, { text: 'late' })).toEqual([404, { ok: false, error: 'expired_url' }]);
  });

  it('check blocks like everything else, and a refused answer is none of the five', async () => {
    const { act } = command();
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3_001) } }];
    for (let turn = 0; turn < 6; turn++)
      expect(await respond(act, { text: 'x', blocks })).toMatchObject([400, { ok: false, error: 'invalid_blocks' }]);
    expect(await respond(act, {})).toMatchObject([400, { error: 'no_text' }]);
    expect(await respond(act, { text: 'x' })).toEqual(DONE);
  });

  it('fail as planned', async () => {
    const { ana, act } = command();
    slack.failNext('response_url', { kind: 'status', status: 500 });
    slack.failNext('response_url', { kind: 'wait', seconds: 2 });
    slack.failNext('response_url', { kind: 'lost' });
    expect(await respond(act, { text: 'one' })).toMatchObject([500, { ok: false }]);
    expect(await respond(act, { text: 'two' })).toMatchObject([429, { error: 'ratelimited' }]);
    await expect(respond(act, { text: 'three' })).rejects.toThrow('fetch failed');
    expect(act.shown(ana.id)).toContain('(only ana sees) three');
    expect(act.shown(ana.id)).not.toMatch(/one|two/);
  });
});

describe('of a click', () => {
  async function clicked() {
    const ana = slack.user('ana');
    const { id: channel } = slack.addChannel('dev');
    const elements = [
      { type: 'button' as const, text: { type: 'plain_text' as const, text: 'Stop' }, action_id: 'stop' },
    ];
    const blocks = [{ type: 'actions' as const, elements }];
    const client = clientOf(slack);
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'root' });
    await client.chat.postMessage({ channel, text: 'x', blocks, thread_ts: ts });
    return { ana, channel, ts, act: ana.clicks({ channel }, 'Stop') };
  }

  it('replace the message or take it away', async () => {
    const { ana, channel, act } = await clicked();
    expect(await respond(act, { text: 'Stopping…', replace_original: true })).toEqual(DONE);
    expect(ana.sees(channel)).toContain('└ 14:02 Shellbox  Stopping… (edited)');
    expect(await respond(act, { delete_original: true })).toEqual(DONE);
    expect(ana.sees(channel)).toBe('#dev\n14:02 Shellbox  root');
  });

  it('answer in the thread only when they name it', async () => {
    const { ana, channel, ts, act } = await clicked();
    await respond(act, { text: 'beside' });
    await respond(act, { text: 'within', thread_ts: ts });
    const seen = ana.sees(channel);
    expect(seen).toContain('\n14:02 Shellbox (only ana sees)  beside');
    expect(seen).toContain('└ 14:02 Shellbox (only ana sees)  within');
  });
});
