// Discord and the whole house behind it: what people type and press, and what they then read.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../../fakes/discord/actor.ts';
import type { Permission } from '../../fakes/discord/state.ts';
import { fakeKeyPair } from '../../fakes/key-pair.ts';
import { type DiscordHouse, openDiscordHouse } from '../../support/discord-house.ts';
import { eventually } from '../../support/eventually.ts';

let all: DiscordHouse;
let made = 0;
beforeAll(async () => {
  all = await openDiscordHouse({
    signUp: { mayJoin: ({ groups = [] }) => groups.length === 0 || groups.includes(all.discord.guildId) },
    settings: { admins: ['discord:80351110224678912'] },
  });
}, 60_000);
afterAll(() => all.close());
afterEach(() => {
  expect(all.discord.faults()).toEqual([]);
  expect(all.discord.notifications).toEqual([]);
});

/** Somebody new, and a channel of their own. */
function newcomer(permissions?: readonly Permission[]): { person: Actor; channel: string } {
  made += 1;
  all.discord.addChannel(`room-${made}`, permissions);
  return { person: all.discord.user(`person-${made}`), channel: `#room-${made}` };
}
const spinup = (person: Actor, channel: string, name = 'mybox') => person.runs('spinup', { name }, { channel });
/** The thread that hangs on the channel's first message for everybody. */
const threadOf = (channel: string) =>
  all.discord.messages(channel).find(({ onlyFor }) => onlyFor === undefined)?.id ?? '';
const states = (person: Actor) =>
  all.house.sql<{ name: string; state: string }>(
    `SELECT b.name, b.state FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1 ORDER BY b.name`,
    [person.name],
  );

test('a slash command makes a box whose thread holds light, progress and one final with what is to be pasted', async () => {
  const { person, channel } = newcomer();
  expect(await spinup(person, channel).acknowledged()).toMatchObject({ ok: true });
  await all.sees(person, channel, 'mybox is ready');
  const seen = await all.sees(person, channel, '● running');
  for (const part of ['✓ home volume', '✓ box started', '✓ SSH answers', 'mybox is ready', '● running'])
    expect(seen.split(part).length - 1, part).toBe(1);
  expect(seen).toMatch(/ssh -p \d+ dev@127\.0\.0\.1/);
  expect(seen).toMatch(/Host key SHA256:\S{43} /);
  expect(seen).toMatch(/\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+/);
  expect(seen).toContain('thread "mybox"');
  expect(seen).toContain('[Stop] [Destroy…] [Log]');
  expect(seen).toContain(`Welcome, ${person.name}: free account made.`);
});

test('in the thread of a box a mention needs no name, and the light follows the box', async () => {
  const { person, channel } = newcomer();
  spinup(person, channel);
  await all.sees(person, channel, 'mybox is ready');
  person.says('@Shellbox stop', { channel: threadOf(channel) });
  await all.sees(person, channel, 'mybox is stopped');
  await all.sees(person, channel, '◌ stopped');
});

test('a mention is answered in a thread below it', async () => {
  const { person, channel } = newcomer();
  person.says('@Shellbox spin up pay-fix', { channel });
  const seen = await all.sees(person, channel, 'pay-fix is ready');
  expect(seen.split('\n').findIndex((line) => line.includes('pay-fix is ready'))).toBeGreaterThan(
    seen.split('\n').findIndex((line) => line.startsWith('└ thread')),
  );
});

test('direct messages need no mention', async () => {
  const { person } = newcomer();
  person.says('list', { channel: person.dm });
  await all.sees(person, person.dm, 'You have no boxes');
});

test('what is not understood is told to the one who asked alone, with a button for what was meant', async () => {
  const { person, channel } = newcomer();
  const asked = person.runs('spinup', { name: 'Pay_Fix' }, { channel });
  await eventually('a refusal', () => asked.shown(person.id).includes('cannot be in a box name') || undefined);
  expect(all.ben.sees(channel)).not.toContain('cannot be in a box name');
  person.clicks({ channel }, 'Spinup pay-fix');
  await all.sees(person, channel, 'pay-fix is ready');
});

