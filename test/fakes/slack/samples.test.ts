// Everything that the fake sends and answers has only fields that Slack has too, by the samples of Slack's Java SDK.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSample, sampleFolder, unknownProperties } from './samples.ts';
import { ONE_MODAL as modal, ONE_ROW as row, sentPayloads } from './sent-payloads.ts';
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
    payloads = await sentPayloads(slack);
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
