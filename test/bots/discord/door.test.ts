// What must not work at the Discord door, and what must go on working when something is wrong.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutgoingMessage } from '../../../src/bots/door.ts';
import { createLogger } from '../../../src/log.ts';
import type { Arrival } from '../../../src/threads/arrival.ts';
import { type MessageBody, say } from '../../../src/threads/reply.ts';
import { createFakeIntake, type FakeIntake, messageTo } from '../../fakes/intake.ts';
import { eventually } from '../../support/eventually.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';
import { discordDoor, openServer } from './open-door.ts';

let store: TestStore;
let intake: FakeIntake;
let space: Awaited<ReturnType<typeof openServer>>;
let nowMs: number;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
const BOXES = Array.from({ length: 30 }, (_, at) => ({
  id: `id-${at}`,
  name: `box-${at}`,
  state: at < 28 ? ('stopped' as const) : ('running' as const),
  since: new Date(),
  size: '1 vCPU',
}));
beforeEach(async () => {
  nowMs = Date.now();
  intake = createFakeIntake();
  space = await openServer(intake, store.db, {
    boxes: BOXES,
    now: () => new Date(nowMs),
    discord: { now: () => nowMs },
  });
});
afterEach(async () => {
  await space.close();
  expect(space.discord.faults()).toEqual([]);
  expect(space.discord.notifications).toEqual([]);
});

const IDS = ['0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c'] as const;
const POST = 'POST /channels/{channel_id}/messages';
const reply = (text: string): MessageBody => ({ kind: 'reply', reply: say(text) });
const LIGHT: MessageBody = {
  kind: 'light',
  light: { box: 'mybox', owner: 'ana', state: 'running', since: '2026-11-21T10:00:00Z' },
};
const arrivedAs = (count: number): Promise<Arrival> => eventually('an arrival', () => intake.arrivals[count - 1]);

function send(arrival: Arrival, body: MessageBody, more: Partial<OutgoingMessage> = {}) {
  const kind = body.kind === 'light' ? 'light' : 'final';
  const message = {
    ...messageTo(arrival, { kind, id: IDS[0], revision: 1, body }),
    visibility: 'private' as const,
    ...more,
  };
  return space.door.send(message, AbortSignal.timeout(10_000));
}
const inThread = { visibility: 'thread' } as const;

async function lit(): Promise<{ arrival: Arrival; thread: string }> {
  space.ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
  const arrival = await arrivedAs(1);
  const result = await send(arrival, LIGHT, inThread);
  if (result.kind !== 'sent' || result.place === undefined) throw new Error('no thread was begun');
  return {
    arrival: { ...arrival, thread: { ...arrival.thread, address: result.place.address } },
    thread: result.place.key,
  };
}

describe('a slash command', () => {
  test('is deferred for the asker alone, begins a thread named after the box, and points to it', async () => {
    const act = space.ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
    const arrival = await arrivedAs(1);
    expect(arrival).toMatchObject({
      tenant: '',
      text: 'spinup mybox',
      speaker: { subject: space.ana.id, display: 'ana' },
    });
    expect(arrival.speaker.groups).toContain(space.discord.guildId);
    expect(await act.acknowledged()).toMatchObject({ ok: true, type: 5, ephemeral: true });
    const result = await send(arrival, LIGHT, inThread);
    const thread = result.kind === 'sent' ? result.place?.key : undefined;
    expect(space.discord.channel(thread ?? '').name).toBe('mybox');
    expect(act.original()?.content).toContain(`<#${thread}>`);
    space.ana.says('@Shellbox stop', { channel: thread ?? '' });
    expect((await arrivedAs(2)).thread).toMatchObject({ key: thread, lane: arrival.thread.lane });
  });

  test('without what it needs opens a dialog, and its answer is the command', async () => {
    const act = space.ana.runs('spinup', {}, { channel: '#dev' });
    expect(await act.acknowledged()).toMatchObject({ ok: true, type: 9 });
    space.ana.submits({ name: 'mybox' });
    expect((await arrivedAs(1)).text).toBe('spinup mybox');
  });

  test('is offered at most 25 of the boxes in fitting states', async () => {
    const act = space.ana.autocompletes('start', { box: 'box-' }, 'box', { channel: '#dev' });
    await act.acknowledged();
    expect(act.choices()?.map(({ value }) => value)).toEqual(BOXES.slice(0, 25).map(({ name }) => name));
  });

  test('where no thread may be begun is answered in the channel', async () => {
    space.discord.addChannel('bare', ['ViewChannel', 'SendMessages', 'ReadMessageHistory', 'EmbedLinks']);
    space.ana.runs('spinup', { name: 'mybox' }, { channel: '#bare' });
    const result = await send(await arrivedAs(1), LIGHT, inThread);
    expect(result).toMatchObject({ kind: 'sent' });
    expect(result).not.toHaveProperty('place');
    expect(space.discord.transcript('#bare')).toContain('mybox');
  });
});

