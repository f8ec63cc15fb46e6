// What must not work at the Slack door, and what must go on working when something is wrong.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSlackDoor } from '../../../src/bots/slack/slack.ts';
import { secret } from '../../../src/secret.ts';
import { type MessageBody, say } from '../../../src/threads/reply.ts';
import { createFakeIntake, type FakeIntake, messageTo } from '../../fakes/intake.ts';
import { TAMPERINGS } from '../../fakes/slack/signing.ts';
import { openSlack } from '../../fakes/slack/slack.ts';
import { eventually } from '../../support/eventually.ts';
import { openSlackDoor, openWorkspace, silent } from './open-door.ts';

let intake: FakeIntake;
let space: Awaited<ReturnType<typeof openWorkspace>>;
beforeEach(async () => {
  intake = createFakeIntake();
  space = await openWorkspace(intake);
});
afterEach(() => space.close());

const body = (text: string): MessageBody => ({ kind: 'reply', reply: say(text) });
async function arrived() {
  await space.slack.idle();
  const [arrival] = intake.arrivals;
  if (arrival === undefined) throw new Error('Nothing arrived.');
  return arrival;
}
const signal = () => AbortSignal.timeout(10_000);

describe('a request that is not from Slack', () => {
  test.each(TAMPERINGS)('is answered with 401 and written down nowhere: %s', async (tampering) => {
    const act = space.ana.types('/shellbox spinup mybox', { channel: '#dev', tampering });
    expect(await act.acknowledged()).toMatchObject({ ok: false, status: 401 });
    expect(intake.arrivals).toEqual([]);
  });

  test.each([
    ['no signature', { 'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)) }],
    ['no time', { 'x-slack-signature': `v0=${'0'.repeat(64)}` }],
    ['an old time', { 'x-slack-signature': `v0=${'0'.repeat(64)}`, 'x-slack-request-timestamp': '1500000000' }],
  ])('is answered before its body has come, with %s', async (_, headers) => {
    const never = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('the first of many')) });
    const answer = await fetch(space.url, { method: 'POST', headers, body: never, duplex: 'half' });
    expect(answer.status).toBe(401);
  });
});

describe('what makes no sense', () => {
  test.each([
    ['slash_commands', { command: '/shellbox', text: 'list', team_id: 'T0000ACME', channel_id: 'C1' }],
    ['events_api', { type: 'event_callback', team_id: 'T0000ACME', event: { type: 'app_mention', text: 7 } }],
    ['events_api', { type: 'event_callback', event: null }],
    ['interactive', { type: 'block_actions', actions: [{ type: 'button', action_id: 'run:1:1', value: 'list' }] }],
    ['interactive', { type: 'shortcut', callback_id: 'x' }],
    ['interactive', []],
  ] as const)('does nothing, and the door goes on: %s %j', async (kind, payload) => {
    await space.ana.forges(kind, payload as Record<string, unknown>).acknowledged();
    expect(intake.arrivals).toEqual([]);
    await space.ana.types('/shellbox list', { channel: '#dev' }).acknowledged();
    expect(intake.arrivals).toHaveLength(1);
  });

  test('a button that is none of ours is acknowledged and does nothing', async () => {
    const click = {
      type: 'block_actions',
      user: { id: space.ana.id, team_id: 'T0000ACME', username: 'ana' },
      team: { id: 'T0000ACME', domain: 'acme' },
      trigger_id: '1.2.3',
      container: { type: 'message', channel_id: 'C1', message_ts: '1.1' },
      actions: [{ type: 'overflow', action_id: 'unknown', selected_option: { value: 'destroy mybox --yes' } }],
    };
    expect(await space.ana.forges('interactive', click).acknowledged()).toMatchObject({ ok: true });
    expect(intake.arrivals).toEqual([]);
  });

  test('a dialog that comes back changed runs nothing', async () => {
    const submission = {
      type: 'view_submission',
      user: { id: space.ana.id, team_id: 'T0000ACME', username: 'ana' },
      team: { id: 'T0000ACME', domain: 'acme' },
      trigger_id: '1.2.3',
      view: { id: 'V1', callback_id: 'dialog', private_metadata: '{"command":"destroy"}', state: { values: {} } },
    };
    expect(await space.ana.forges('interactive', submission).acknowledged()).toMatchObject({ ok: false });
    expect(intake.arrivals).toEqual([]);
  });
});

