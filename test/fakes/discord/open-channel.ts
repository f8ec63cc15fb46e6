// A Discord of tests for each test of a file, with one channel and a bot that posts there; its clock stands.
import { type REST, Routes } from 'discord.js';
import { afterEach, beforeEach, expect } from 'vitest';
import { z } from 'zod';
import { restFor } from './bot.ts';
import { type FakeDiscord, openDiscord } from './discord.ts';

const madeSchema = z.looseObject({ id: z.string(), nonce: z.string().optional() });

export interface Channel {
  discord: FakeDiscord;
  rest: REST;
  /** The id of `#dev`. */
  dev: string;
  /** What the clock shows; may be set. */
  nowMs: number;
  /** Into `#dev` unless another channel is given. */
  post(body: object, channel?: string): Promise<z.infer<typeof madeSchema>>;
}

/** Filled anew before each test; the platform must have found no fault of its own after it. */
export function channelForEachTest(): Channel {
  const all = {
    nowMs: 0,
    post: async (body: object, channel = all.dev) =>
      madeSchema.parse(await all.rest.post(Routes.channelMessages(channel), { body })),
  } as Channel;
  beforeEach(async () => {
    all.nowMs = Date.UTC(2026, 10, 21, 14, 0);
    all.discord = await openDiscord({ now: () => all.nowMs });
    all.rest = restFor(all.discord);
    all.dev = all.discord.addChannel('dev').id;
  });
  afterEach(async () => {
    expect(all.discord.ownFaults()).toEqual([]);
    await all.discord.close();
  });
  return all;
}

export const button = (label: string, id = label) => ({ type: 2, style: 1, label, custom_id: id });
