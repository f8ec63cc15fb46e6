// How many calls Slack takes: a bucket for each channel posted to, and one for each other method by its tier.
import { CALLS_PER_MINUTE, POST_BURST, POSTS_PER_SECOND } from './limits.ts';

/** `posting`: by channel. Otherwise the tier of the method's page. */
export type Tier = 'posting' | keyof typeof CALLS_PER_MINUTE | 'unlimited';

export interface RateOptions {
  /** Posts in a second and channel. */
  postsPerSecond?: number;
  postBurst?: number;
  /** Everything goes this many times faster; a `Retry-After` stays at least a second, as Slack's are whole seconds. */
  timesFaster?: number;
}

export interface Rates {
  /** Seconds to wait, or undefined when the call may go on. */
  take(tier: Tier, key: string): number | undefined;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export function createRates(now: () => number, options: RateOptions): Rates {
  const faster = options.timesFaster ?? 1;
  const buckets = new Map<string, Bucket>();

  function sizeOf(tier: Exclude<Tier, 'unlimited'>): { burst: number; perMs: number } {
    if (tier === 'posting') {
      const perSecond = (options.postsPerSecond ?? POSTS_PER_SECOND) * faster;
      return { burst: options.postBurst ?? POST_BURST, perMs: perSecond / 1000 };
    }
    return { burst: CALLS_PER_MINUTE[tier], perMs: (CALLS_PER_MINUTE[tier] * faster) / 60_000 };
  }

  return {
    take(tier, key) {
      if (tier === 'unlimited') return undefined;
      const { burst, perMs } = sizeOf(tier);
      const atMs = now();
      const before = buckets.get(key) ?? { tokens: burst, atMs };
      const tokens = Math.min(burst, before.tokens + Math.max(0, atMs - before.atMs) * perMs);
      if (tokens < 1) {
        buckets.set(key, { tokens, atMs });
        return Math.max(1, Math.ceil((1 - tokens) / perMs / 1000));
      }
      buckets.set(key, { tokens: tokens - 1, atMs });
      return undefined;
    },
  };
}
