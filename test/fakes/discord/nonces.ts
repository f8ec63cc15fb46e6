// Nonces of messages, remembered for minutes: with `enforce_nonce` the same one makes no second message.
// Source: https://discord.com/developers/docs/resources/message#create-message
import { NONCE_REMEMBERED_MS } from './limits.ts';
import type { DiscordMessage } from './message.ts';

export interface Nonces {
  /** The message that was made with it lately. */
  find(channelId: string, nonce: string | number): DiscordMessage | undefined;
  remember(message: DiscordMessage): void;
}

export function createNonces(now: () => number): Nonces {
  const known = new Map<string, DiscordMessage>();
  return {
    find(channelId, nonce) {
      const message = known.get(`${channelId} ${nonce}`);
      return message !== undefined && now() - message.atMs < NONCE_REMEMBERED_MS ? message : undefined;
    },
    remember(message) {
      if (message.nonce !== undefined) known.set(`${message.channelId} ${message.nonce}`, message);
    },
  };
}
