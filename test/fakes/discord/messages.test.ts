// Messages by bot token at the Discord of tests: threads, nonces, limits, rates, faults, pings, transcripts.
import { type REST, Routes } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { restFor } from './bot.ts';
import { type FakeDiscord, openDiscord } from './discord.ts';
import { openApiFile } from './openapi.ts';

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
const button = (label: string, id = label) => ({ type: 2, style: 1, label, custom_id: id });
const long = (length: number) => 'x'.repeat(length);

describe('limits', () => {
  it.each([
    ['content over 2,000 characters', { content: long(2001) }, 50_035],
    ['nothing at all', { content: '' }, 50_006],
    ['a title over 256', { embeds: [{ title: long(257) }] }, 50_035],
    ['a description over 4,096', { embeds: [{ description: long(4097) }] }, 50_035],
    ['embeds over 6,000 together', { embeds: [{ description: long(4000) }, { description: long(2001) }] }, 50_035],
    ['26 fields', { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'a', value: 'b' })) }] }, 50_035],
    ['11 embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 'a' })) }, 50_035],
    [
      '6 rows',
      { content: 'a', components: Array.from({ length: 6 }, (_, n) => ({ type: 1, components: [button(`${n}`)] })) },
      50_035,
    ],
    [
      '6 buttons in a row',
      { content: 'a', components: [{ type: 1, components: [...'abcdef'].map((l) => button(l)) }] },
      50_035,
    ],
    [
      'two buttons of one id',
      { content: 'a', components: [{ type: 1, components: [button('a', 'x'), button('b', 'x')] }] },
      50_035,
    ],
    ['a label over 80', { content: 'a', components: [{ type: 1, components: [button(long(81), 'x')] }] }, 50_035],
    ['a custom id over 100', { content: 'a', components: [{ type: 1, components: [button('a', long(101))] }] }, 50_035],
    ['a nonce over 25', { content: 'a', nonce: long(26) }, 50_035],
  ])('refuse %s', async (_what, body, code) => {
    await expect(post(body)).rejects.toMatchObject({ code });
    expect(discord.faults()).toHaveLength(1);
    expect(discord.messages('#dev')).toEqual([]);
  });

  it('let through what just fits, emoji counted once', async () => {
    await post({ content: '🙂'.repeat(2000), embeds: [{ title: long(256), description: long(4096) }] });
    expect(discord.faults()).toEqual([]);
  });

  it.skipIf(openApiFile() === undefined)(
    "hold bodies against Discord's own description (needs the contract data)",
    async () => {
      expect(discord.validated).toBe(true);
      await expect(
        post({ content: 'a', components: [{ type: 1, components: [{ type: 2, label: 'no style', custom_id: 'x' }] }] }),
      ).rejects.toMatchObject({ code: 50_035 });
      expect(discord.faults()).toHaveLength(1);
    },
  );
});

describe('nonces', () => {
  it('make one message however often it is sent within minutes, and a second one later', async () => {
    const body = { content: 'a', nonce: 'row-1', enforce_nonce: true };
    const [first, again] = [await post(body), await post(body)];
    expect(again).toMatchObject({ id: first.id, nonce: 'row-1' });
    nowMs += 10 * 60_000;
    expect((await post(body)).id).not.toBe(first.id);
    expect(discord.messages('#dev')).toHaveLength(2);
  });

  it('make two messages where they are not enforced', async () => {
    const body = { content: 'a', nonce: 'row-1' };
    expect((await post(body)).id).not.toBe((await post(body)).id);
  });

  it('are not told when messages are read, but custom ids are', async () => {
    await post({ content: 'a', nonce: 'row-1', components: [{ type: 1, components: [button('Log', 'row-1|log')] }] });
    const [read] = z.array(z.looseObject({ id: z.string() })).parse(await rest.get(Routes.channelMessages(dev)));
    expect(read).not.toHaveProperty('nonce');
    expect(JSON.stringify(read)).toContain('row-1|log');
  });
});

describe('threads', () => {
  it('are begun from a message once, and have their messages below it', async () => {
    const root = await post({ content: 'mybox' });
    const made = await rest.post(Routes.threads(dev, root.id), { body: { name: 'mybox' } });
    expect(made).toMatchObject({ id: root.id, type: 11, parent_id: dev });
    await post({ content: 'ready' }, root.id);
    await expect(rest.post(Routes.threads(dev, root.id), { body: { name: 'b' } })).rejects.toMatchObject({
      code: 160_004,
    });
    expect(discord.transcript('#dev')).toBe(
      ['#dev', '14:00 Shellbox  mybox', '└ thread "mybox"', '└ 14:00 Shellbox  ready'].join('\n'),
    );
  });

  it('refuse edits while they are archived, and posts when they are locked too', async () => {
    const root = await post({ content: 'mybox' });
    await rest.post(Routes.threads(dev, root.id), { body: { name: 'mybox' } });
    const { id } = await post({ content: 'ready' }, root.id);
    discord.changeThread(root.id, { archived: true });
    await expect(rest.patch(Routes.channelMessage(root.id, id), { body: { content: 'b' } })).rejects.toMatchObject({
      code: 50_083,
    });
    await post({ content: 'wakes it' }, root.id);
    await rest.patch(Routes.channelMessage(root.id, id), { body: { content: 'b' } });
    discord.changeThread(root.id, { archived: true, locked: true });
    await expect(post({ content: 'c' }, root.id)).rejects.toMatchObject({ code: 50_083 });
  });

  it('are no place for direct messages or other threads', async () => {
    const ana = discord.user('ana');
    await rest.post(Routes.userChannels(), { body: { recipient_id: ana.id } });
    const { id } = await post({ content: 'hello' }, ana.dm);
    await expect(rest.post(Routes.threads(ana.dm, id), { body: { name: 'a' } })).rejects.toMatchObject({
      code: 50_024,
    });
  });
});

describe('refusals', () => {
  it.each([
    ['a channel that is gone', () => discord.removeChannel('#dev'), 10_003],
    ['a channel that it may not see', () => discord.channel('#dev').permissions.clear(), 50_001],
    ['a channel in which it may not write', () => discord.channel('#dev').permissions.delete('SendMessages'), 50_013],
    [
      'a token that is no longer good',
      () => {
        discord.app.revoked = true;
      },
      0,
    ],
  ])('come for %s', async (_what, change, code) => {
    change();
    await expect(post({ content: 'a' })).rejects.toMatchObject({ code });
    expect(discord.faults()).toEqual([]);
  });

  it('come for people who take no messages, and for messages of others', async () => {
    const ana = discord.user('ana');
    ana.takesMessages(false);
    await expect(post({ content: 'a' }, ana.dm)).rejects.toMatchObject({ code: 50_007 });
    const { message } = ana.says('mine', { channel: '#dev' });
    const edit = rest.patch(Routes.channelMessage(dev, message?.id ?? ''), { body: { content: 'b' } });
    await expect(edit).rejects.toMatchObject({ code: 50_005 });
    await expect(rest.patch(Routes.channelMessage(dev, '1'), { body: { content: 'b' } })).rejects.toMatchObject({
      code: 10_008,
    });
  });
});
