// Commands and buttons, as a real Bolt app gets them, and what people then see.
import type { App } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type BoltApp, startBoltApp } from './bolt-app.ts';
import { TAMPERINGS } from './signing.ts';
import { type FakeSlack, openSlack, type SlackOptions } from './slack.ts';

let slack: FakeSlack;
let bolt: BoltApp;

async function start(prepare: (app: App) => void, options: SlackOptions = {}) {
  await slack?.close();
  slack = await openSlack({ postBurst: 20, ...options });
  bolt = await startBoltApp(slack, prepare);
}
afterEach(async () => {
  await slack.idle();
  await bolt.close();
  await slack.close();
});

const button = (text: string, value: string) => ({
  type: 'button' as const,
  text: { type: 'plain_text' as const, text },
  action_id: `do:${value}`,
  value,
});

describe('slash commands', () => {
  it('reach the app signed, and show its answers to the one who asked', async () => {
    await start((app) => {
      app.command('/shellbox', async ({ ack, command, respond, say }) => {
        await ack();
        await respond(`private: ${command.text}`);
        await say(`public: ${command.text}`);
      });
    });
    const [ana, ben] = [slack.user('ana'), slack.user('ben')];
    slack.addChannel('dev');
    const act = ana.types('/shellbox spinup my<box>', { channel: '#dev' });
    expect(await act.acknowledged()).toMatchObject({ ok: true, status: 200 });
    await eventually('both answers', () => slack.messages('#dev').length === 2);
    expect(act.shown(ana.id)).toBe('(only ana sees) private: spinup my<box>\npublic: spinup my<box>');
    expect(act.shown(ben.id)).toBe('public: spinup my<box>');
  });

  it('show what the acknowledgement itself says', async () => {
    await start((app) => {
      app.command('/shellbox', async ({ ack }) => await ack('at once'));
    });
    const ana = slack.user('ana');
    slack.addChannel('dev', { withApp: false });
    const act = ana.types('/shellbox help', { channel: '#dev' });
    await act.acknowledged();
    expect(act.shown(ana.id)).toBe('(only ana sees) at once');
  });

  it('that are not acknowledged in time fail before the eyes of the one who asked, and are not sent again', async () => {
    await start((app) => app.command('/shellbox', async () => {}), { ackDeadlineMs: 100 });
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const act = ana.types('/shellbox help', { channel: '#dev' });
    expect(await act.acknowledged()).toMatchObject({ ok: false, status: undefined });
    expect(act.shown(ana.id)).toBe('/shellbox failed because the app did not respond. Learn more');
    expect(act.deliveries.flatMap((delivery) => delivery.attempts())).toHaveLength(1);
  });

  it('can arrive several times', async () => {
    let count = 0;
    await start((app) => {
      app.command('/shellbox', async ({ ack }) => {
        count += 1;
        await ack();
      });
    });
    const ana = slack.user('ana');
    slack.addChannel('dev');
    await ana.types('/shellbox help', { channel: '#dev', copies: 3, deliverTo: [bolt.url, bolt.url] }).acknowledged();
    expect(count).toBe(6);
  });
});

describe('requests that are not in order', () => {
  beforeEach(() => start((app) => app.command('/shellbox', async ({ ack }) => await ack())));

  // Bolt takes timestamps of the future; that is for our own receiver to refuse.
  it.each(TAMPERINGS.filter((kind) => kind !== 'future-timestamp'))('are refused by Bolt: %s', async (tampering) => {
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const act = ana.types('/shellbox help', { channel: '#dev', tampering });
    const { ok, status } = await act.acknowledged();
    expect([ok, status]).toEqual([false, 401]);
  });

  it('come with a good signature over a future time', async () => {
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const act = ana.types('/shellbox help', { channel: '#dev', tampering: 'future-timestamp' });
    expect(await act.acknowledged()).toMatchObject({ ok: true });
  });
});

describe('request URLs', () => {
  it('are verified by a challenge', async () => {
    await start(() => {});
    expect(await slack.verifiesRequestUrl(bolt.url)).toBe(true);
    expect(await slack.verifiesRequestUrl(`${slack.origin}/elsewhere`)).toBe(false);
  });
});

