// Slack and the whole house behind it: what people type and press, and what they then read.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeKeyPair } from '../../fakes/key-pair.ts';
import type { Actor } from '../../fakes/slack/actor.ts';
import { eventually } from '../../support/eventually.ts';
import { openSlackHouse, type SlackHouse } from '../../support/slack-house.ts';

let all: SlackHouse;
let made = 0;
beforeAll(async () => {
  all = await openSlackHouse({
    processes: 2,
    signUp: { mayJoin: ({ guest }) => guest !== true },
    settings: { admins: ['slack:T0000ACME:UADMIN'] },
  });
});
afterAll(() => all.close());

/** Somebody new, and a channel of their own with ana and ben in it. */
function newcomer(options: { teamId?: string; withApp?: boolean } = {}): { person: Actor; channel: string } {
  made += 1;
  const person = all.slack.user(`person-${made}`, options.teamId === undefined ? {} : { teamId: options.teamId });
  const name = `room-${made}`;
  all.slack.addChannel(name, { withApp: options.withApp ?? true });
  return { person, channel: `#${name}` };
}
const finalsIn = (channel: string) =>
  all.slack.messages(channel).filter((message) => message.text.includes('is ready') && !message.deleted);

test('a slash command gets a status light in the channel, and in its thread progress and the final with what is to be pasted', async () => {
  const { person, channel } = newcomer();
  expect(await person.types('/shellbox spinup mybox', { channel }).acknowledged()).toMatchObject({ ok: true });
  await all.sees(person, channel, 'mybox is ready');
  const seen = await all.sees(person, channel, '● running');
  const [light, progress, ...rest] = all.slack.messages(channel).filter((message) => message.onlyFor === undefined);
  expect(light?.threadTs).toBeUndefined();
  expect(progress?.threadTs).toBe(light?.ts);
  expect(rest.map((message) => message.threadTs)).toEqual([light?.ts]);
  expect(seen).toMatch(/^\d\d:\d\d Shellbox {2}mybox · person-\d+ · ● running/m);
  for (const step of ['✓ home volume, 10 GiB', '✓ box started', '✓ SSH answers, host key checked'])
    expect(seen).toContain(step);
  expect(seen).toMatch(/code┐ ssh -p \d+ dev@127\.0\.0\.1$/m);
  expect(seen).toMatch(/Host key SHA256:\S{43} /);
  expect(seen).toMatch(/code┐ \[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+$/m);
  expect(seen).toContain('[Stop] [Destroy…] [Log]');
  expect(seen).toContain(`Welcome, ${person.name}: free account made.`);
  expect(all.slack.notifications.list()).toEqual([]);
});

test('times are those of the zone that Slack knows, until the person says another', async () => {
  const { person, channel } = newcomer();
  const zone = async () =>
    (await all.house.sql<{ zone: string }>('SELECT time_zone AS zone FROM accounts WHERE name = $1', [person.name]))[0]
      ?.zone;
  person.types('/shellbox list', { channel });
  await all.sees(person, channel, 'no boxes');
  expect(await zone()).toBe('Europe/Berlin');
  await all.house.sql(`UPDATE accounts SET time_zone = 'America/New_York' WHERE name = $1`, [person.name]);
  person.types('/shellbox whoami', { channel });
  await all.sees(person, channel, 'free · Europe/Berlin');
  expect(await zone()).toBe('Europe/Berlin');
  await all.house.sql(`UPDATE accounts SET time_zone = 'America/New_York' WHERE name = $1`, [person.name]);
  person.types('/shellbox set quiet 22:00-07:00', { channel });
  await all.sees(person, channel, 'Quiet from 22:00–07:00 (Europe/Berlin)');
  person.types('/shellbox set timezone Asia/Kathmandu', { channel });
  await all.sees(person, channel, 'Your times are told in Asia/Kathmandu');
  person.types('/shellbox set', { channel });
  await all.sees(person, channel, 'Quiet from 22:00–07:00 (Asia/Kathmandu)');
  expect(await zone()).toBe('Asia/Kathmandu');
});

test('in the thread of a box a mention needs no name, and the light follows the box', async () => {
  const { person, channel } = newcomer();
  person.types('/shellbox spinup mybox', { channel });
  await all.sees(person, channel, 'mybox is ready');
  const [root] = all.slack.messages(channel);
  person.says('@shellbox stop', { channel, thread: root?.ts ?? '' });
  await all.sees(person, channel, /mybox is stopped/);
  await all.sees(person, channel, '◌ stopped');
  expect(
    all.slack.messages(channel).filter((message) => message.threadTs === undefined && message.onlyFor === undefined),
  ).toHaveLength(1);
});

test('a mention in a thread of people is answered in that thread', async () => {
  const { person, channel } = newcomer();
  const said = person.says('Payment tests are red since noon', { channel });
  person.says('@shellbox spin up pay-fix', { channel, thread: said.message?.ts ?? '' });
  await all.sees(person, channel, 'pay-fix is ready');
  const ours = all.slack
    .messages(channel)
    .filter((message) => message.bot !== undefined && message.onlyFor === undefined);
  expect(ours.every((message) => message.threadTs === said.message?.ts)).toBe(true);
});

test('direct messages need no mention, and are answered in the thread of what was said', async () => {
  const { person } = newcomer();
  const said = person.says('list', { channel: person.im });
  await eventually('an answer', () => person.sees(person.im).includes('You have no boxes') || undefined);
  expect(all.slack.messages(person.im).at(-1)?.threadTs).toBe(said.message?.ts);
});

test('what is not understood is told to the one who asked alone, with a button for what was meant', async () => {
  const { person, channel } = newcomer();
  const said = person.says('@shellbox spin up Pay_Fix', { channel });
  await eventually('a refusal', () => said.shown(person.id).includes('cannot be in a box name') || undefined);
  expect(said.shown(all.ana.id)).toBe('');
  person.clicks({ channel }, 'Spinup pay-fix');
  await all.sees(person, channel, 'pay-fix is ready');
});

test('a button does its command for the one who presses it: nobody destroys or stops the box of somebody else', async () => {
  const { person, channel } = newcomer();
  person.types('/shellbox spinup mybox', { channel });
  await all.sees(person, channel, 'mybox is ready');
  const { person: other, channel: elsewhere } = newcomer();
  other.types('/shellbox spinup mybox', { channel: elsewhere });
  await all.sees(other, elsewhere, 'mybox is ready');
  for (const label of ['Destroy…', 'Stop']) {
    all.slack.channel(channel).members.add(other.id);
    const pressed = other.clicks({ channel }, label, { whenAsked: 'confirm' });
    await eventually('a refusal', () => pressed.shown(other.id).includes('No box') || undefined);
  }
  expect(other.asked({ channel: elsewhere }, 'Destroy…')).toContain('Destroy mybox and its home?');
  const boxes = await all.house.sql<{ state: string }>(
    `SELECT b.state FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name IN ($1, $2)`,
    [person.name, other.name],
  );
  expect(boxes).toEqual([{ state: 'running' }, { state: 'running' }]);
});

test('Destroy asks before it destroys, and then the light says so', async () => {
  const { person, channel } = newcomer();
  person.types('/shellbox spinup mybox', { channel });
  await all.sees(person, channel, 'mybox is ready');
  expect(person.clicks({ channel }, 'Destroy…', { whenAsked: 'deny' }).deliveries).toEqual([]);
  person.clicks({ channel }, 'Destroy…', { whenAsked: 'confirm' });
  await all.sees(person, channel, '◌ destroyed');
});

test('destroy by word asks in private, and its button answers', async () => {
  const { person, channel } = newcomer();
  person.types('/shellbox spinup mybox', { channel });
  await all.sees(person, channel, 'mybox is ready');
  const asked = person.types('/shellbox destroy mybox', { channel });
  await eventually('the question', () => asked.shown(person.id).includes('Nothing is destroyed yet') || undefined);
  expect(asked.shown(all.ana.id)).not.toContain('Nothing is destroyed yet');
  person.clicks({ channel }, 'Destroy mybox');
  await all.sees(person, channel, '◌ destroyed');
});

test('spinup without a name opens a dialog, whose answers make the box', async () => {
  const { person, channel } = newcomer();
  await person.types('/shellbox spinup', { channel }).acknowledged();
  expect(person.modal()).toContain('A new box');
  expect(await person.submits({ name: 'asked-for', size: 'small' }).acknowledged()).toMatchObject({ ok: true });
  await all.sees(person, channel, 'asked-for is ready');
});

test('a key is pasted into a dialog, and works on the running box at once', async () => {
  const { person, channel } = newcomer();
  person.types('/shellbox spinup mybox', { channel });
  await all.sees(person, channel, 'mybox is ready');
  await person.clicks({ channel }, 'Paste a key').acknowledged();
  const key = `${fakeKeyPair().publicKey} ${person.name}@laptop`;
  await person.submits({ value: key }).acknowledged();
  await all.sees(person, channel, /✓ person-\d+@laptop SHA256:\S+ works on mybox now/);
});

test('the home tab shows one’s boxes, and its buttons work', async () => {
  const { person, channel } = newcomer();
  person.types('/shellbox spinup mybox', { channel });
  await all.sees(person, channel, 'mybox is ready');
  person.opensHome();
  await eventually('the home tab', () => person.home()?.includes('mybox · ● running') || undefined);
  person.clicks('home', 'Stop');
  await eventually('the answer', () => person.sees(person.im).includes('mybox is stopped') || undefined);
  person.opensHome();
  await eventually('the home tab', () => person.home()?.includes('mybox · ◌ stopped') || undefined);
});

test('where the app is not a member the answer comes in private', async () => {
  const { person, channel } = newcomer({ withApp: false });
  const act = person.types('/shellbox spinup mybox', { channel });
  await eventually('the final', () => act.shown(person.id).includes('mybox is ready') || undefined, 30_000);
  expect(act.shown(person.id)).toContain('/invite @shellbox');
});

test('a channel that is archived meanwhile has the answer come by direct message', async () => {
  const { person, channel } = newcomer();
  const gate = all.house.hold('create');
  person.says('@shellbox spinup mybox', { channel });
  await gate.reached;
  all.slack.channel(channel).archived = true;
  gate.open();
  await eventually('a direct message', () => person.sees(person.im).includes('mybox is ready') || undefined, 30_000);
});

test('people of another team get no account, and are told whom to ask', async () => {
  const { person, channel } = newcomer({ teamId: 'T0OTHER01' });
  const act = person.says('@shellbox spinup mybox', { channel });
  await eventually('a refusal', () => act.shown(person.id).includes('has no account here') || undefined);
  expect(act.shown(person.id)).toContain('slack:T0000ACME:UADMIN');
  expect(await all.house.sql('SELECT 1 FROM identities WHERE subject = $1', [person.id])).toEqual([]);
});

test('the same thing delivered four times, also to two processes, is done once', async () => {
  const { person, channel } = newcomer();
  const urls = all.urls();
  expect(urls).toHaveLength(2);
  await person.types('/shellbox spinup mybox', { channel, copies: 2, deliverTo: urls }).acknowledged();
  await all.sees(person, channel, 'mybox is ready');
  await person.says('@shellbox list', { channel, copies: 2, deliverTo: urls }).acknowledged();
  await all.sees(person, channel, /● mybox/);
  expect(finalsIn(channel)).toHaveLength(1);
  const [row] = await all.house.sql<{ commands: number }>(
    `SELECT count(*)::int AS commands FROM commands c JOIN accounts a ON a.id = c.account_id WHERE a.name = $1`,
    [person.name],
  );
  expect(row).toEqual({ commands: 2 });
});

test('a post that Slack took and whose answer was lost is found, and not made twice', async () => {
  const { person, channel } = newcomer();
  all.slack.failNext('chat.postMessage', { kind: 'lost' });
  all.slack.failNext('chat.postMessage', { kind: 'lost' });
  person.types('/shellbox spinup mybox', { channel });
  await all.sees(person, channel, 'mybox is ready');
  await all.sees(person, channel, '● running');
  expect(finalsIn(channel)).toHaveLength(1);
  expect(
    all.slack.messages(channel).filter((message) => message.threadTs === undefined && message.onlyFor === undefined),
  ).toHaveLength(1);
});

test('a rate limit delays the final and does not lose it', async () => {
  const { person, channel } = newcomer();
  all.slack.failNext('chat.postMessage', { kind: 'wait', seconds: 1 });
  all.slack.failNext('chat.postMessage', { kind: 'wait', seconds: 1 });
  person.types('/shellbox spinup mybox', { channel });
  await all.sees(person, channel, 'mybox is ready');
  expect(finalsIn(channel)).toHaveLength(1);
});
