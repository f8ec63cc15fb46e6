// The Discord door when answers are late, the token is refused, ways are closed, and what arrives is forged.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutgoingMessage } from '../../../src/bots/door.ts';
import type { Arrival } from '../../../src/threads/arrival.ts';
import { type MessageBody, say } from '../../../src/threads/reply.ts';
import { createFakeIntake, type FakeIntake, messageTo } from '../../fakes/intake.ts';
import { eventually } from '../../support/eventually.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';
import { openServer } from './open-door.ts';

const LEASE_MS = 1_000;
const ANSWER_DEADLINE_MS = 400;
const GATE_MS = 10_000;
const ROWS = ['0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c'] as const;
const CALLBACK = 'POST /interactions/{interaction_id}/{interaction_token}/callback';
const LIGHT: MessageBody = {
  kind: 'light',
  light: { box: 'mybox', owner: 'ana', state: 'running', since: '2026-11-21T10:00:00Z' },
};

let store: TestStore;
let intake: FakeIntake;
let space: Awaited<ReturnType<typeof openServer>>;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  intake = createFakeIntake();
  const discord = { answerDeadlineMs: ANSWER_DEADLINE_MS };
  space = await openServer(intake, store.db, { gatewayLeaseMs: LEASE_MS, discord });
  intake.speakThrough(space.door);
});
afterEach(async () => {
  await space.close();
  expect(space.discord.faults()).toEqual([]);
  expect(space.discord.notifications).toEqual([]);
});

const arrivedAs = (count: number): Promise<Arrival> => eventually('an arrival', () => intake.arrivals[count - 1]);
const seenBy = (who: typeof space.ana, channel: string, part: string) =>
  eventually(`${who.name} sees ${part}`, () => who.sees(channel).includes(part), GATE_MS);

function send(arrival: Arrival, body: MessageBody, more: Partial<OutgoingMessage> = {}) {
  const kind = body.kind === 'light' ? 'light' : 'final';
  const id = body.kind === 'light' ? ROWS[0] : ROWS[1];
  return space.door.send(
    { ...messageTo(arrival, { kind, id, revision: 1, body }), ...more },
    AbortSignal.timeout(GATE_MS),
  );
}
const final = (text: string): MessageBody => ({ kind: 'reply', reply: say(text) });

async function lit(): Promise<{ arrival: Arrival; thread: string }> {
  space.ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
  const arrival = await arrivedAs(1);
  const result = await send(arrival, LIGHT);
  if (result.kind !== 'sent' || result.place === undefined) throw new Error('no thread was begun');
  const { key, address } = result.place;
  return { arrival: { ...arrival, thread: { ...arrival.thread, address } }, thread: key };
}

describe('an interaction that is not answered in time', () => {
  test('because it was written down too late, is worked on all the same, and answered by direct message', async () => {
    const written = Promise.withResolvers<void>();
    const { accept } = intake;
    intake.accept = async (arrival) => {
      await written.promise;
      return accept(arrival);
    };
    intake.answer = async (conversation) => {
      await send(conversation.arrival, final('better late'), { visibility: 'private' });
    };
    const act = space.ana.runs('list', {}, { channel: '#dev' });
    expect(await act.acknowledged()).toMatchObject({ ok: false });
    written.resolve();
    await seenBy(space.ana, space.ana.dm, 'better late');
    expect(space.discord.calls(CALLBACK).map(({ outcome }) => outcome)).toEqual(['404 10062']);
  });

  test('because the answer got lost on its way, is worked on all the same', async () => {
    intake.answer = async (conversation) => {
      await send(conversation.arrival, final('found a way'), { visibility: 'private' });
    };
    space.discord.failNext(CALLBACK, { kind: 'hang' });
    expect(await space.ana.runs('list', {}, { channel: '#dev' }).acknowledged()).toMatchObject({ ok: false });
    await seenBy(space.ana, space.ana.dm, 'found a way');
  });

  test('but was all the same, as a lost sign of that tells, is answered once in its place', async () => {
    intake.answer = async (conversation) => {
      await send(conversation.arrival, final('once'), { visibility: 'private' });
    };
    space.discord.failNext(CALLBACK, { kind: 'lost' });
    const act = space.ana.runs('list', {}, { channel: '#dev' });
    expect(await act.acknowledged()).toMatchObject({ ok: true });
    await eventually('the answer', () => act.shown(space.ana.id).includes('once'));
    expect(act.shown(space.ana.id).split('once')).toHaveLength(2);
  });
});

