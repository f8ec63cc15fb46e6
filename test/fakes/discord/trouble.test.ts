// Rate limits and planned faults of the Discord of tests.
import { type REST, Routes } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { restFor } from './bot.ts';
import { type FakeDiscord, openDiscord } from './discord.ts';

let discord: FakeDiscord;
let rest: REST;
let dev: string;
let nowMs = 0;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 21, 14, 0);
  discord = await openDiscord({ now: () => nowMs });
  rest = restFor(discord);
  dev = discord.addChannel('dev').id;
});
afterEach(async () => {
  expect(discord.ownFaults()).toEqual([]);
  await discord.close();
});

const madeSchema = z.looseObject({ id: z.string(), nonce: z.string().optional() });
const post = async (body: object, channel = dev) =>
  madeSchema.parse(await rest.post(Routes.channelMessages(channel), { body }));

describe('trouble', () => {
  const ROUTE = 'POST /channels/{channel_id}/messages';

  it('limits posts to five in five seconds and channel, and says how long to wait', async () => {
    for (let n = 0; n < 5; n++) await post({ content: `${n}` });
    // Another client, which has not counted along.
    const answer = await fetch(`${discord.apiUrl}/v10${Routes.channelMessages(dev)}`, {
      method: 'POST',
      headers: { authorization: `Bot ${discord.app.token}`, 'content-type': 'application/json' },
      body: '{"content":"6"}',
    });
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject({ retry_after: 5, global: false });
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(discord.messages('#dev')).toHaveLength(5);
  });

  it.each([
    ['status', { kind: 'status', status: 500 }, 0],
    ['lost', { kind: 'lost' }, 1],
    ['wait', { kind: 'wait', seconds: 2 }, 0],
  ] as const)('fails once by plan: %s', async (_name, fault, made) => {
    const planned = discord.failNext(ROUTE, fault);
    await expect(post({ content: 'a' })).rejects.toThrow();
    await planned.met;
    expect(discord.messages('#dev')).toHaveLength(made);
    expect(discord.calls(ROUTE)).toHaveLength(1);
  });

  it.each([
    ['hang', 0],
    ['taken', 1],
  ] as const)('leaves a caller without an answer: %s', async (kind, made) => {
    const planned = discord.failNext(ROUTE, { kind });
    const gaveUp = new AbortController();
    const call = rest.post(Routes.channelMessages(dev), { body: { content: 'a' }, signal: gaveUp.signal });
    await planned.met;
    gaveUp.abort();
    await expect(call).rejects.toThrow();
    expect(discord.messages('#dev')).toHaveLength(made);
  });
});