test('who speaks is the user of their own team, in the zone they live by, and somebody of another one is a guest', async () => {
  const zoe = space.slack.user('zoe', { teamId: 'T0OTHER01' });
  space.slack.addChannel('shared');
  await zoe.says('@shellbox list', { channel: '#shared' }).acknowledged();
  expect((await arrived()).speaker).toEqual({
    door: 'slack',
    tenant: 'T0OTHER01',
    subject: zoe.id,
    display: 'zoe',
    guest: true,
    timeZone: 'Europe/Berlin',
  });
});

test('a mention that also comes as a message is one arrival', async () => {
  space.slack.app.events.add('message.channels');
  await space.ana.says('@shellbox list', { channel: '#dev' }).acknowledged();
  await space.slack.idle();
  expect(new Set(intake.arrivals.map((arrival) => arrival.deliveryId)).size).toBe(1);
  expect(intake.arrivals).toHaveLength(1);
});

test('what people typed is read as they typed it', async () => {
  await space.ana.says('@shellbox keys add ssh-ed25519 AAAA <ana> & co', { channel: '#dev' }).acknowledged();
  expect((await arrived()).text.trim()).toBe('keys add ssh-ed25519 AAAA <ana> & co');
});

test('nothing in an answer notifies anybody, and all of it is shown as it is', async () => {
  await space.ana.says('@shellbox logs', { channel: '#dev' }).acknowledged();
  const nasty = '<!channel> <@U000000002> @here `x` *b* _i_ & <http://evil|click>';
  const block = { kind: 'code', text: nasty } as const;
  const message = messageTo(await arrived(), {
    kind: 'final',
    id: 'm-1',
    revision: 1,
    body: { kind: 'reply', reply: say(nasty, block, { kind: 'table', head: [nasty], rows: [[nasty]] }) },
  });
  await space.door.send(message, signal());
  expect(space.slack.notifications.list()).toEqual([]);
  expect(space.ana.sees('#dev').split(nasty).length - 1).toBeGreaterThanOrEqual(4);
});

test('an answer longer than Slack takes is shortened where it is longest, and keeps its buttons', async () => {
  await space.ana.says('@shellbox logs', { channel: '#dev' }).acknowledged();
  const actions = { kind: 'actions', actions: [{ label: 'Log', command: 'logs' }] } as const;
  const long = say('The log:', { kind: 'code', text: '€'.repeat(60_000) }, actions);
  const message = messageTo(await arrived(), {
    kind: 'final',
    id: 'm-1',
    revision: 1,
    body: { kind: 'reply', reply: long },
  });
  expect(await space.door.send(message, signal())).toMatchObject({ kind: 'sent' });
  expect(space.ana.sees('#dev')).toContain('The log:');
  expect(space.ana.sees('#dev')).toContain('…');
  expect(space.ana.sees('#dev')).toContain('[Log]');
});

test('with a revoked token what is to be said is kept, with the reason', async () => {
  await space.ana.says('@shellbox list', { channel: '#dev' }).acknowledged();
  const arrival = await arrived();
  space.slack.app.revoked = true;
  const message = messageTo(arrival, { kind: 'final', id: 'm-1', revision: 1, body: body('done') });
  expect(await space.door.send(message, signal())).toEqual({
    kind: 'keep',
    reason: expect.stringContaining('token_revoked'),
  });
});

