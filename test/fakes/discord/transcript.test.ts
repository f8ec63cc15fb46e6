// What people see of messages at the Discord of tests, and whom they ping.
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
const button = (label: string, id = label) => ({ type: 2, style: 1, label, custom_id: id });

describe('what people see', () => {
  it('shows embeds, code, files and buttons', async () => {
    const files = [{ name: 'log.txt', data: Buffer.from('12345'), contentType: 'text/plain' }];
    const body = {
      content: 'ready\n```\nssh mybox@box\n```',
      embeds: [{ title: 'mybox', fields: [{ name: 'cpu', value: '2' }] }],
      components: [{ type: 1, components: [button('Stop'), button('Log')] }],
      attachments: [{ id: 0, filename: 'log.txt' }],
    };
    await rest.post(Routes.channelMessages(dev), { body, files });
    expect(discord.transcript('#dev')).toBe(
      [
        '#dev',
        '14:00 Shellbox  ready',
        '                ┌code┐ ssh mybox@box',
        '                │ mybox',
        '                │ cpu: 2',
        '                [file log.txt, 5 bytes]',
        '                [Stop] [Log]',
      ].join('\n'),
    );
  });

  it('keeps every revision with its time', async () => {
    const { id } = await post({ content: 'a' });
    nowMs += 1000;
    await rest.patch(Routes.channelMessage(dev, id), { body: { content: 'b' } });
    const [message] = discord.messages('#dev');
    expect(message?.revisions.map(({ content, atMs }) => [content, nowMs - atMs])).toEqual([
      ['a', 1000],
      ['b', 0],
    ]);
  });

  it.each([
    ['nobody where mentions are not allowed', { allowed_mentions: { parse: [] } }, []],
    ['everybody by default', {}, ['@everyone', '@here', 'ana']],
    ['the people who are named', { allowed_mentions: { parse: ['users'] } }, ['ana']],
  ])('pings %s', async (_whom, more, expected) => {
    const ana = discord.user('ana');
    await post({ content: `@everyone \\<@1> \`@everyone\` @here <@${ana.id}>`, ...more });
    expect(discord.notifications.map(({ target }) => (target === ana.id ? 'ana' : target))).toEqual(expected);
  });
});
