// Messages by bot token at the Discord of tests: threads, nonces, limits, rates, faults, pings, transcripts.
import { Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { button, channelForEachTest } from './open-channel.ts';
import { openApiFile } from './openapi.ts';

const on = channelForEachTest();
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
    await expect(on.post(body)).rejects.toMatchObject({ code });
    expect(on.discord.faults()).toHaveLength(1);
    expect(on.discord.messages('#dev')).toEqual([]);
  });

  it('let through what just fits, emoji counted once', async () => {
    await on.post({ content: '🙂'.repeat(2000), embeds: [{ title: long(256), description: long(4096) }] });
    expect(on.discord.faults()).toEqual([]);
  });

  it.skipIf(openApiFile() === undefined)(
    "hold bodies against Discord's own description (needs the contract data)",
    async () => {
      expect(on.discord.validated).toBe(true);
      await expect(
        on.post({
          content: 'a',
          components: [{ type: 1, components: [{ type: 2, label: 'no style', custom_id: 'x' }] }],
        }),
      ).rejects.toMatchObject({ code: 50_035 });
      expect(on.discord.faults()).toHaveLength(1);
    },
  );
});

describe('nonces', () => {
  it('make one message however often it is sent within minutes, and a second one later', async () => {
    const body = { content: 'a', nonce: 'row-1', enforce_nonce: true };
    const [first, again] = [await on.post(body), await on.post(body)];
    expect(again).toMatchObject({ id: first.id, nonce: 'row-1' });
    on.nowMs += 10 * 60_000;
    expect((await on.post(body)).id).not.toBe(first.id);
    expect(on.discord.messages('#dev')).toHaveLength(2);
  });

  it('make two messages where they are not enforced', async () => {
    const body = { content: 'a', nonce: 'row-1' };
    expect((await on.post(body)).id).not.toBe((await on.post(body)).id);
  });

  it('are not told when messages are read, but custom ids are', async () => {
    await on.post({
      content: 'a',
      nonce: 'row-1',
      components: [{ type: 1, components: [button('Log', 'row-1|log')] }],
    });
    const [read] = z.array(z.looseObject({ id: z.string() })).parse(await on.rest.get(Routes.channelMessages(on.dev)));
    expect(read).not.toHaveProperty('nonce');
    expect(JSON.stringify(read)).toContain('row-1|log');
  });
});

describe('threads', () => {
  it('are begun from a message once, and have their messages below it', async () => {
    const root = await on.post({ content: 'mybox' });
    const made = await on.rest.post(Routes.threads(on.dev, root.id), { body: { name: 'mybox' } });
    expect(made).toMatchObject({ id: root.id, type: 11, parent_id: on.dev });
    await on.post({ content: 'ready' }, root.id);
    await expect(on.rest.post(Routes.threads(on.dev, root.id), { body: { name: 'b' } })).rejects.toMatchObject({
      code: 160_004,
    });
    expect(on.discord.transcript('#dev')).toBe(
      ['#dev', '14:00 Shellbox  mybox', '└ thread "mybox"', '└ 14:00 Shellbox  ready'].join('\n'),
    );
  });

  it('refuse edits while they are archived, and posts when they are locked too', async () => {
    const root = await on.post({ content: 'mybox' });
    await on.rest.post(Routes.threads(on.dev, root.id), { body: { name: 'mybox' } });
    const { id } = await on.post({ content: 'ready' }, root.id);
    on.discord.changeThread(root.id, { archived: true });
    await expect(on.rest.patch(Routes.channelMessage(root.id, id), { body: { content: 'b' } })).rejects.toMatchObject({
      code: 50_083,
    });
    await on.post({ content: 'wakes it' }, root.id);
    await on.rest.patch(Routes.channelMessage(root.id, id), { body: { content: 'b' } });
    on.discord.changeThread(root.id, { archived: true, locked: true });
    await expect(on.post({ content: 'c' }, root.id)).rejects.toMatchObject({ code: 50_083 });
  });

  it('are no place for direct messages or other threads', async () => {
    const ana = on.discord.user('ana');
    await on.rest.post(Routes.userChannels(), { body: { recipient_id: ana.id } });
    const { id } = await on.post({ content: 'hello' }, ana.dm);
    await expect(on.rest.post(Routes.threads(ana.dm, id), { body: { name: 'a' } })).rejects.toMatchObject({
      code: 50_024,
    });
  });
});

describe('refusals', () => {
  it.each([
    ['a channel that is gone', () => on.discord.removeChannel('#dev'), 10_003],
    ['a channel that it may not see', () => on.discord.channel('#dev').permissions.clear(), 50_001],
    [
      'a channel in which it may not write',
      () => on.discord.channel('#dev').permissions.delete('SendMessages'),
      50_013,
    ],
    [
      'a token that is no longer good',
      () => {
        on.discord.app.revoked = true;
      },
      0,
    ],
  ])('come for %s', async (_what, change, code) => {
    change();
    await expect(on.post({ content: 'a' })).rejects.toMatchObject({ code });
    expect(on.discord.faults()).toEqual([]);
  });

  it('come for people who take no messages, and for messages of others', async () => {
    const ana = on.discord.user('ana');
    ana.takesMessages(false);
    await expect(on.post({ content: 'a' }, ana.dm)).rejects.toMatchObject({ code: 50_007 });
    const { message } = ana.says('mine', { channel: '#dev' });
    const edit = on.rest.patch(Routes.channelMessage(on.dev, message?.id ?? ''), { body: { content: 'b' } });
    await expect(edit).rejects.toMatchObject({ code: 50_005 });
    await expect(on.rest.patch(Routes.channelMessage(on.dev, '1'), { body: { content: 'b' } })).rejects.toMatchObject({
      code: 10_008,
    });
  });
});
