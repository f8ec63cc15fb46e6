// Socket Mode between the fake and Bolt's own receiver, and with connections that do not behave.
import { App, LogLevel } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { eventually } from '../../support/eventually.ts';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf, outcomeOf, silent } from './web-client.ts';

let slack: FakeSlack;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await slack.idle();
  for (const close of closing.splice(0)) await close();
  await slack.close();
});

async function startApp(prepare: (app: App) => void): Promise<void> {
  const app = new App({
    token: slack.app.botToken,
    botId: slack.app.botId,
    botUserId: slack.app.botUserId,
    tokenVerificationEnabled: false,
    appToken: slack.app.appToken,
    socketMode: true,
    logger: silent,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
  });
  prepare(app);
  closing.push(() => app.stop());
  await app.start();
}

/** A bare connection that acknowledges nothing unless told to. */
async function connect(acknowledge: boolean): Promise<{ socket: WebSocket; heard: string[] }> {
  const { url = '' } = await clientOf(slack, slack.app.appToken).apps.connections.open({});
  const socket = new WebSocket(url);
  const heard: string[] = [];
  socket.on('message', (data) => {
    const { type, envelope_id } = JSON.parse(String(data));
    heard.push(type);
    if (acknowledge && envelope_id !== undefined) socket.send(JSON.stringify({ envelope_id }));
  });
  closing.push(async () => socket.terminate());
  await eventually('hello', () => heard.includes('hello'));
  return { socket, heard };
}

describe('a Bolt app', () => {
  it('gets commands, mentions and clicks, and its acknowledgement is shown', async () => {
    slack = await openSlack({ socketMode: true });
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const seen: string[] = [];
    await startApp((app) => {
      app.command('/shellbox', async ({ ack }) => await ack('at once'));
      app.event('app_mention', async ({ event }) => void seen.push(event.text));
      app.action('stop', async ({ ack }) => {
        seen.push('stop');
        await ack();
      });
    });
    expect(slack.socket.connections()).toBe(1);
    const command = ana.types('/shellbox help', { channel: '#dev' });
    expect(await command.acknowledged()).toMatchObject({ ok: true });
    expect(command.shown(ana.id)).toBe('(only ana sees) at once');
    await ana.says('@shellbox help', { channel: '#dev' }).acknowledged();
    const elements = [
      { type: 'button' as const, text: { type: 'plain_text' as const, text: 'Stop' }, action_id: 'stop' },
    ];
    const channel = slack.channel('#dev').id;
    await clientOf(slack).chat.postMessage({ channel, text: 'x', blocks: [{ type: 'actions', elements }] });
    await ana.clicks({ channel }, 'Stop').acknowledged();
    await eventually('both', () => seen.length === 2);
    expect(seen.sort()).toEqual([`<@${slack.app.botUserId}> help`, 'stop']);
  });
});

describe('connections', () => {
  it('are opened with a ticket that counts once, by an app-level token, while Socket Mode is on', async () => {
    slack = await openSlack({ socketMode: true });
    const client = clientOf(slack, slack.app.appToken);
    const { url = '' } = await client.apps.connections.open({});
    const first = new WebSocket(url);
    closing.push(async () => first.terminate());
    await slack.socket.connected(1, AbortSignal.timeout(5_000));
    const second = new WebSocket(url);
    const refused = await new Promise((resolve) => second.once('error', (error) => resolve(error.message)));
    expect(refused).toContain('401');
    await slack.close();
    slack = await openSlack();
    expect(await outcomeOf(clientOf(slack, slack.app.appToken).apps.connections.open({}))).toBe('forbidden_team');
  });

  it('are ten at most', async () => {
    slack = await openSlack({ socketMode: true });
    for (let count = 0; count < 10; count++) await connect(true);
    const eleventh = clientOf(slack, slack.app.appToken).apps.connections.open({});
    expect(await outcomeOf(eleventh)).toBe('forbidden_team');
  });

  it('get each envelope on one of them', async () => {
    slack = await openSlack({ socketMode: true });
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const [a, b] = [await connect(true), await connect(true)];
    for (let turn = 0; turn < 4; turn++) await ana.types('/shellbox help', { channel: '#dev' }).acknowledged();
    const count = ({ heard }: { heard: string[] }) => heard.filter((type) => type === 'slash_commands').length;
    expect([count(a), count(b)]).toEqual([2, 2]);
  });

  it('that do not acknowledge an event in time see it go to another one', async () => {
    slack = await openSlack({ socketMode: true, ackDeadlineMs: 100 });
    const ana = slack.user('ana');
    slack.addChannel('dev');
    const [deaf, listening] = [await connect(false), await connect(true)];
    await ana.says('@shellbox a', { channel: '#dev' }).acknowledged();
    const act = ana.says('@shellbox b', { channel: '#dev' });
    expect(await act.acknowledged()).toMatchObject({ ok: true });
    const attempts = slack.deliveries().flatMap((delivery) => delivery.attempts().map(({ outcome }) => outcome));
    expect(attempts.sort()).toEqual(['acknowledged', 'acknowledged', 'late']);
    expect(deaf.heard.filter((type) => type === 'events_api')).toHaveLength(1);
    expect(listening.heard.filter((type) => type === 'events_api')).toHaveLength(2);
  });

  it('are asked to come again, or break', async () => {
    slack = await openSlack({ socketMode: true });
    const { heard } = await connect(true);
    slack.socket.refresh();
    await eventually('goodbye', () => heard.includes('disconnect') && slack.socket.connections() === 0);
    await connect(true);
    slack.socket.drop();
    await eventually('the end', () => slack.socket.connections() === 0);
    const ana = slack.user('ana');
    slack.addChannel('dev');
    expect(await ana.types('/shellbox help', { channel: '#dev' }).acknowledged()).toMatchObject({ ok: false });
  });
});
