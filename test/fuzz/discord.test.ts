// What comes over Discord’s gateway, changed at any place, and texts that are no payload, before a whole house: nobody is hurt.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GatewayEvent } from '../fakes/discord/gateway.ts';
import { type DiscordHouse, openDiscordHouse } from '../support/discord-house.ts';
import { eventually } from '../support/eventually.ts';
import { ACTING, type Change, change, changed, nastyText } from './nasty.ts';
import { tryAll, within } from './tries.ts';

/** Below the number that the real events have: what is sent beside them takes none of theirs away. */
const NO_SEQUENCE = 1;
const CONNECT_MS = 20_000;

let all: DiscordHouse;
let events: GatewayEvent[];
beforeAll(async () => {
  all = await openDiscordHouse();
  events = await recorded(all);
});
afterAll(() => all.close());

/** One of each thing that happens, as the Discord of tests tells it. */
async function recorded({ discord, ana, sees }: DiscordHouse): Promise<GatewayEvent[]> {
  const seen: GatewayEvent[] = [];
  const { dispatch } = discord.gateway;
  Object.assign(discord.gateway, {
    dispatch(event: GatewayEvent) {
      seen.push(event);
      dispatch(event);
    },
  });
  await ana.runs('more whoami', {}, { channel: '#dev' }).acknowledged();
  await ana.runs('keys', { action: 'list' }, { channel: '#dev' }).acknowledged();
  ana.says('@Shellbox list', { channel: '#dev' });
  ana.says('list', { channel: ana.dm });
  await eventually('an answer', () => ana.sees(ana.dm).includes('boxes') || undefined, CONNECT_MS);
  await sees(ana, '#dev', /whoami|You/);
  discord.addChannel('other');
  Object.assign(discord.gateway, { dispatch });
  const names = new Set(seen.map(({ name }) => name));
  expect([...names]).toEqual(expect.arrayContaining(['INTERACTION_CREATE', 'MESSAGE_CREATE', 'CHANNEL_CREATE']));
  return seen;
}

/** The door still takes what people ask, also when what came before made it connect anew. */
async function goesOn(): Promise<void> {
  const { discord, ana } = all;
  await discord.gateway.connected(1, AbortSignal.timeout(CONNECT_MS));
  await ana.runs('more version', {}, { channel: '#dev' }).acknowledged();
}

async function nobodyIsHurt(): Promise<void> {
  const { discord, house } = all;
  await goesOn();
  expect(discord.notifications).toEqual([]);
  for (const { content } of discord.messages('#dev').filter(({ authorId }) => authorId === discord.app.id))
    expect(ACTING.test(content ?? '')).toBe(false);
  expect(await house.sql('SELECT name FROM boxes')).toEqual([]);
  expect(await house.sql('SELECT id FROM accounts WHERE admin OR suspended_at IS NOT NULL')).toEqual([]);
}

test('events changed at any place are taken or dropped, and nothing else', { timeout: within(60_000) }, async () => {
  const cases = [fc.nat(1000), fc.array(change, { minLength: 1, maxLength: 4 })] as const;
  await tryAll<[number, Change[]]>('discord', 80, [...cases], async (which, made) => {
    const { name, data } = events[which % events.length] ?? { name: '', data: {} };
    all.discord.gateway.sendRaw(JSON.stringify({ op: 0, t: name, s: NO_SEQUENCE, d: changed(data, made) }));
    await goesOn();
  });
  await nobodyIsHurt();
});

test('texts that are no payload are dropped, or the connection is opened anew', {
  timeout: within(60_000),
}, async () => {
  const shapes = [
    nastyText,
    fc.json({ maxDepth: 3 }),
    fc
      .record({
        op: fc.integer({ min: -1, max: 20 }),
        t: fc.constantFrom(null, 'MESSAGE_CREATE', 'x'),
        d: fc.jsonValue({ maxDepth: 2 }),
        s: fc.constantFrom(null, NO_SEQUENCE, -1, 'x'),
      })
      .filter(({ op }) => op !== 7 && op !== 9)
      .map((value) => JSON.stringify(value)),
  ];
  await tryAll<[string]>('discord-texts', 60, [fc.oneof(...shapes)], async (text) => {
    all.discord.gateway.sendRaw(text);
    await goesOn();
  });
  await nobodyIsHurt();
});
