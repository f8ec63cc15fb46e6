// The fake's Web API, spoken to by Slack's own client.
import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf, outcomeOf } from './web-client.ts';

const START_MS = Date.UTC(2026, 10, 21, 14, 2);
let slack: FakeSlack;
let client: WebClient;
let nowMs = START_MS;

beforeEach(async () => {
  nowMs = START_MS;
  slack = await openSlack({ now: () => nowMs, postBurst: 20 });
  client = clientOf(slack);
});
afterEach(() => slack.close());

const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });

describe('tokens and scopes', () => {
  it('tells who the app is', async () => {
    const answer = await client.auth.test();
    expect(answer).toMatchObject({ ok: true, user_id: slack.app.botUserId, bot_id: slack.app.botId });
    expect(answer.response_metadata?.scopes).toContain('chat:write');
  });

  it('refuses a wrong, a revoked and a missing token, and one of the wrong kind', async () => {
    expect(await outcomeOf(clientOf(slack, 'xoxb-wrong').auth.test())).toBe('invalid_auth');
    expect(await outcomeOf(clientOf(slack, '').auth.test())).toBe('not_authed');
    expect(await outcomeOf(client.apps.connections.open({}))).toBe('not_allowed_token_type');
    slack.app.revoked = true;
    expect(await outcomeOf(client.auth.test())).toBe('token_revoked');
  });

  it('names the scope that is missing', async () => {
    const { id } = slack.addChannel('dev');
    slack.app.scopes.delete('chat:write');
    const refused = client.chat.postMessage({ channel: id, text: 'x' });
    await expect(refused).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'chat:write' } });
    expect(slack.messages(id)).toHaveLength(0);
  });

  it('knows no streaming', async () => {
    expect(await outcomeOf(client.apiCall('chat.startStream', {}))).toBe('unknown_method');
  });
});

describe('where one may post', () => {
  it('refuses unknown, private, archived channels and those where the app is not a member', async () => {
    const post = (channel: string) => outcomeOf(client.chat.postMessage({ channel, text: 'x' }));
    slack.addChannel('old').archived = true;
    expect(await post('C0NOWHERE')).toBe('channel_not_found');
    expect(await post(slack.addChannel('secret', { kind: 'private', withApp: false }).id)).toBe('channel_not_found');
    expect(await post(slack.addChannel('theirs', { withApp: false }).id)).toBe('not_in_channel');
    expect(await post(slack.channel('#old').id)).toBe('is_archived');
  });

  it('opens direct messages, and takes a user id for them', async () => {
    const ana = slack.user('ana');
    const opened = await client.conversations.open({ users: ana.id });
    const posted = await client.chat.postMessage({ channel: ana.id, text: 'hello' });
    expect(posted.channel).toBe(opened.channel?.id);
    expect(ana.sees(ana.im)).toContain('Shellbox  hello');
    expect(await outcomeOf(client.conversations.open({ users: 'U0NOBODY' }))).toBe('user_not_found');
  });
});

describe('threads', () => {
  it('puts a reply under its parent and counts it', async () => {
    const { id } = slack.addChannel('dev');
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'root' });
    const reply = await client.chat.postMessage({ channel: id, text: 'reply', thread_ts: ts });
    const { messages } = await client.conversations.replies({ channel: id, ts });
    expect(messages?.map(({ text }) => text)).toEqual(['root', 'reply']);
    expect(messages?.[0]).toMatchObject({ reply_count: 1, latest_reply: reply.ts });
    expect((await client.conversations.history({ channel: id })).messages?.map(({ text }) => text)).toEqual(['root']);
  });

  it('posts a reply to a message that is gone to the channel itself, without a word', async () => {
    const { id } = slack.addChannel('dev');
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'root' });
    await client.chat.delete({ channel: id, ts });
    const reply = await client.chat.postMessage({ channel: id, text: 'lost', thread_ts: ts });
    expect(reply.message).not.toHaveProperty('thread_ts');
    expect(await outcomeOf(client.conversations.replies({ channel: id, ts }))).toBe('thread_not_found');
    expect(await outcomeOf(client.chat.postMessage({ channel: id, text: 'x', thread_ts: '1' }))).toBe(
      'invalid_thread_ts',
    );
  });

  it('keeps a thread alive whose first message is deleted', async () => {
    const { id } = slack.addChannel('dev');
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'root' });
    await client.chat.postMessage({ channel: id, text: 'first', thread_ts: ts });
    await client.chat.delete({ channel: id, ts });
    await client.chat.postMessage({ channel: id, text: 'second', thread_ts: ts });
    expect(slack.transcript(id)).toContain(
      'This message was deleted.\n└ 14:02 Shellbox  first\n└ 14:02 Shellbox  second',
    );
  });
});

describe('editing and deleting', () => {
  it('keeps every form of a message with its time', async () => {
    const { id } = slack.addChannel('dev');
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'one' });
    nowMs += 1_500;
    await client.chat.update({ channel: id, ts, text: 'two' });
    const [message] = slack.messages(id);
    expect(message?.revisions.map(({ text, atMs }) => [text, atMs - START_MS])).toEqual([
      ['one', 0],
      ['two', 1_500],
    ]);
  });

  it('leaves blocks alone that an update does not mention', async () => {
    const { id } = slack.addChannel('dev');
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'x', blocks: [section('seen')] });
    await client.chat.update({ channel: id, ts, text: 'two' });
    expect(slack.transcript(id)).toContain('seen (edited)');
    await client.chat.update({ channel: id, ts, text: 'three', blocks: [] });
    expect(slack.transcript(id)).toContain('three (edited)');
  });

  it("refuses other people's messages, ephemeral ones and those that are not there", async () => {
    const ana = slack.user('ana');
    const { id } = slack.addChannel('dev');
    const { message } = ana.says('mine', { channel: id });
    const { message_ts = '' } = await client.chat.postEphemeral({ channel: id, user: ana.id, text: 'psst' });
    const update = (ts: string) => outcomeOf(client.chat.update({ channel: id, ts, text: 'x' }));
    expect(await update(message?.ts ?? '')).toBe('cant_update_message');
    expect(await update(message_ts)).toBe('message_not_found');
    expect(await update('1700000000.000100')).toBe('message_not_found');
    expect(await outcomeOf(client.chat.delete({ channel: id, ts: message?.ts ?? '' }))).toBe('cant_delete_message');
    expect(await outcomeOf(client.chat.update({ channel: ana.id, ts: '1', text: 'x' }))).toBe('channel_not_found');
  });
});

