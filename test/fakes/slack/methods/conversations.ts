// conversations.*: opening IMs, looking at channels, reading messages page by page.
// Source: https://docs.slack.dev/reference/methods?query=conversations
import type { Arguments } from '../arguments.ts';
import { PAGE_DEFAULT, PAGE_MAX } from '../limits.ts';
import type { SlackMessage } from '../message.ts';
import { listedShape } from '../message-shape.ts';
import { complaining, SlackRefusal } from '../refusal.ts';
import type { Channel } from '../workspace.ts';
import type { World } from '../world.ts';
import { joinedChannel, knownChannel, type Method, scopeOf } from './method.ts';

export const conversationMethods: readonly Method[] = [
  { name: 'conversations.open', tier: 3, scope: () => 'im:write', run: open },
  { name: 'conversations.info', tier: 3, scope: scopeOf('read'), run: info },
  { name: 'conversations.history', tier: 3, scope: scopeOf('history'), run: history },
  { name: 'conversations.replies', tier: 3, scope: scopeOf('history'), run: replies },
];

function open(given: Arguments, { workspace, app }: World): Record<string, unknown> {
  const users = given.required('users').split(',');
  const [first] = users;
  const person = workspace.person(first ?? '');
  if (person === undefined) throw new SlackRefusal('user_not_found');
  if (users.length > 1) throw new SlackRefusal('not_enough_users');
  if (person.isBot) throw new SlackRefusal('cannot_dm_bot');
  const { channel, alreadyOpen } = workspace.openIm(person.id, app.botUserId);
  return {
    ...(alreadyOpen ? { no_op: true, already_open: true } : {}),
    channel: given.flag('return_im') ? channelShape(channel, workspace.teamId, app.botUserId) : { id: channel.id },
  };
}

function info(given: Arguments, world: World): Record<string, unknown> {
  const channel = knownChannel(given, world);
  return { channel: channelShape(channel, world.workspace.teamId, world.app.botUserId) };
}

function channelShape(channel: Channel, teamId: string, botUserId: string): object {
  const common = {
    id: channel.id,
    created: 1_700_000_000,
    is_archived: channel.archived,
    is_im: channel.kind === 'im',
    is_org_shared: false,
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    context_team_id: teamId,
    updated: 1_700_000_000_000,
  };
  if (channel.kind === 'im')
    return { ...common, user: [...channel.members].find((id) => id !== botUserId), is_open: true };
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_private: channel.kind === 'private',
    is_mpim: false,
    is_general: false,
    is_shared: false,
    is_ext_shared: false,
    is_member: channel.members.has(botUserId),
    creator: [...channel.members][0] ?? botUserId,
    shared_team_ids: [teamId],
    unlinked: 0,
  };
}

function history(given: Arguments, world: World): Record<string, unknown> {
  const channel = joinedChannel(given, world);
  const roots = channel.messages.filter(
    (message) => !message.deleted && message.onlyFor === undefined && isRoot(message),
  );
  return page(roots.toReversed(), channel, given, world);
}

function replies(given: Arguments, world: World): Record<string, unknown> {
  const channel = joinedChannel(given, world);
  const ts = given.required('ts');
  const asked = world.workspace.find(channel.id, ts);
  if (asked === undefined || asked.onlyFor !== undefined) throw new SlackRefusal('thread_not_found');
  const thread = isRoot(asked) ? [asked, ...world.workspace.replies(channel, ts)] : [asked];
  return page(thread, channel, given, world);
}

const isRoot = (message: SlackMessage) => message.threadTs === undefined || message.threadTs === message.ts;

function page(
  messages: readonly SlackMessage[],
  channel: Channel,
  given: Arguments,
  { workspace }: World,
): Record<string, unknown> {
  const limit = given.whole('limit') ?? PAGE_DEFAULT;
  if (limit < 1 || limit > PAGE_MAX) throw new SlackRefusal('invalid_limit');
  const wanted = messages.filter((message) => isWithin(message.ts, given));
  const from = readCursor(given.text('cursor'));
  const part = wanted.slice(from, from + limit);
  const hasMore = from + limit < wanted.length;
  const metadata = given.flag('include_all_metadata');
  return {
    messages: part.map((message) => listedShape(message, channel, workspace, { metadata })),
    has_more: hasMore,
    ...(hasMore ? { response_metadata: { next_cursor: cursorAt(from + limit) } } : {}),
  };
}

function isWithin(ts: string, given: Arguments): boolean {
  const oldest = given.text('oldest');
  const latest = given.text('latest');
  if (given.flag('inclusive') && (ts === oldest || ts === latest)) return true;
  if (oldest !== undefined && Number(ts) <= Number(oldest)) return false;
  return latest === undefined || Number(ts) < Number(latest);
}

const cursorAt = (offset: number) => Buffer.from(`next:${offset}`).toString('base64');

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const offset = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
  if (offset === undefined) throw complaining('invalid_cursor', []);
  return Number(offset);
}
