// The same steps against `emulate`, which others wrote: what it answers, the fake answers in the same shape, but for what is listed here.
import { LogLevel, WebClient } from '@slack/web-api';
import { createEmulator, type Emulator } from 'emulate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf, outcomeOf, silent } from './web-client.ts';

const TOKEN = 'xoxb-emulated';
const NEVER_TS = '1700000000.000100';

let emulator: Emulator;
let slack: FakeSlack;
let theirs: Awaited<ReturnType<typeof walk>>;
let ours: typeof theirs;

beforeAll(async () => {
  emulator = await createEmulator({
    service: 'slack',
    port: 0,
    seed: {
      slack: {
        team: { name: 'acme', domain: 'acme' },
        channels: [{ name: 'dev' }],
        users: [{ name: 'ana' }],
        tokens: [{ token: TOKEN, type: 'bot' }],
      },
    },
  });
  const client = new WebClient(TOKEN, {
    slackApiUrl: `${emulator.url}/api/`,
    retryConfig: { retries: 0 },
    logger: silent,
    logLevel: LogLevel.ERROR,
  });
  const { channels = [] } = await client.conversations.list();
  const { members = [] } = await client.users.list({});
  theirs = await walk(client, {
    channel: channels.find(({ name }) => name === 'dev')?.id ?? '',
    user: members.find(({ name }) => name === 'ana')?.id ?? '',
  });
  slack = await openSlack({ postBurst: 50, events: [] });
  const ana = slack.user('ana');
  ours = await walk(clientOf(slack), { channel: slack.addChannel('dev').id, user: ana.id });
});
afterAll(async () => {
  await emulator.close();
  await slack.close();
});

/** Post, thread, edit, read, whisper, write directly, look at people and places; and what goes wrong with each. */
async function walk(client: WebClient, { channel, user }: { channel: string; user: string }) {
  const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: '*x*' } }];
  const metadata = { event_type: 'row', event_payload: { id: '1' } };
  const root = await client.chat.postMessage({ channel, text: 'root', metadata });
  const { ts = '' } = root;
  const reply = await client.chat.postMessage({ channel, text: 'reply', blocks, thread_ts: ts });
  const answers: Record<string, unknown> = {
    'auth.test': await client.auth.test(),
    'chat.postMessage': root,
    'chat.postMessage in a thread': reply,
    'chat.update': await client.chat.update({ channel, ts: reply.ts ?? '', text: 'edited', blocks }),
    'conversations.replies': await client.conversations.replies({ channel, ts, include_all_metadata: true }),
    'conversations.history': await client.conversations.history({ channel, limit: 10 }),
    'chat.postEphemeral': await client.chat.postEphemeral({ channel, user, text: 'psst' }),
    'conversations.open': await client.conversations.open({ users: user }),
    'conversations.open again': await client.conversations.open({ users: user }),
    'chat.postMessage to a person': await client.chat.postMessage({ channel: user, text: 'hello' }),
    'conversations.info': await client.conversations.info({ channel }),
    'users.info': await client.users.info({ user }),
    'chat.getPermalink': await client.chat.getPermalink({ channel, message_ts: ts }),
    'views.publish': await client.views.publish({ user_id: user, view: { type: 'home', blocks: [] } }),
    'chat.delete': await client.chat.delete({ channel, ts: reply.ts ?? '' }),
  };
  const errors = {
    'unknown channel': await outcomeOf(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' })),
    'no text': await outcomeOf(client.apiCall('chat.postMessage', { channel })),
    'unknown message': await outcomeOf(client.chat.update({ channel, ts: NEVER_TS, text: 'x' })),
    'unknown user': await outcomeOf(client.users.info({ user: 'U0NOBODY' })),
    'unknown thread': await outcomeOf(client.conversations.replies({ channel, ts: NEVER_TS })),
    'unknown method': await outcomeOf(client.apiCall('chat.nothing')),
  };
  return { answers, errors };
}

/** Paths with their types, such as `message.ts: string`; of lists, those of the first item. */
function shapeOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : shapeOf(value[0], `${at}[]`);
  if (typeof value !== 'object' || value === null) return [`${at}: ${value === null ? 'null' : typeof value}`];
  return Object.entries(value).flatMap(([name, inner]) => shapeOf(inner, at === '' ? name : `${at}.${name}`));
}

/** What emulate has and Slack gives only to those who ask or who may see it, or not at all. */
const ONLY_THEIRS: Record<string, readonly string[]> = {
  // Counted with `include_num_members`; `is_open` and `last_read` are of direct messages.
  'conversations.info': ['channel.is_open: boolean', 'channel.last_read: string', 'channel.num_members: number'],
  // Without a next page, Slack leaves the cursor out or empty; metadata goes to those who ask with `include_all_metadata`.
  'conversations.history': [
    'response_metadata.next_cursor: string',
    'messages[].metadata.event_type: string',
    'messages[].metadata.event_payload.id: string',
  ],
  // A home tab has a title of no meaning at Slack.
  'views.publish': ['view.title: null'],
};

it('gives the same answers the same shape', () => {
  for (const [step, answer] of Object.entries(theirs.answers)) {
    const known = new Set([...shapeOf(ours.answers[step]), ...(ONLY_THEIRS[step] ?? [])]);
    // Profiles differ with scopes and fashions.
    const missing = shapeOf(answer).filter((line) => !known.has(line) && !line.startsWith('user.profile.'));
    expect({ step, missing }).toEqual({ step, missing: [] });
  }
});

it('gives the same errors, but for those that emulate has not', () => {
  expect(theirs.errors).toEqual({ ...ours.errors, 'unknown thread': 'ok', 'unknown method': 'HTTP 404' });
  expect(ours.errors).toMatchObject({ 'unknown thread': 'thread_not_found', 'unknown method': 'unknown_method' });
});
