// The real Discord, when somebody gives a token and a channel that the app may write in: the door's own sender posts, finds and edits there.
import { describe, expect, test } from 'vitest';
import { createDiscordApi } from '../../src/bots/discord/api.ts';
import { createOutbound } from '../../src/bots/discord/outbound.ts';
import { messageOf } from '../../src/bots/discord/place.ts';
import { createLogger } from '../../src/log.ts';
import { secret } from '../../src/secret.ts';
import { converse } from './conversation.ts';

const {
  SHELLBOX_LIVE_DISCORD_TOKEN: token = '',
  SHELLBOX_LIVE_DISCORD_CHANNEL: channel = '',
  SHELLBOX_LIVE_DISCORD_API_URL: apiUrl,
} = process.env;

describe.skipIf(token === '' || channel === '')(
  'the real Discord (needs SHELLBOX_LIVE_DISCORD_TOKEN and SHELLBOX_LIVE_DISCORD_CHANNEL)',
  { timeout: 120_000 },
  () => {
    test('takes a light with its thread, a card and a final, and has each once', async () => {
      const api = createDiscordApi({ token: secret(token), apiUrl });
      const send = createOutbound({
        api,
        now: () => new Date(),
        logger: createLogger({ level: 'warn', secrets: [token] }),
      });
      const posted = await converse('discord', { channel }, send);
      expect(new Set(posted).size).toBe(3);
      for (const id of posted.toReversed()) {
        const { channel: where = channel, message } = messageOf(id);
        await api.call('DELETE', `/channels/${where}/messages/${message}`);
      }
    });
  },
);
