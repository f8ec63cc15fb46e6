// What people write, as a real Bolt app hears of it; and events that nobody acknowledges.
import type { App } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type BoltApp, startBoltApp } from './bolt-app.ts';
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
    const ana = slack.user('ana');
    slack.addChannel('dev');
    expect(ana.says('just talking', { channel: '#dev' }).deliveries).toEqual([]);
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
