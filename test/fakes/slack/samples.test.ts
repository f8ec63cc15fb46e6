// Everything that the fake sends and answers has only fields that Slack has too, by the samples of Slack's Java SDK.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Act } from './act.ts';
import { readSample, sampleFolder, unknownProperties } from './samples.ts';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf } from './web-client.ts';

const folder = sampleFolder();
/** Described in the Block Kit reference and not in the samples, or added by the client. */
const DESCRIBED_ELSEWHERE = ['blocks', 'state', 'actions', 'profile', 'response_metadata'];
/** In view_submission by the page on modals; the teams, by other samples of messages in shared channels. */
const LEFT_OUT = ['response_urls', 'user_team', 'source_team'];
const FREE = [...DESCRIBED_ELSEWHERE, ...LEFT_OUT];

describe.skipIf(folder === undefined)("Slack's samples", () => {
  let slack: FakeSlack;
  let answers: Record<string, unknown>;
  let payloads: Record<string, unknown>;

  beforeAll(async () => {
    slack = await openSlack({ events: ['app_mention', 'message.channels', 'message.im', 'app_home_opened'] });
    payloads = await sent(slack);
    answers = await answered(slack);
  });
  afterAll(() => slack.close());

  it.each([
    ['backend/slash-commands-SlashCommandPayload', 'command'],
    ['backend/interactive-components-BlockActionPayload', 'click'],
    ['backend/interactive-components-BlockActionPayload', 'clickAtHome'],
    ['backend/views-ViewSubmissionPayload', 'submission'],
    ['backend/views-ViewClosedPayload', 'closed'],
    ['events/AppMention', 'mention'],
    ['events/Message', 'message'],
    ['events/MessageBot', 'otherBot'],
    ['events/MessageChanged', 'changed'],
    ['events/MessageDeleted', 'deleted'],
    ['events/AppHomeOpened', 'homeOpened'],
  ])('%s knows all fields of the fake: %s', (sample, name) => {
    const payload = payloads[name];
    expect(payload).toBeTypeOf('object');
    expect(unknownProperties(payload, readSample(folder ?? '', sample), FREE)).toEqual([]);
  });

  it.each([
    'auth.test',
    'users.info',
    'team.info',
    'conversations.info',
    'chat.getPermalink',
    'chat.postEphemeral',
    'views.publish',
    'views.open',
    'views.update',
  ])('api/%s knows all fields of the answer', (method) => {
    expect(answers[method]).toMatchObject({ ok: true });
    expect(unknownProperties(answers[method], readSample(folder ?? '', `api/${method}`), FREE)).toEqual([]);
  });
});

const payloadOf = (act: Act, at = 0): unknown => act.deliveries[at]?.outgoing.payload;
const plain = (text: string) => ({ type: 'plain_text' as const, text });
const row = { type: 'actions' as const, elements: [{ type: 'button' as const, text: plain('Go'), action_id: 'go' }] };
const modal = { type: 'modal' as const, title: plain('Title'), blocks: [row], notify_on_close: true };

/** One of each kind of payload, from somebody of another team where that adds fields. */
async function sent(slack: FakeSlack): Promise<Record<string, unknown>> {
  const zoe = slack.user('zoe', { teamId: 'T0OTHER01', enterpriseId: 'E0OTHER01' });
  const { id: channel } = slack.addChannel('dev');
  const client = clientOf(slack);
  const command = zoe.types('/shellbox help', { channel });
  const trigger_id = String(command.deliveries[0]?.outgoing.payload.trigger_id);
  await client.views.open({ trigger_id, view: modal });
  await client.views.publish({ user_id: zoe.id, view: { type: 'home', blocks: [row] } });
  const said = zoe.says('@shellbox help', { channel });
  if (said.message === undefined) throw new Error('Nothing was said.');
  const inThread = zoe.says('more', { channel, thread: said.message });
  await client.chat.postMessage({ channel, text: 'x', blocks: [row], thread_ts: said.message.ts });
  slack.otherBotSays('beep', { channel });
  const otherBot = slack.deliveries().at(-1)?.outgoing.payload;
  const changed = zoe.edits(said.message, '@shellbox list');
  const all = {
    command: payloadOf(command),
    click: payloadOf(zoe.clicks({ channel }, 'Go')),
    clickAtHome: payloadOf(zoe.clicks('home', 'Go')),
    submission: payloadOf(zoe.submits({})),
    closed: payloadOf(zoe.closesModal()),
    mention: payloadOf(said, 1),
    message: payloadOf(inThread),
    otherBot,
    changed: payloadOf(changed),
    homeOpened: payloadOf(zoe.opensHome()),
    deleted: inThread.message === undefined ? undefined : payloadOf(zoe.deletes(inThread.message)),
  };
  await slack.idle();
  return all;
}

async function answered(slack: FakeSlack): Promise<Record<string, unknown>> {
  const client = clientOf(slack);
  const ana = slack.user('ana');
  const { id: channel } = slack.addChannel('ops');
  const { ts: message_ts = '' } = await client.chat.postMessage({ channel, text: 'x' });
  const trigger = () => String(ana.types('/shellbox help', { channel }).deliveries[0]?.outgoing.payload.trigger_id);
  const opened = await client.views.open({ trigger_id: trigger(), view: modal });
  return {
    'auth.test': await client.auth.test(),
    'users.info': await client.users.info({ user: ana.id }),
    'team.info': await client.team.info(),
    'conversations.info': await client.conversations.info({ channel }),
    'chat.getPermalink': await client.chat.getPermalink({ channel, message_ts }),
    'chat.postEphemeral': await client.chat.postEphemeral({ channel, user: ana.id, text: 'x' }),
    'views.publish': await client.views.publish({ user_id: ana.id, view: { type: 'home', blocks: [row] } }),
    'views.open': opened,
    'views.update': await client.views.update({ view_id: opened.view?.id ?? '', view: modal }),
  };
}
