// One of each kind of payload that Slack sends, as the Slack of tests makes them.
import type { Act } from './act.ts';
import type { FakeSlack } from './slack.ts';
import { clientOf } from './web-client.ts';

const payloadOf = (act: Act, at = 0): unknown => act.deliveries[at]?.outgoing.payload;
const plain = (text: string) => ({ type: 'plain_text' as const, text });
export const ONE_ROW = {
  type: 'actions' as const,
  elements: [{ type: 'button' as const, text: plain('Go'), action_id: 'go' }],
};
export const ONE_MODAL = { type: 'modal' as const, title: plain('Title'), blocks: [ONE_ROW], notify_on_close: true };

/** One of each kind of payload, from somebody of another team where that adds fields. */
export async function sentPayloads(slack: FakeSlack): Promise<Record<string, unknown>> {
  const zoe = slack.user('zoe', { teamId: 'T0OTHER01', enterpriseId: 'E0OTHER01' });
  const { id: channel } = slack.addChannel('dev');
  const client = clientOf(slack);
  const command = zoe.types('/shellbox help', { channel });
  const trigger_id = String(command.deliveries[0]?.outgoing.payload.trigger_id);
  await client.views.open({ trigger_id, view: ONE_MODAL });
  await client.views.publish({ user_id: zoe.id, view: { type: 'home', blocks: [ONE_ROW] } });
  const said = zoe.says('@shellbox help', { channel });
  if (said.message === undefined) throw new Error('Nothing was said.');
  const inThread = zoe.says('more', { channel, thread: said.message });
  await client.chat.postMessage({ channel, text: 'x', blocks: [ONE_ROW], thread_ts: said.message.ts });
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