test('a click runs its command as the one who clicked', async () => {
  const { arrival, thread } = await lit();
  const actions = [{ label: 'Stop', command: 'stop mybox', press: { command: `stop ${IDS[1]}` } }];
  const body: MessageBody = { kind: 'reply', reply: say({ kind: 'actions', actions }) };
  await send(arrival, body, { ...inThread, id: IDS[1] });
  await space.ben.clicks({ channel: thread }, 'Stop').acknowledged();
  const click = await arrivedAs(2);
  expect(click).toMatchObject({ text: `stop ${IDS[1]}`, speaker: { subject: space.ben.id }, thread: { key: thread } });
});

describe('a message whose sending had no answer', () => {
  test.each([0, 3_600_000])('is there once, also %i ms later, when its nonce may be forgotten', async (laterMs) => {
    const { arrival, thread } = await lit();
    space.discord.failNext(POST, { kind: 'lost' });
    await expect(send(arrival, reply('done'), { ...inThread, id: IDS[1] })).rejects.toThrow();
    nowMs += laterMs;
    expect(await send(arrival, reply('done'), { ...inThread, id: IDS[1], maybeSent: true })).toMatchObject({
      kind: 'sent',
    });
    expect(space.discord.transcript(thread).split('done')).toHaveLength(2);
  });

  test('that began a thread begins it once', async () => {
    space.ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
    const arrival = await arrivedAs(1);
    const first = await send(arrival, LIGHT, inThread);
    expect(await send(arrival, LIGHT, { ...inThread, maybeSent: true })).toEqual(first);
    // Also when the thread that it began is known by then, and its nonce forgotten.
    nowMs += 3_600_000;
    const thread = first.kind === 'sent' ? first.place : undefined;
    const moved = { ...arrival, thread: { ...arrival.thread, address: thread?.address ?? {} } };
    expect(await send(moved, LIGHT, { ...inThread, maybeSent: true })).toMatchObject({
      kind: 'sent',
      platformId: first.kind === 'sent' ? first.platformId : '',
    });
    expect(space.discord.transcript('#dev').split('· ana ·')).toHaveLength(2);
  });
});

describe('a late answer', () => {
  test('goes by direct message once the interaction’s token is older than 15 minutes', async () => {
    space.ana.runs('list', {}, { channel: '#dev' });
    const arrival = await arrivedAs(1);
    const asker = { subject: space.ana.id, display: 'ana', ticket: arrival.ticket, askedAt: new Date(nowMs) };
    nowMs += 15 * 60_000;
    await send(arrival, reply('late'), { asker });
    expect(space.discord.transcript(space.ana.dm)).toContain('late');
  });

  test('to an interaction that Discord does not know any more goes by direct message', async () => {
    space.ana.runs('list', {}, { channel: '#dev' });
    const arrival = await arrivedAs(1);
    const ticket = JSON.stringify({ application: space.discord.app.id, token: 'unknown' });
    await send({ ...arrival, ticket }, reply('elsewhere'));
    expect(space.discord.transcript(space.ana.dm)).toContain('elsewhere');
  });
});

describe('a channel that takes nothing', () => {
  test('has what is said go to the asker by themselves', async () => {
    const { arrival } = await lit();
    space.discord.removeChannel('#dev');
    const asker = { subject: space.ana.id, display: 'ana', ticket: undefined, askedAt: undefined };
    expect(await send(arrival, reply('still said'), { ...inThread, id: IDS[1], asker })).toMatchObject({
      kind: 'sent',
    });
    expect(space.discord.transcript(space.ana.dm)).toContain('still said');
  });

  test('because it was put away is brought back', async () => {
    const { arrival, thread } = await lit();
    space.discord.changeThread(thread, { archived: true });
    await send(arrival, reply('back again'), { ...inThread, id: IDS[1] });
    expect(space.discord.transcript(thread)).toContain('back again');
  });

  test('keeps what also direct messages do not take', async () => {
    const { arrival } = await lit();
    space.discord.removeChannel('#dev');
    space.ana.takesMessages(false);
    const asker = { subject: space.ana.id, display: 'ana', ticket: undefined, askedAt: undefined };
    expect(await send(arrival, reply('x'), { ...inThread, id: IDS[1], asker })).toMatchObject({ kind: 'keep' });
  });
});

