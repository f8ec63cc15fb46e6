// What people do, as a real Bolt app gets it, and what they then see.
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
    slack.addChannel('dev');
    const ana = slack.user('ana');
    slack.addChannel('ours');
    await ana.types('/shellbox help', { channel: '#ours', copies: 3, deliverTo: [bolt.url, bolt.url] }).acknowledged();
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

describe('messages', () => {
  const heard: string[] = [];
  beforeEach(() => void heard.splice(0));
  const listen = (app: App) => {
    app.event('app_mention', async ({ event, body }) => {
      heard.push(`mention ${event.ts} ${body.event_id}`);
    });
    app.event('message', async ({ event, body }) => {
      heard.push(`message ${event.ts} ${body.event_id} ${event.subtype ?? ('bot_id' in event ? 'bot' : '-')}`);
    });
  };

  it('that mention the app arrive as a mention, and its answer is seen in the thread', async () => {
    await start((app) => {
      listen(app);
      app.event('app_mention', async ({ event, say }) => void (await say({ text: 'you called', thread_ts: event.ts })));
    });
    const [ana, ben] = [slack.user('ana'), slack.user('ben')];
    slack.addChannel('dev');
    const act = ana.says('@shellbox spin up x & y', { channel: '#dev' });
    await act.acknowledged();
    expect(act.message?.text).toBe(`<@${slack.app.botUserId}> spin up x &amp; y`);
    await eventually('an answer', () => act.shown(ben.id) === 'you called');
    expect(heard).toEqual([expect.stringMatching(`^mention ${act.message?.ts} Ev`)]);
  });

  it('nobody mentions the app in are not told', async () => {
    await start(listen);
    slack.addChannel('dev');
    const act = slack.user('ana');
    slack.addChannel('chat');
    expect(act.says('just talking', { channel: '#chat' }).deliveries).toEqual([]);
  });

  it('come twice, under two event ids and one ts, to an app that also reads the channel', async () => {
    await start(listen, { events: ['app_mention', 'message.channels'] });
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const act = ana.says('@shellbox help', { channel: '#dev' });
    await eventually('both', () => heard.some((line) => line.startsWith('mention')) && heard.length >= 2);
    const told = heard.filter((line) => line.includes(act.message?.ts ?? '')).map((line) => line.split(' '));
    expect(told.map(([kind]) => kind).sort()).toEqual(['mention', 'message']);
    expect(new Set(told.map(([, , eventId]) => eventId)).size).toBe(2);
  });

  it("in direct messages arrive as such, the app's own too", async () => {
    await start(listen);
    const ana = slack.user('ana');
    const act = ana.says('@shellbox help', { channel: ana.im });
    await act.acknowledged();
    await bolt.app.client.chat.postMessage({ channel: ana.im, text: 'own' });
    await slack.idle();
    expect(slack.deliveries().map(({ outgoing }) => outgoing.payload)).toMatchObject([
      { event: { type: 'message', channel_type: 'im', user: ana.id } },
      { event: { type: 'message', channel_type: 'im', text: 'own', bot_id: slack.app.botId } },
    ]);
  });

  it('that are edited come as a change, and with their old ts as a mention', async () => {
    await start(listen, { events: ['app_mention', 'message.channels'] });
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const said = ana.says('shellbox stop', { channel: '#dev' });
    await said.acknowledged();
    if (said.message === undefined) throw new Error('Nothing was said.');
    const edited = ana.edits(said.message, '@shellbox stop');
    await edited.acknowledged();
    expect(edited.deliveries.map(({ outgoing }) => outgoing.payload)).toMatchObject([
      { event: { type: 'message', subtype: 'message_changed', previous_message: { text: 'shellbox stop' } } },
      { event: { type: 'app_mention', ts: said.message.ts, edited: { user: ana.id } } },
    ]);
  });

  it('of people of another team name their own team', async () => {
    await start(listen);
    const zoe = slack.user('zoe', { teamId: 'T0OTHER01', enterpriseId: 'E0OTHER01' });
    slack.addChannel('shared');
    const act = zoe.says('@shellbox help', { channel: '#shared' });
    await act.acknowledged();
    expect(act.deliveries[0]?.outgoing.payload).toMatchObject({
      team_id: 'T0000ACME',
      is_ext_shared_channel: true,
      event: { user: zoe.id, user_team: 'T0OTHER01', source_team: 'T0OTHER01' },
    });
  });

  it('of other bots say so', async () => {
    await start(listen, { events: ['message.channels'] });
    slack.addChannel('dev');
    slack.otherBotSays('beep', { channel: '#dev' });
    await slack.idle();
    expect(heard).toEqual([expect.stringMatching(/bot_message$/)]);
  });
});

describe('events that are not acknowledged', () => {
  it('are sent three times more, saying why', async () => {
    await start(() => {});
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const act = ana.says('@shellbox help', { channel: '#dev', tampering: 'wrong-signature' });
    expect(await act.acknowledged()).toMatchObject({ ok: false, status: 401 });
    expect(act.deliveries[0]?.attempts().map(({ retryNumber }) => retryNumber)).toEqual([0, 1, 2, 3]);
  });

  it('are sent again when the test says so', async () => {
    const retries: unknown[] = [];
    await start(
      (app) =>
        app.event('app_mention', async ({ context }) => void retries.push(context.retryNum, context.retryReason)),
      { retries: 'stepwise' },
    );
    const ana = slack.user('ana');
    slack.addChannel('dev');
    slack.deliverTo([]);
    const act = ana.says('@shellbox help', { channel: '#dev' });
    expect(await act.acknowledged()).toMatchObject({ ok: false });
    slack.deliverTo([bolt.url]);
    expect(await act.retryNow()).toMatchObject([{ outcome: 'acknowledged', retryNumber: 1 }]);
    await eventually('the retry', () => retries.length > 0);
    expect(retries).toEqual([1, 'connection_failed']);
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
