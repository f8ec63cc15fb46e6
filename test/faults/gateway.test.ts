// The process that holds Discord's gateway is killed: within 15 s another one hears what people say.
import { expect, test } from 'vitest';
import { GATEWAY_LEASE } from '../../src/bots/discord/gateway.ts';
import { openDiscord } from '../fakes/discord/discord.ts';
import { eventually } from '../support/eventually.ts';
import { openLaboratory } from './laboratory.ts';

const TAKE_OVER_MS = 15_000;
const STORY_MS = 60_000;

test('a killed holder of the gateway is followed within 15 s, and the next command is done', {
  timeout: 120_000,
}, async () => {
  const discord = await openDiscord({ messagesPerWindow: 50 });
  const ana = discord.user('ana');
  discord.addChannel('dev');
  const lab = await openLaboratory(1, 'none', { discord, gatewayLeaseMs: TAKE_OVER_MS });
  try {
    await lab.launch('bots');
    await Promise.all([lab.launch('bots'), lab.launch('worker')]);
    const [lease] = await lab.sql<{ holder: string }>('SELECT holder FROM leases WHERE name = $1', [GATEWAY_LEASE]);
    const holder = lab.members().find((member) => member.holder === lease?.holder);
    holder?.kill('SIGKILL');
    await holder?.gone;
    expect(discord.gateway.counts().identified).toBe(1);
    await discord.gateway.connected(1, AbortSignal.timeout(TAKE_OVER_MS));
    expect(discord.gateway.counts().identified).toBe(2);
    expect(await ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' }).acknowledged()).toMatchObject({ ok: true });
    await eventually('the final', () => discord.transcript('#dev').includes('mybox is ready'), STORY_MS);
  } finally {
    await lab.close();
    await discord.close();
  }
});
