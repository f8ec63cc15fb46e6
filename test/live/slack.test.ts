// The real Slack, when somebody gives a token and a channel that the app is in: the door's own sender posts, finds and edits there.
import { describe, expect, test } from 'vitest';
import { createSlackApi } from '../../src/bots/slack/api.ts';
import { checkSlack } from '../../src/bots/slack/check.ts';
import { createOutbound } from '../../src/bots/slack/outbound.ts';
import { messageOf } from '../../src/bots/slack/place.ts';
import { secret } from '../../src/secret.ts';
import { converse } from './conversation.ts';

const {
  SHELLBOX_LIVE_SLACK_BOT_TOKEN: botToken = '',
  SHELLBOX_LIVE_SLACK_CHANNEL: channel = '',
  SHELLBOX_LIVE_SLACK_API_URL: apiUrl,
} = process.env;

describe.skipIf(botToken === '' || channel === '')(
  'the real Slack (needs SHELLBOX_LIVE_SLACK_BOT_TOKEN and SHELLBOX_LIVE_SLACK_CHANNEL)',
  { timeout: 120_000 },
  () => {
    test('knows the token, and all scopes of the manifest are there', async () => {
      expect(await checkSlack({ botToken: secret(botToken), apiUrl })).toMatchObject({ missing: [] });
    });

    test('takes a light, a card and a final, and has each once', async () => {
      const api = createSlackApi({ token: secret(botToken), apiUrl });
      const send = createOutbound({ api, now: () => new Date() });
      const posted = await converse('slack', { channel }, send);
      expect(new Set(posted).size).toBe(3);
      for (const id of posted.toReversed()) {
        const { channel: where, ts } = messageOf(id);
        await api.call('chat.delete', { channel: where, ts });
      }
    });
  },
);
