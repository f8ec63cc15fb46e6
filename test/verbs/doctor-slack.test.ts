// What doctor says of Slack: nothing when it is off, the workspace when all is well, and what is missing with what to do.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../src/config.ts';
import { loadConfig } from '../../src/config.ts';
import { slackFindings } from '../../src/verbs/doctor-slack.ts';
import { MANIFEST } from '../bots/slack/open-door.ts';
import { type FakeSlack, openSlack } from '../fakes/slack/slack.ts';

let slack: FakeSlack;
beforeEach(async () => {
  slack = await openSlack({ ...MANIFEST, socketMode: true });
});
afterEach(() => slack.close());

const configOf = (more: Record<string, string> = {}): Config =>
  loadConfig(
    {
      SLACK_BOT_TOKEN: slack.app.botToken,
      SLACK_APP_TOKEN: slack.app.appToken,
      SLACK_API_URL: slack.apiUrl,
      SSH_PUBLIC_HOST: 'box.example.org',
      ...more,
    },
    { isRoot: false, cwd: '/srv', providers: ['docker'] },
  );

test('a door that is off is not looked at', async () => {
  expect(await slackFindings(loadConfig({}, { isRoot: false, cwd: '/srv', providers: ['docker'] }))).toEqual([]);
});

test('a good token is told with its workspace', async () => {
  expect(await slackFindings(configOf())).toEqual([{ ok: true, what: 'Slack: workspace acme, Socket Mode' }]);
});

test('missing scopes are named', async () => {
  slack.app.scopes.delete('im:write');
  expect(await slackFindings(configOf())).toMatchObject([
    { ok: false, what: expect.stringMatching(/lacks im:write$/) },
  ]);
});

test('a token that is worth nothing, and a Slack that does not answer, are told apart', async () => {
  slack.app.revoked = true;
  expect(await slackFindings(configOf())).toMatchObject([
    { ok: false, what: expect.stringContaining('token_revoked') },
  ]);
  expect(await slackFindings(configOf({ SLACK_API_URL: 'http://127.0.0.1:1/api/' }))).toMatchObject([
    { ok: false, what: 'Slack does not answer' },
  ]);
});

test('an app’s token that Slack does not take is told', async () => {
  expect(await slackFindings(configOf({ SLACK_APP_TOKEN: 'xapp-1-wrong-0001' }))).toMatchObject([
    { ok: false, what: "Slack does not take the app's token.", remedy: expect.stringContaining('SLACK_APP_TOKEN') },
  ]);
});

test('addresses of this machine are no use to people in Slack', async () => {
  expect(await slackFindings(configOf({ SSH_PUBLIC_HOST: '' }))).toMatchObject([
    { ok: true },
    { ok: false, isMinor: true, remedy: expect.stringContaining('SSH_PUBLIC_HOST') },
  ]);
});
