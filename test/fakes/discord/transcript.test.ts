// What people see of messages at the Discord of tests, and whom they ping.
import { Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { button, channelForEachTest } from './open-channel.ts';

const on = channelForEachTest();

describe('what people see', () => {
  it('shows embeds, code, files and buttons', async () => {
    const files = [{ name: 'log.txt', data: Buffer.from('12345'), contentType: 'text/plain' }];
    const body = {
      content: 'ready\n```\nssh mybox@box\n```',
      embeds: [{ title: 'mybox', fields: [{ name: 'cpu', value: '2' }] }],
      components: [{ type: 1, components: [button('Stop'), button('Log')] }],
      attachments: [{ id: 0, filename: 'log.txt' }],
    };
    await on.rest.post(Routes.channelMessages(on.dev), { body, files });
    expect(on.discord.transcript('#dev')).toBe(
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
    const { id } = await on.post({ content: 'a' });
    on.nowMs += 1000;
    await on.rest.patch(Routes.channelMessage(on.dev, id), { body: { content: 'b' } });
    const [message] = on.discord.messages('#dev');
    expect(message?.revisions.map(({ content, atMs }) => [content, on.nowMs - atMs])).toEqual([
      ['a', 1000],
      ['b', 0],
    ]);
  });

  it.each([
    ['nobody where mentions are not allowed', { allowed_mentions: { parse: [] } }, []],
    ['everybody by default', {}, ['@everyone', '@here', 'ana']],
    ['the people who are named', { allowed_mentions: { parse: ['users'] } }, ['ana']],
  ])('pings %s', async (_whom, more, expected) => {
    const ana = on.discord.user('ana');
    await on.post({ content: `@everyone \\<@1> \`@everyone\` @here <@${ana.id}>`, ...more });
    expect(on.discord.notifications.map(({ target }) => (target === ana.id ? 'ana' : target))).toEqual(expected);
  });
});