describe('a token that is refused', () => {
  test('has what is to be said kept, with the reason', async () => {
    const { arrival } = await lit();
    space.discord.app.revoked = true;
    expect(await send(arrival, final('x'))).toEqual({ kind: 'keep', reason: 'Discord refuses our token' });
  });

  test('is tried again, and the gateway is there once it is taken', async () => {
    space.discord.app.revoked = true;
    space.discord.gateway.drop();
    await eventually(
      'a refused try',
      () => space.discord.calls('GET /gateway/bot').some(({ outcome }) => outcome === '401'),
      30_000,
    );
    space.discord.app.revoked = false;
    await space.discord.gateway.connected(1, AbortSignal.timeout(30_000));
    space.ana.says('list', { channel: space.ana.dm });
    expect((await arrivedAs(1)).text).toBe('list');
  });
});

describe('a place that takes nothing has the answer come by direct message', () => {
  const CLOSINGS: Readonly<Record<string, (thread: string) => void>> = {
    'its channel may not be seen': () => space.discord.channel('#dev').permissions.delete('ViewChannel'),
    'its threads may not be written in': () =>
      space.discord.channel('#dev').permissions.delete('SendMessagesInThreads'),
    'its thread was deleted': (thread) => space.discord.removeChannel(thread),
    'its thread was locked': (thread) => space.discord.changeThread(thread, { archived: true, locked: true }),
  };
  test.each(Object.keys(CLOSINGS))('%s', async (name) => {
    const { arrival, thread } = await lit();
    CLOSINGS[name]?.(thread);
    const asker = { subject: space.ana.id, display: 'ana', ticket: undefined, askedAt: undefined };
    expect(await send(arrival, final('still said'), { asker })).toMatchObject({ kind: 'sent' });
    expect(space.ana.sees(space.ana.dm)).toContain('still said');
    expect(space.discord.transcript('#dev')).not.toContain('still said');
  });
});

describe('a forged', () => {
  const COMPONENT = 3;
  const MODAL = 5;
  const interaction = (type: number, data: object) => ({
    id: '1041',
    application_id: space.discord.app.id,
    token: 'forged',
    type,
    guild_id: space.discord.guildId,
    channel: { id: space.discord.channel('#dev').id, type: 0 },
    member: { user: { id: space.ben.id, username: 'ben' }, roles: [] },
    message: { id: '1040', flags: 0 },
    data,
  });
  const BUTTONS = [
    '',
    '|',
    'stop mybox',
    'x|0|stop mybox',
    `${'x'.repeat(22)}|0|`,
    `${'x'.repeat(22)}|0|list\nstop mybox`,
  ];
  test.each(BUTTONS)('button that is none of ours does nothing: %j', async (customId) => {
    space.ben.forges('INTERACTION_CREATE', interaction(COMPONENT, { custom_id: customId, component_type: 2 }));
    await expectNothingBut('list');
  });

  const DIALOGS = [
    '',
    '{}',
    '["dialog"]',
    '["dialog","stop",null]',
    '["dialog","stop",{"box":{}}]',
    '["else","stop",{}]',
  ];
  test.each(DIALOGS)('dialog that is none of ours does nothing: %j', async (customId) => {
    space.ben.forges('INTERACTION_CREATE', interaction(MODAL, { custom_id: customId, components: [] }));
    await expectNothingBut('list');
  });

  test('button with a command runs as the one who sent it, whatever message it names', async () => {
    const custom_id = `${'x'.repeat(22)}|0|destroy somebody-elses --yes`;
    space.ben.forges('INTERACTION_CREATE', interaction(COMPONENT, { custom_id, component_type: 2 }));
    const arrival = await arrivedAs(1);
    expect(arrival).toMatchObject({ text: 'destroy somebody-elses --yes', speaker: { subject: space.ben.id } });
  });

  /** What comes after it was looked at after it. */
  async function expectNothingBut(line: string): Promise<void> {
    await space.ana.runs(line, {}, { channel: '#dev' }).acknowledged();
    expect((await arrivedAs(1)).text).toBe(line);
    expect(intake.arrivals).toHaveLength(1);
  }
});