test('a mention is taken though Discord does not say what channel it is in', async () => {
  for (let time = 0; time < 2; time++)
    space.discord.failNext('GET /channels/{channel_id}', { kind: 'status', status: 502 });
  space.ana.says('@Shellbox list', { channel: '#dev' });
  const arrival = await arrivedAs(1);
  expect(arrival.text).toBe('list');
  expect(await send(arrival, reply('done'), inThread)).toMatchObject({ kind: 'sent' });
});

test('what Discord refuses or fails at is told without the interaction’s token and without what was to be said', async () => {
  space.ana.runs('list', {}, { channel: '#dev' });
  const arrival = await arrivedAs(1);
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', secrets: [], destination: { write: (line) => lines.push(line) } });
  const route = 'PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original';
  for (const fault of [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 400 },
    { kind: 'wait', seconds: 1 },
  ] as const) {
    space.discord.failNext(route, fault);
    const outcome = await send(arrival, reply('the code is 483112')).catch((error: unknown) => error);
    logger.warn({ error: outcome }, 'not sent');
  }
  const { token } = JSON.parse(arrival.ticket ?? '{}');
  expect(lines).toHaveLength(3);
  expect(token.length).toBeGreaterThan(10);
  expect(lines.join('')).not.toContain(token);
  expect(lines.join('')).not.toContain('483112');
});

test('@everyone, mentions and a text over 2,000 characters ping nobody and lose nothing', async () => {
  const { arrival, thread } = await lit();
  const text = `@everyone <@${space.ben.id}> ${'a line of output\n'.repeat(600)}the end`;
  expect(await send(arrival, reply(text), { ...inThread, id: IDS[1] })).toMatchObject({ kind: 'sent' });
  expect(space.discord.transcript(thread)).toContain('everyone');
  expect(space.discord.notifications).toEqual([]);
});

test('a Discord that does not answer at the start holds nothing up, and its door opens once it does', async () => {
  const other = createFakeIntake();
  const door = discordDoor(space.discord, store.db, { holder: 'late' });
  // As often as the library tries by itself, and once more.
  for (let attempt = 0; attempt < 4; attempt++)
    space.discord.failNext('GET /users/@me', { kind: 'status', status: 503 });
  await door.open(other);
  await space.door.close();
  try {
    await eventually('the gateway is its own', () => space.discord.gateway.connections() === 1 || undefined, 60_000);
    await space.ana.runs('list', {}, { channel: '#dev' }).acknowledged();
    await eventually('an arrival', () => other.arrivals.length === 1 || undefined);
  } finally {
    await door.close();
  }
});

describe('the gateway', () => {
  const MALFORMED = [
    'not json',
    'null',
    '[]',
    '{"op":9}',
    '{"op":0,"t":"READY","s":1}',
    '{"op":10}',
    '{"op":0,"t":"INTERACTION_CREATE","s":2,"d":{"type":2}}',
    '{"op":0,"t":"MESSAGE_CREATE","s":3,"d":null}',
  ];
  test.each(MALFORMED)('survives the payload %s', async (payload) => {
    space.discord.gateway.sendRaw(payload);
    await space.ana.runs('list', {}, { channel: '#dev' }).acknowledged();
    expect((await arrivedAs(1)).text).toBe('list');
  });

  test('resumes after it broke off, with what was missed', async () => {
    space.discord.gateway.drop();
    space.ana.says('list', { channel: space.ana.dm });
    expect((await arrivedAs(1)).text).toBe('list');
    expect(space.discord.gateway.counts()).toMatchObject({ identified: 1, resumed: 1 });
  });

  test('begins anew when resuming is refused', async () => {
    space.discord.gateway.refuseResume();
    space.discord.gateway.drop();
    await eventually('a new one', () => space.discord.gateway.counts().identified === 2);
    space.ana.says('list', { channel: space.ana.dm });
    expect((await arrivedAs(1)).text).toBe('list');
  });
});

test('a token that Discord does not know is said when the door is opened', async () => {
  const door = discordDoor(space.discord, store.db, { token: 'wrong-token' });
  await expect(door.open(intake)).rejects.toMatchObject({ code: 'token_refused' });
});

test('the slash command is registered only when it changed', async () => {
  const other = discordDoor(space.discord, store.db);
  await other.open(intake);
  await other.close();
  expect(space.discord.registrations()).toBe(1);
});
