// The gateway of the Discord of tests, spoken to by discord.js.
import { once } from 'node:events';
import { Events, GatewayIntentBits } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../support/eventually.ts';
import { BOT_INTENTS, openTestBot, type TestBot } from './bot.ts';
import { type FakeDiscord, openDiscord } from './discord.ts';

let discord: FakeDiscord;
const bots: TestBot[] = [];

async function bot(options?: Parameters<typeof openTestBot>[1]): Promise<TestBot> {
  const opened = await openTestBot(discord, options);
  bots.push(opened);
  return opened;
}

beforeEach(async () => {
  discord = await openDiscord();
  discord.addChannel('dev');
});
afterEach(async () => {
  await Promise.all(bots.splice(0).map((one) => one.close()));
  expect(discord.ownFaults()).toEqual([]);
  await discord.close();
});

describe('logging in', () => {
  it('greets a bot with its name, its server and the channels there', async () => {
    const { client } = await bot();
    expect(client.user.username).toBe('Shellbox');
    expect(client.channels.cache.map((channel) => channel.id)).toContain(discord.channel('#dev').id);
    expect(discord.gateway.connections()).toBe(1);
  });

  it('refuses a wrong token over HTTP and over the gateway', async () => {
    discord.app.revoked = true;
    await expect(bot()).rejects.toThrow(/token/i);
  });

  it('closes on a privileged intent that nobody switched on', async () => {
    await expect(bot({ intents: BOT_INTENTS | GatewayIntentBits.MessageContent })).rejects.toThrow(/intents/i);
  });

  it('gives every session every event', async () => {
    const [first, second] = [await bot(), await bot()];
    discord.user('ana').says('@Shellbox list', { channel: '#dev' });
    await eventually('both have it', () => first.messages.length === 1 && second.messages.length === 1);
    expect(discord.gateway.connections()).toBe(2);
  });
});

describe('what a bot reads', () => {
  it('has the content of messages that mention it and of direct ones, and of no others', async () => {
    const { messages } = await bot();
    const ana = discord.user('ana');
    ana.says('secret plans', { channel: '#dev' });
    ana.says('@shellbox list', { channel: '#dev' });
    ana.says('help', { channel: ana.dm });
    await eventually('three messages', () => messages.length === 3);
    expect(messages.map(({ content }) => content)).toEqual(['', `<@${discord.app.id}> list`, 'help']);
  });

  it('gets no messages without the intents for them', async () => {
    const { messages, client } = await bot({ intents: GatewayIntentBits.Guilds });
    discord.user('ana').says('@shellbox list', { channel: '#dev' });
    const made = new Promise((resolve) => client.once(Events.ChannelCreate, resolve));
    discord.addChannel('later');
    await made;
    expect(messages).toEqual([]);
  });

  it('learns of messages of other bots and of its own', async () => {
    const { messages, client } = await bot();
    discord.otherBotSays('beep', { channel: '#dev' });
    const dev = client.channels.cache.get(discord.channel('#dev').id);
    if (dev?.isSendable() !== true) throw new Error('The channel is not known.');
    await dev.send('mine');
    await eventually('two messages', () => messages.length === 2);
    expect(messages.map(({ author }) => author.bot)).toEqual([true, true]);
  });
});

describe('broken connections', () => {
  it.each(['drop', 'askToReconnect'] as const)('resumes after %s with what it missed', async (how) => {
    const { messages } = await bot();
    discord.gateway[how]();
    discord.user('ana').says('@shellbox list', { channel: '#dev' });
    await eventually('the message came', () => messages.length === 1);
    expect(discord.gateway.counts()).toMatchObject({ identified: 1, resumed: 1 });
  });

  it('begins anew where resuming is refused', async () => {
    const { client } = await bot();
    const again = new Promise((resolve) => client.once(Events.ShardReady, resolve));
    discord.gateway.refuseResume();
    await again;
    expect(discord.gateway.counts()).toMatchObject({ identified: 2, resumed: 0 });
  }, 15_000);

  it('sends what is no JSON as it is', async () => {
    const socket = new WebSocket(`${discord.origin.replace('http', 'ws')}/gateway`);
    const texts: string[] = [];
    socket.on('message', (data) => void texts.push(String(data)));
    await once(socket, 'open');
    socket.send(JSON.stringify({ op: 2, d: { token: discord.app.token, intents: 0 } }));
    await discord.gateway.connected(1, AbortSignal.timeout(5_000));
    discord.gateway.sendRaw('{"op":0,');
    await eventually('it came', () => texts.at(-1) === '{"op":0,');
    socket.close();
  });

  it('answers heartbeats', async () => {
    await discord.close();
    discord = await openDiscord({ heartbeatMs: 50 });
    await bot();
    await eventually('two heartbeats', () => discord.gateway.counts().heartbeats >= 2);
  });
});
