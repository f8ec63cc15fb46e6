// The manifest names what the code uses: no scope, event or address less, and none more.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { METHODS } from '../../../src/bots/slack/api.ts';
import { COMMAND, EVENTS, slackManifest } from '../../../src/bots/slack/manifest.ts';
import { EVENTS_PATH } from '../../../src/bots/slack/slack.ts';
import { eventually } from '../../support/eventually.ts';
import { openSlackHouse, type SlackHouse } from '../../support/slack-house.ts';

const manifest = slackManifest({ mode: 'socket' });

let all: SlackHouse;
beforeAll(async () => {
  // The app of tests has just these scopes and events: what needs another one fails in every test of this door.
  all = await openSlackHouse();
});
afterAll(() => all.close());

test('over a day’s use exactly the methods are called that the scopes are for', async () => {
  const { slack, ana, ben } = all;
  // Somebody deletes what they said before anything stands below it.
  slack.failNext('chat.postMessage', { kind: 'wait', seconds: 1 });
  const gone = ben.says('@shellbox spinup bens-box', { channel: '#dev' });
  await gone.acknowledged();
  if (gone.message !== undefined) ben.deletes(gone.message);
  await all.sees(ben, '#dev', 'bens-box is ready');
  // Slack has what was posted, and the answer is lost: once for the root, once in the thread.
  slack.failNext('chat.postMessage', { kind: 'lost' });
  slack.failNext('chat.postMessage', { kind: 'lost' });
  ana.types('/shellbox spinup mybox', { channel: '#dev' });
  await all.sees(ana, '#dev', 'mybox is ready');
  ben.says('@shellbox list', { channel: '#dev' });
  await ana.types('/shellbox keys add', { channel: '#dev' }).acknowledged();
  ana.opensHome();
  await eventually('the home tab', () => ana.home()?.includes('mybox') || undefined);
  slack.addChannel('closed', { withApp: false });
  ana.says('stop mybox', { channel: ana.im });
  await eventually('an answer', () => ana.sees(ana.im).includes('is stopped') || undefined);
  ana.clicks('home', 'Log');
  await slack.idle();
  await eventually('all methods', () => new Set(methods()).size >= Object.keys(METHODS).length || undefined).catch(
    () => {},
  );
  expect(methods()).toEqual(Object.keys(METHODS).sort());
});

const methods = () =>
  [...new Set(all.slack.calls().map(({ method }) => method))]
    .filter((method) => method !== 'apps.connections.open')
    .sort();

test('it subscribes to what the listeners hear, and to no messages of channels', () => {
  expect(manifest).toMatchObject({ settings: { event_subscriptions: { bot_events: Object.keys(EVENTS).sort() } } });
  expect([...all.slack.app.events].sort()).toEqual(Object.keys(EVENTS).sort());
});

test('for Socket Mode it names no address, for HTTP the same one everywhere', () => {
  expect(JSON.stringify(manifest)).not.toContain('url');
  const url = `https://box.example.org${EVENTS_PATH}`;
  expect(slackManifest({ mode: 'http', url })).toMatchObject({
    features: { slash_commands: [{ command: COMMAND, url }] },
    settings: {
      event_subscriptions: { request_url: url },
      interactivity: { request_url: url },
      socket_mode_enabled: false,
    },
  });
});
