// Discord and the whole house behind it: who gets no account, what forged buttons reach, and what nobody can be told.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signUpPolicy } from '../../../src/commands/sign-up.ts';
import { type DiscordHouse, openDiscordHouse } from '../../support/discord-house.ts';
import { eventually } from '../../support/eventually.ts';

const OTHER_GUILD = '700000000000000001';
const ADMIN = 'discord:80351110224678912';
const COMPONENT = 3;

let all: DiscordHouse;
beforeAll(async () => {
  all = await openDiscordHouse({
    signUp: { mayJoin: (speaker) => signUpPolicy({ discord: [all.discord.guildId] }).mayJoin(speaker) },
    settings: { admins: [ADMIN] },
  });
}, 60_000);
afterAll(() => all.close());

const knows = async (subject: string) =>
  (await all.house.sql('SELECT 1 FROM identities WHERE subject = $1', [subject])).length > 0;

test('people of a server that is not listed get no account, and are told whom to ask; members get one', async () => {
  const { discord, house, ana, sees } = all;
  const stranger = discord.user('stranger');
  stranger.forges('INTERACTION_CREATE', {
    id: '1041',
    application_id: discord.app.id,
    token: 'of-elsewhere',
    type: 2,
    guild_id: OTHER_GUILD,
    channel: { id: '1042', type: 0 },
    member: { user: { id: stranger.id, username: 'stranger' }, roles: [OTHER_GUILD] },
    data: { name: 'shellbox', options: [{ name: 'spinup', type: 1, options: [{ name: 'name', value: 'mybox' }] }] },
  });
  const seen = await sees(stranger, stranger.dm, 'has no account here');
  expect(seen).toContain(ADMIN);
  expect(await knows(stranger.id)).toBe(false);
  expect(house.cloud.ledger.everyInstance()).toEqual([]);

  ana.runs('list', {}, { channel: '#dev' });
  await eventually('an account', () => knows(ana.id));
});

test('in direct messages nobody is a member of a server, so only those who have an account are served', async () => {
  const { discord, sees } = all;
  const member = discord.user('member');
  member.says('list', { channel: member.dm });
  await sees(member, member.dm, 'has no account here');
  expect(await knows(member.id)).toBe(false);
  member.runs('list', {}, { channel: '#dev' });
  await eventually('an account', () => knows(member.id));
  member.says('list', { channel: member.dm });
  await sees(member, member.dm, 'You have no boxes');
});

test('a forged button with the id of somebody else’s box reads as if there were none', async () => {
  const { discord, house, ben, sees } = all;
  const owner = discord.user('owner-of-box');
  owner.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
  await sees(owner, '#dev', 'mybox is ready');
  ben.runs('list', {}, { channel: '#dev' });
  await eventually('an account', () => knows(ben.id));
  const [box] = await house.sql<{ id: string }>(
    'SELECT b.id FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1',
    [owner.name],
  );
  const light = discord.messages('#dev').find(({ content }) => content.includes('mybox'));
  ben.forges('INTERACTION_CREATE', {
    id: '1043',
    application_id: discord.app.id,
    token: 'forged',
    type: COMPONENT,
    guild_id: discord.guildId,
    channel: { id: discord.channel('#dev').id, type: 0 },
    member: { user: { id: ben.id, username: 'ben' }, roles: [] },
    message: { id: light?.id ?? '', flags: 0 },
    data: { custom_id: `${'x'.repeat(22)}|0|destroy ${box?.id} --yes`, component_type: 2 },
  });
  await sees(ben, ben.dm, 'No box');
  expect(await house.sql('SELECT state FROM boxes WHERE id = $1', [box?.id])).toEqual([{ state: 'running' }]);
});

test('what nobody could be told is kept, and told when they ask', async () => {
  const { discord, house, sees } = all;
  const person = discord.user('unreachable');
  discord.addChannel('doomed');
  const gate = house.hold('create');
  person.says('@Shellbox spinup mybox', { channel: '#doomed' });
  await gate.reached;
  discord.removeChannel('#doomed');
  person.takesMessages(false);
  gate.open();
  const kept = () =>
    house.sql<{ kind: string }>(
      `SELECT m.kind FROM messages m JOIN accounts a ON a.id = m.account_id WHERE a.name = $1 AND m.kind = 'final' AND m.state = 'kept'`,
      [person.name],
    );
  await eventually('a kept final', async () => (await kept()).length === 1, 30_000);
  // The light and the card of the place that is gone are given up after it, each in its turn.
  const waiting = () => house.sql(`SELECT id FROM messages WHERE state = 'pending'`);
  await eventually('nothing that is tried for ever', async () => (await waiting()).length === 0, 30_000);
  person.runs('logs', {}, { channel: '#dev' });
  await sees(person, '#dev', 'mybox is ready');
});