test('a failure of Slack is no refusal: the send is tried again', async () => {
  await space.ana.says('@shellbox list', { channel: '#dev' }).acknowledged();
  const message = messageTo(await arrived(), { kind: 'final', id: 'm-1', revision: 1, body: body('done') });
  for (const fault of [
    { kind: 'status', status: 500 },
    { kind: 'refuse', code: 'fatal_error' },
  ] as const) {
    space.slack.failNext('chat.postMessage', fault);
    await expect(space.door.send(message, signal())).rejects.not.toMatchObject({ code: 'rate_limited' });
  }
  expect(await space.door.send(message, signal())).toMatchObject({ kind: 'sent' });
});

test('progress is a card of steps, and lines where the workspace has no such cards', async () => {
  const act = space.ana.says('@shellbox spinup', { channel: '#dev' });
  await act.acknowledged();
  const arrival = await arrived();
  const lines = [
    { label: 'home volume', state: 'done', tookMs: 100 },
    { label: 'box', state: 'working' },
  ] as const;
  const progress = (id: string) =>
    messageTo(arrival, {
      kind: 'progress',
      id,
      revision: 1,
      body: { kind: 'progress', progress: { title: 'Making mybox', lines } },
    });
  const blocksOfNewest = () =>
    space.slack
      .messages('#dev')
      .at(-1)
      ?.blocks.map(({ type }) => type);
  await space.door.send(progress('m-1'), signal());
  expect(blocksOfNewest()).toEqual(['plan']);
  expect(act.shown(space.ana.id)).toContain('▾ Making mybox\n✓ home volume  0.1 s\n… box');
  space.slack.failNext('chat.postMessage', { kind: 'refuse', code: 'invalid_blocks' });
  for (const id of ['m-2', 'm-3']) {
    expect(await space.door.send(progress(id), signal())).toMatchObject({ kind: 'sent' });
    expect(blocksOfNewest()).toEqual(['rich_text']);
  }
  expect(space.slack.calls('chat.postMessage')).toHaveLength(4);
});

test('where the message it answers is gone, the answer comes in private, and nothing is left in the channel', async () => {
  const act = space.ana.says('@shellbox list', { channel: '#dev' });
  await act.acknowledged();
  const arrival = await arrived();
  if (act.message !== undefined) space.ana.deletes(act.message);
  const send = (kind: 'final' | 'notice') =>
    space.door.send(messageTo(arrival, { kind, id: kind, revision: 1, body: body('done') }), signal());
  expect(await send('final')).toMatchObject({ kind: 'sent' });
  const left = space.slack.messages('#dev').filter((message) => message.bot !== undefined && !message.deleted);
  expect(left.map((message) => message.onlyFor)).toEqual([space.ana.id]);
  expect(left[0]?.text).toContain('done');
});

test('a message that somebody deleted is edited no more, and nobody waits for it', async () => {
  await space.ana.says('@shellbox spinup', { channel: '#dev' }).acknowledged();
  const arrival = await arrived();
  const message = messageTo(arrival, { kind: 'final', id: 'm-1', revision: 1, body: body('done') });
  const sent = await space.door.send(message, signal());
  if (sent.kind !== 'sent') throw new Error('It was not sent.');
  space.slack.channel('#dev').messages.splice(0);
  const again = { ...message, platformId: sent.platformId, revision: 2 };
  expect(await space.door.send(again, signal())).toMatchObject({ kind: 'sent', platformId: sent.platformId });
});

test('a dialog that Slack is slow to open does not cost the acknowledgement', async () => {
  space.slack.failNext('views.open', { kind: 'hang' });
  expect(await space.ana.types('/shellbox spinup', { channel: '#dev' }).acknowledged()).toMatchObject({ ok: true });
  expect((await arrived()).text).toBe('spinup');
});