describe('buttons', () => {
  const dangerous = {
    ...button('Destroy…', 'mybox'),
    confirm: {
      title: { type: 'plain_text' as const, text: 'Destroy mybox?' },
      text: { type: 'plain_text' as const, text: 'Home goes too.' },
      confirm: { type: 'plain_text' as const, text: 'Destroy' },
      deny: { type: 'plain_text' as const, text: 'Keep' },
    },
  };
  const pressed: unknown[] = [];
  const listen = (app: App) => {
    app.action(/^do:/, async ({ ack, body, action, respond }) => {
      pressed.push({ body, action });
      await ack();
      await respond({ text: 'gone', replace_original: true });
    });
  };
  const post = (channel: string) =>
    bolt.app.client.chat.postMessage({
      channel,
      text: 'mybox',
      blocks: [{ type: 'actions', elements: [button('Stop', 'stop'), dangerous] }],
    });
  beforeEach(async () => {
    pressed.splice(0);
    await start(listen);
    slack.user('ana');
    slack.addChannel('dev');
  });

  it('are found by their label and reach the app with the message they stand in', async () => {
    const ana = slack.user('ana');
    const { ts } = await post(slack.channel('#dev').id);
    const act = ana.clicks({ channel: '#dev' }, 'Stop');
    expect(await act.acknowledged()).toMatchObject({ ok: true });
    expect(pressed).toMatchObject([
      {
        action: { value: 'stop', type: 'button' },
        body: { user: { id: ana.id }, message: { ts }, container: { is_ephemeral: false } },
      },
    ]);
    await eventually('the replacement', () => act.shown(ana.id) === 'gone');
  });

  it('ask first where they say so, and send nothing when the answer is no', async () => {
    const ana = slack.user('ana');
    await post(slack.channel('#dev').id);
    expect(ana.asked({ channel: '#dev' }, 'Destroy…')).toBe('Destroy mybox?\nHome goes too.\n[Keep] [Destroy]');
    expect(ana.clicks({ channel: '#dev' }, 'Destroy…', { whenAsked: 'deny' }).deliveries).toEqual([]);
    await ana.clicks({ channel: '#dev' }, 'Destroy…').acknowledged();
    expect(pressed).toHaveLength(1);
  });

  it('are found by the label that people see, and come back with the one that Slack keeps', async () => {
    const ana = slack.user('ana');
    const { id: channel } = slack.channel('#dev');
    const blocks = [{ type: 'actions' as const, elements: [button('Stop & keep', 'stop')] }];
    await bolt.app.client.chat.postMessage({ channel, text: 'x', blocks });
    await ana.clicks({ channel }, 'Stop & keep').acknowledged();
    expect(pressed).toMatchObject([{ action: { text: { text: 'Stop &amp; keep' } } }]);
  });

  it('of ephemeral messages come without the message', async () => {
    const ana = slack.user('ana');
    const channel = slack.channel('#dev').id;
    const blocks = [{ type: 'actions' as const, elements: [button('Stop', 'stop')] }];
    await bolt.app.client.chat.postEphemeral({ channel, user: ana.id, text: 'x', blocks });
    const act = ana.clicks({ channel }, 'Stop');
    await act.acknowledged();
    expect(pressed).toMatchObject([{ body: { container: { is_ephemeral: true } } }]);
    expect(act.deliveries[0]?.outgoing.payload).not.toHaveProperty('message');
    await eventually('the replacement', () => act.shown(ana.id) === '(only ana sees) gone');
  });

  it('that a person does not see cannot be pressed', async () => {
    await post(slack.channel('#dev').id);
    const stranger = slack.user('kim');
    expect(() => stranger.clicks({ channel: '#dev' }, 'Stop')).toThrow('kim sees no [Stop] there');
    expect(() => slack.user('ana').clicks({ channel: '#dev' }, 'Start')).toThrow('but: [Stop] [Destroy…]');
  });

  it('can be forged', async () => {
    const ana = slack.user('ana');
    await post(slack.channel('#dev').id);
    const change = (payload: Record<string, unknown>) => ({
      ...payload,
      actions: [{ type: 'button', action_id: 'do:x', block_id: 'x', value: "somebody else's", action_ts: '1.1' }],
    });
    await ana.clicks({ channel: '#dev' }, 'Stop', { change }).acknowledged();
    expect(pressed).toMatchObject([{ action: { value: "somebody else's" } }]);
  });
});
