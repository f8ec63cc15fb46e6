// How many requests Discord takes: a window for each route and channel that messages are written through.
// Source: https://discord.com/developers/docs/topics/rate-limits
import { createHash } from 'node:crypto';
import { MESSAGES_PER_WINDOW, WINDOW_MS } from './limits.ts';

export interface RateOptions {
  /** Requests in a window and channel; those that post and those that edit are counted apart. */
  messagesPerWindow?: number;
  windowMs?: number;
}

export interface Taken {
  headers: Record<string, string>;
  /** How long to wait before it may be tried again; undefined when it was taken. */
  waitMs: number | undefined;
}

export interface Rates {
  /** `route` is the pattern, `major` the channel or webhook. Nothing is counted for routes that are not limited. */
  take(route: string, major: string): Taken;
}

const LIMITED = /^(?:POST|PATCH|DELETE) \/channels\/\{channel_id\}\/messages/;

export function createRates(now: () => number, options: RateOptions): Rates {
  const limit = options.messagesPerWindow ?? MESSAGES_PER_WINDOW;
  const windowMs = options.windowMs ?? WINDOW_MS;
  const windows = new Map<string, { used: number; endsMs: number }>();
  return {
    take(route, major) {
      if (!LIMITED.test(route)) return { headers: {}, waitMs: undefined };
      const key = `${route} ${major}`;
      const atMs = now();
      const known = windows.get(key);
      const window = known === undefined || known.endsMs <= atMs ? { used: 0, endsMs: atMs + windowMs } : known;
      const refused = window.used >= limit;
      windows.set(key, { ...window, used: refused ? window.used : window.used + 1 });
      const leftMs = window.endsMs - atMs;
      const headers = {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(refused ? 0 : limit - window.used - 1),
        'x-ratelimit-reset': (window.endsMs / 1000).toFixed(3),
        'x-ratelimit-reset-after': (leftMs / 1000).toFixed(3),
        'x-ratelimit-bucket': createHash('md5').update(route).digest('hex'),
      };
      return { headers, waitMs: refused ? leftMs : undefined };
    },
  };
}