describe('in Socket Mode', () => {
  let socket: Awaited<ReturnType<typeof openWorkspace>>;
  let heard: FakeIntake;
  beforeEach(async () => {
    heard = createFakeIntake();
    socket = await openWorkspace(heard, { mode: 'socket' });
  });
  afterEach(() => socket.close());
  /** What is said while there is no connection reaches nobody; people say it again. */
  const goesOn = () =>
    eventually(
      'an arrival',
      async () => {
        const before = heard.arrivals.length;
        await socket.slack.socket.connected(1, AbortSignal.timeout(20_000));
        await socket.ana.says('@shellbox whoami', { channel: '#dev' }).acknowledged();
        return heard.arrivals.length > before || undefined;
      },
      30_000,
    );

  test('a connection that ends before the acknowledgement is opened again, and nothing else ends', async () => {
    const { accept } = heard;
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    heard.accept = async (arrival) => {
      begun.resolve();
      await gate.promise;
      return accept(arrival);
    };
    socket.ana.says('@shellbox list', { channel: '#dev' });
    await begun.promise;
    socket.slack.socket.refresh();
    gate.resolve();
    heard.accept = accept;
    await goesOn();
  });

  test.each([{ kind: 'refuse', code: 'invalid_auth' }, { kind: 'status', status: 503 }, { kind: 'lost' }] as const)(
    'a connection that cannot be opened again at once is tried for until it can: %o',
    async (fault) => {
      socket.slack.failNext('apps.connections.open', fault);
      socket.slack.socket.drop();
      await goesOn();
    },
  );

  test('an envelope with nothing in it is dropped', async () => {
    socket.ana.forges('events_api', { type: 'event_callback' });
    await goesOn();
  });
});

test('without a good token the door does not open, and says what to do', async () => {
  const slack = await openSlack();
  try {
    slack.app.revoked = true;
    await expect(openSlackDoor(slack, intake)).rejects.toMatchObject({
      code: 'token_refused',
      remedy: expect.stringContaining('SLACK_BOT_TOKEN'),
    });
  } finally {
    await slack.close();
  }
});

test('without a good token of the app Socket Mode does not open, and says what to do', async () => {
  const slack = await openSlack({ socketMode: true });
  try {
    const door = createSlackDoor({
      botToken: secret(slack.app.botToken),
      signingSecret: undefined,
      appToken: secret('xapp-wrong'),
      apiUrl: slack.apiUrl,
      house: { forms: { commands: [], write: () => '', dialogFor: () => undefined }, boxesOf: async () => [] },
      now: () => new Date(),
      logger: silent,
    });
    await expect(door.open(intake)).rejects.toMatchObject({
      code: 'token_refused',
      remedy: expect.stringContaining('SLACK_APP_TOKEN'),
    });
    await door.close();
  } finally {
    await slack.close();
  }
});

test('a Slack that is away when the door opens keeps nobody from the other doors, and is entered later', async () => {
  const slack = await openSlack({ postBurst: 20 });
  slack.failNext('auth.test', { kind: 'status', status: 503 });
  const other = await openSlackDoor(slack, intake);
  try {
    slack.deliverTo([other.url ?? '']);
    slack.addChannel('late', { members: [slack.user('eva')] });
    await eventually(
      'an acknowledgement',
      async () =>
        (await slack.user('eva').types('/shellbox list', { channel: '#late' }).acknowledged()).ok || undefined,
    );
    expect(intake.arrivals).toHaveLength(1);
  } finally {
    await other.close();
    await slack.close();
  }
});

test('in Socket Mode an envelope that could not be written down is not acknowledged, and Slack sends it again', async () => {
  let away = true;
  const sockets = createFakeIntake();
  const accept = sockets.accept;
  sockets.accept = (arrival) => (away ? Promise.reject(new Error('the database is away')) : accept(arrival));
  const other = await openWorkspace(sockets, { mode: 'socket', slack: { ackDeadlineMs: 300, retries: 'stepwise' } });
  try {
    const act = other.ana.says('@shellbox list', { channel: '#dev' });
    expect(await act.acknowledged()).toMatchObject({ ok: false });
    away = false;
    await act.retryNow();
    await eventually('the arrival', () => sockets.arrivals.length === 1 || undefined);
  } finally {
    await other.close();
  }
});
