// Rate limits and planned faults of the Discord of tests.
import { Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { channelForEachTest } from './open-channel.ts';

const on = channelForEachTest();

describe('trouble', () => {
  const ROUTE = 'POST /channels/{channel_id}/messages';

  it('limits posts to five in five seconds and channel, and says how long to wait', async () => {
    for (let n = 0; n < 5; n++) await on.post({ content: `${n}` });
    // Another client, which has not counted along.
    const answer = await fetch(`${on.discord.apiUrl}/v10${Routes.channelMessages(on.dev)}`, {
      method: 'POST',
      headers: { authorization: `Bot ${on.discord.app.token}`, 'content-type': 'application/json' },
      body: '{"content":"6"}',
    });
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject({ retry_after: 5, global: false });
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(on.discord.messages('#dev')).toHaveLength(5);
  });

  it.each([
    ['status', { kind: 'status', status: 500 }, 0],
    ['lost', { kind: 'lost' }, 1],
    ['wait', { kind: 'wait', seconds: 2 }, 0],
  ] as const)('fails once by plan: %s', async (_name, fault, made) => {
    const planned = on.discord.failNext(ROUTE, fault);
    await expect(on.post({ content: 'a' })).rejects.toThrow();
    await planned.met;
    expect(on.discord.messages('#dev')).toHaveLength(made);
    expect(on.discord.calls(ROUTE)).toHaveLength(1);
  });

  it.each([
    ['hang', 0],
    ['taken', 1],
  ] as const)('leaves a caller without an answer: %s', async (kind, made) => {
    const planned = on.discord.failNext(ROUTE, { kind });
    const gaveUp = new AbortController();
    const call = on.rest.post(Routes.channelMessages(on.dev), { body: { content: 'a' }, signal: gaveUp.signal });
    await planned.met;
    gaveUp.abort();
    await expect(call).rejects.toThrow();
    expect(on.discord.messages('#dev')).toHaveLength(made);
  });
});