describe('archived channels', () => {
  it('take no posts, whispers or edits', async () => {
    const ana = slack.user('ana');
    const channel = slack.addChannel('old');
    const { ts = '' } = await client.chat.postMessage({ channel: channel.id, text: 'x' });
    channel.archived = true;
    const whisper = client.chat.postEphemeral({ channel: channel.id, user: ana.id, text: 'x' });
    expect(await outcomeOf(whisper)).toBe('is_archived');
    expect(await outcomeOf(client.chat.update({ channel: channel.id, ts, text: 'y' }))).toBe('is_inactive');
  });
});

describe('ephemeral messages', () => {
  it('are seen by one person of the channel and stand in no history', async () => {
    const [ana, ben] = [slack.user('ana'), slack.user('ben')];
    const { id } = slack.addChannel('dev', { members: [ana, ben] });
    await client.chat.postEphemeral({ channel: id, user: ana.id, text: 'psst' });
    expect(ana.sees(id)).toContain('Shellbox (only ana sees)  psst');
    expect(ben.sees(id)).not.toContain('psst');
    expect((await client.conversations.history({ channel: id })).messages).toEqual([]);
    const outsider = slack.user('kim');
    const refused = client.chat.postEphemeral({ channel: id, user: outsider.id, text: 'psst' });
    expect(await outcomeOf(refused)).toBe('user_not_in_channel');
  });

  it('are shown to nobody in a thread that has no replies yet', async () => {
    const ana = slack.user('ana');
    const { id } = slack.addChannel('dev');
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'root' });
    const whisper = (text: string) => client.chat.postEphemeral({ channel: id, user: ana.id, text, thread_ts: ts });
    await whisper('too early');
    await client.chat.postMessage({ channel: id, text: 'reply', thread_ts: ts });
    await whisper('now');
    expect(ana.sees(id)).not.toContain('too early');
    expect(ana.sees(id)).toContain('└ 14:02 Shellbox (only ana sees)  now');
  });
});

describe('metadata', () => {
  it('comes back only to those who ask for it, and outlives an edit', async () => {
    const { id } = slack.addChannel('dev');
    const metadata = { event_type: 'shellbox_message', event_payload: { row: 'r1' } };
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'x', metadata });
    await client.chat.update({ channel: id, ts, text: 'y' });
    const look = async (include_all_metadata: boolean) =>
      (await client.conversations.replies({ channel: id, ts, include_all_metadata })).messages?.[0];
    expect(await look(true)).toMatchObject({ metadata });
    expect(await look(false)).not.toHaveProperty('metadata');
  });

  it('wants a type and a payload', async () => {
    const { id } = slack.addChannel('dev');
    const metadata = JSON.stringify({ event_type: 'x' });
    expect(await outcomeOf(client.apiCall('chat.postMessage', { channel: id, text: 'x', metadata }))).toBe(
      'invalid_metadata_format',
    );
  });
});

describe('pages', () => {
  it('hands out history page by page, newest first', async () => {
    const { id } = slack.addChannel('dev');
    for (const text of ['1', '2', '3', '4', '5']) await client.chat.postMessage({ channel: id, text });
    const pages = [];
    for await (const page of client.paginate('conversations.history', { channel: id, limit: 2 })) pages.push(page);
    expect(pages).toMatchObject([
      { messages: [{ text: '5' }, { text: '4' }], has_more: true },
      { messages: [{ text: '3' }, { text: '2' }], has_more: true },
      { messages: [{ text: '1' }], has_more: false },
    ]);
  });

  it('limits by time', async () => {
    const { id } = slack.addChannel('dev');
    const { ts: oldest = '' } = await client.chat.postMessage({ channel: id, text: '1' });
    await client.chat.postMessage({ channel: id, text: '2' });
    const texts = async (inclusive: boolean) =>
      (await client.conversations.history({ channel: id, oldest, inclusive })).messages?.map(({ text }) => text);
    expect(await texts(false)).toEqual(['2']);
    expect(await texts(true)).toEqual(['2', '1']);
  });
});

describe('people, teams, links', () => {
  it('shows a person with their own team, and the address only with its scope', async () => {
    const stranger = slack.user('zoe', { teamId: 'T0OTHER01' });
    const { user } = await client.users.info({ user: stranger.id });
    expect(user).toMatchObject({ team_id: 'T0OTHER01', name: 'zoe', is_stranger: true });
    expect(user?.profile).not.toHaveProperty('email');
    expect((await client.team.info()).team?.domain).toBe('acme');
  });

  it('links to a message in its thread', async () => {
    const { id } = slack.addChannel('dev');
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'root' });
    const reply = await client.chat.postMessage({ channel: id, text: 'reply', thread_ts: ts });
    const { permalink } = await client.chat.getPermalink({ channel: id, message_ts: reply.ts ?? '' });
    expect(permalink).toBe(
      `https://acme.slack.com/archives/${id}/p${reply.ts?.replace('.', '')}?thread_ts=${ts}&cid=${id}`,
    );
  });
});