test('a button does its command for the one who presses it: nobody destroys or stops the box of somebody else', async () => {
  const { person, channel } = newcomer();
  spinup(person, channel);
  await all.sees(person, channel, 'mybox is ready');
  const { person: other, channel: elsewhere } = newcomer();
  spinup(other, elsewhere);
  await all.sees(other, elsewhere, '● running');
  for (const label of ['Destroy…', 'Stop']) {
    const pressed = other.clicks({ channel: threadOf(channel) }, label);
    await eventually('a refusal', () => pressed.shown(other.id).includes('No box') || undefined);
  }
  expect([await states(person), await states(other)]).toEqual([
    [{ name: 'mybox', state: 'running' }],
    [{ name: 'mybox', state: 'running' }],
  ]);
});

test('Destroy asks in private, and the yes destroys', async () => {
  const { person, channel } = newcomer();
  spinup(person, channel);
  await all.sees(person, channel, 'mybox is ready');
  const asked = person.clicks({ channel: threadOf(channel) }, 'Destroy…');
  await eventually('the question', () => asked.shown(person.id).includes('Nothing is destroyed yet') || undefined);
  expect(all.ben.sees(channel)).not.toContain('Nothing is destroyed yet');
  person.clicks({ channel: threadOf(channel) }, 'Destroy mybox');
  await all.sees(person, channel, '◌ destroyed');
});

test('spinup without a name opens a dialog, whose answers make the box', async () => {
  const { person, channel } = newcomer();
  await person.runs('spinup', {}, { channel }).acknowledged();
  expect(person.modal()).toContain('A new box');
  expect(await person.submits({ name: 'asked-for', size: 'small' }).acknowledged()).toMatchObject({ ok: true });
  await all.sees(person, channel, 'asked-for is ready');
});

test('a key is pasted into a dialog, and works on the running box at once', async () => {
  const { person, channel } = newcomer();
  spinup(person, channel);
  await all.sees(person, channel, 'mybox is ready');
  await person.clicks({ channel }, 'Paste a key').acknowledged();
  expect(person.modal()).toBeDefined();
  await person.submits({ value: `${fakeKeyPair().publicKey} ${person.name}@laptop` }).acknowledged();
  await all.sees(person, channel, /✓ person-\d+@laptop SHA256:\S+ works on mybox now/);
});

test('where no thread may be begun everything stands in the channel', async () => {
  const { person, channel } = newcomer(['ViewChannel', 'SendMessages', 'ReadMessageHistory', 'EmbedLinks']);
  spinup(person, channel);
  const seen = await all.sees(person, channel, 'mybox is ready');
  expect(seen).not.toContain('└');
  await all.sees(person, channel, '● running');
});

test('a channel that is gone meanwhile has the answer come by direct message', async () => {
  const { person, channel } = newcomer();
  const gate = all.house.hold('create');
  person.says('@Shellbox spinup mybox', { channel });
  await gate.reached;
  all.discord.removeChannel(channel);
  gate.open();
  await all.sees(person, person.dm, 'mybox is ready');
});

test('a post that Discord took and whose answer was lost is found, and not made twice', async () => {
  const { person, channel } = newcomer();
  all.discord.failNext('POST /channels/{channel_id}/messages', { kind: 'lost' });
  all.discord.failNext('POST /channels/{channel_id}/messages', { kind: 'lost' });
  spinup(person, channel);
  await all.sees(person, channel, 'mybox is ready');
  const seen = await all.sees(person, channel, '● running');
  for (const part of ['mybox is ready', '● running', '✓ box started']) expect(seen.split(part)).toHaveLength(2);
});

test('a rate limit delays the final and does not lose it', async () => {
  const { person, channel } = newcomer();
  for (let time = 0; time < 3; time++)
    all.discord.failNext('POST /channels/{channel_id}/messages', { kind: 'wait', seconds: 1 });
  spinup(person, channel);
  expect((await all.sees(person, channel, 'mybox is ready')).split('mybox is ready')).toHaveLength(2);
});

test('suggestions are one’s own boxes in the states that the command is for', async () => {
  const { person, channel } = newcomer();
  spinup(person, channel);
  await all.sees(person, channel, '● running');
  const suggested = async (who: Actor, command: string) => {
    const act = who.autocompletes(command, { box: '' }, 'box', { channel });
    await act.acknowledged();
    return act.choices()?.map(({ value }) => value);
  };
  expect(await suggested(person, 'stop')).toEqual(['mybox']);
  expect(await suggested(person, 'start')).toEqual([]);
  expect(await suggested(all.ana, 'stop')).toEqual([]);
});
