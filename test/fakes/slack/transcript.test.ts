// What people see, in text: threads, code, buttons, mark-up, and whom a message would notify.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { escaped, escapedOnce, mentionsIn, shownMrkdwn, typed, unescaped } from './mrkdwn.ts';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf } from './web-client.ts';

let slack: FakeSlack;
let nowMs: number;
beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 21, 14, 2);
  slack = await openSlack({ now: () => nowMs, postBurst: 20 });
});
afterEach(() => slack.close());

const mrkdwn = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });

it('tells a channel with its threads as people see it', async () => {
  const [ana, ben] = [slack.user('ana'), slack.user('ben')];
  const { id: channel } = slack.addChannel('dev');
  const client = clientOf(slack);
  const { ts = '' } = await client.chat.postMessage({ channel, text: '*mybox* · <@U0> · ○ starting' });
  const elements = ['Stop', 'Destroy…'].map((text) => ({
    type: 'button' as const,
    text: { type: 'plain_text' as const, text },
    value: text,
  }));
  const blocks = [
    mrkdwn('mybox is ready: 0.5 s · 2 vCPU'),
    mrkdwn('```ssh -p 2222 mybox@box.acme.dev```'),
    { type: 'actions' as const, elements },
  ];
  await client.chat.postMessage({ channel, text: 'mybox is ready', blocks, thread_ts: ts });
  await client.chat.postEphemeral({ channel, user: ana.id, text: 'No key of yours &amp; mine.', thread_ts: ts });
  nowMs += 60_000;
  await client.chat.update({ channel, ts, text: `*mybox* · <@${ana.id}> · ● running` });
  ben.says('@shellbox stop', { channel, thread: ts });
  expect(slack.transcript(channel)).toBe(`#dev
14:02 Shellbox  mybox · @ana · ● running (edited)
└ 14:02 Shellbox  mybox is ready: 0.5 s · 2 vCPU
                  ┌code┐ ssh -p 2222 mybox@box.acme.dev
                  [Stop] [Destroy…]
└ 14:02 Shellbox (only ana sees)  No key of yours & mine.
└ 14:03 ben  @Shellbox stop`);
  expect(ben.sees(channel)).not.toContain('No key');
  expect(ana.message(channel, 'is ready').ts).toBe(slack.messages(channel)[1]?.ts);
});

describe('mark-up', () => {
  const names = { person: () => 'ana', channel: () => 'dev' };

  it.each([
    ['<@U1>, see <#C1|old>', '@ana, see #dev'],
    ['<https://example.com|here> or <https://example.com>', 'here or https://example.com'],
    ['<mailto:a@b.c|a@b.c>', 'a@b.c'],
    ['<!date^1392734382^{date}|Feb 18>', 'Feb 18'],
    ['*bold* _it_ ~no~ a_b_c 2*3*4', 'bold it no a_b_c 2*3*4'],
    ['`*not bold*` &lt;b&gt;', '`*not bold*` <b>'],
    ['before\n```\none\n*two*\n```\nafter', 'before\n┌code┐ one\n       *two*\nafter'],
  ])('%s is seen as %s', (text, shown) => {
    expect(shownMrkdwn(text, names)).toBe(shown);
  });

  it('never survives escaping', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unescaped(escaped(text))).toBe(text);
        expect(escapedOnce(escaped(text))).toBe(escaped(text));
        expect(mentionsIn(escaped(text))).toEqual([]);
        expect(mentionsIn(escaped(`<!channel> ${text} <@U123>`))).toEqual([]);
      }),
    );
  });

  it('is made of what people type', () => {
    const ids = new Map([
      ['@shellbox', 'U9'],
      ['#dev', 'C9'],
    ]);
    expect(typed('@Shellbox, is a<b in #dev? me@acme.dev https://acme.dev @nobody', ids)).toBe(
      '<@U9>, is a&lt;b in <#C9>? <mailto:me@acme.dev|me@acme.dev> <https://acme.dev> @nobody',
    );
  });
});

describe('notifications', () => {
  it('are what would have pinged somebody', async () => {
    const ana = slack.user('ana');
    const { id: channel } = slack.addChannel('dev');
    const client = clientOf(slack);
    const post = (text: string, more: object = {}) => client.chat.postMessage({ channel, text, ...more });
    await post('&lt;!channel&gt; is only text');
    expect(slack.notifications.list()).toEqual([]);
    await post('<!here>');
    await post('x', { blocks: [mrkdwn('log: <!channel>')] });
    const inCode = [{ type: 'broadcast', range: 'everyone' }];
    await post('x', { blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: inCode }] }] });
    await post(`<@${ana.id}>`);
    slack.notifications.allow(ana.id);
    await post(`<@${ana.id}>`);
    const targets = slack.notifications.list().map(({ target }) => target);
    expect(targets).toEqual(['here', 'channel', 'everyone', ana.id]);
  });

  it('come from edits only for whole channels', async () => {
    const ana = slack.user('ana');
    const { id: channel } = slack.addChannel('dev');
    const client = clientOf(slack);
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'x' });
    await client.chat.update({ channel, ts, text: `<@${ana.id}>` });
    await client.chat.update({ channel, ts, text: '<!channel>' });
    expect(slack.notifications.list()).toEqual([{ channel, ts, target: 'channel' }]);
  });
});
