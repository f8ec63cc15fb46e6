// Conversations in Slack as people read them, kept as texts beside this file. `vitest -u` writes them anew; read them before you commit.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { eventually } from '../support/eventually.ts';
import { stopIdle, warn } from '../support/idle-box.ts';
import { openSlackHouse, type SlackHouse } from '../support/slack-house.ts';
import { steady } from './steady.ts';

let all: SlackHouse;
beforeEach(async () => {
  all = await openSlackHouse({
    settings: { ssh: { host: 'box.acme.dev', port: 2222, isPublic: true }, admins: ['slack:T0000ACME:U0KIM'] },
  });
});
afterEach(() => all.close());

const reads = (name: string) => expect(`${steady(all.slack.transcript('#dev'))}\n`).toMatchFileSnapshot(`${name}.txt`);

test('first use by slash command, without a key', async () => {
  const { ana, sees } = all;
  ana.types('/shellbox spinup mybox', { channel: '#dev' });
  await sees(ana, '#dev', 'mybox is ready');
  await sees(ana, '#dev', '● running');
  await ana.clicks({ channel: '#dev' }, 'Paste a key').acknowledged();
  await ana.submits({ value: `${fakeKeyPair().publicKey} ana@laptop` }).acknowledged();
  await sees(ana, '#dev', 'works on mybox now');
  await reads('slack-first-use');
});

test('a mention in a thread, bad input, and the end of the day', async () => {
  const { ana, ben, sees, slack } = all;
  ana.says(`keys add ${fakeKeyPair().publicKey} ana@laptop`, { channel: ana.im });
  ben.says(`keys add ${fakeKeyPair().publicKey} ben@laptop`, { channel: ben.im });
  await eventually('the key', () => ben.sees(ben.im).includes('opens your boxes') || undefined);
  const said = ana.says('Payment tests are red since noon', { channel: '#dev' });
  const thread = said.message?.ts ?? '';
  ben.says('@shellbox spin up Pay_Fix', { channel: '#dev', thread });
  await sees(ben, '#dev', 'cannot be in a box name');
  ben.clicks({ channel: '#dev' }, 'Spinup pay-fix');
  await sees(ben, '#dev', 'pay-fix is ready');
  await sees(ben, '#dev', '● running');
  ben.says('@shellbox stop', { channel: '#dev', thread });
  await sees(ben, '#dev', 'pay-fix is stopped');
  await sees(ben, '#dev', '◌ stopped');
  expect(slack.notifications.list()).toEqual([]);
  await reads('slack-mention-in-a-thread');
});

test('the quota, and what makes room', async () => {
  const { ana, sees } = all;
  ana.types('/shellbox spinup mybox', { channel: '#dev' });
  await sees(ana, '#dev', '● running');
  await sees(ana, '#dev', 'mybox is ready');
  ana.types('/shellbox spinup api-dev', { channel: '#dev' });
  await sees(ana, '#dev', 'api-dev was not started');
  ana.types('/shellbox destroy mybox', { channel: '#dev' });
  await sees(ana, '#dev', 'Nothing is destroyed yet');
  ana.clicks({ channel: '#dev' }, 'Destroy mybox');
  await sees(ana, '#dev', 'mybox is destroyed');
  await eventually('both lights out', () => ana.sees('#dev').split('◌ destroyed').length === 3 || undefined);
  await reads('slack-quota');
});

test('an idle box: its warning, four hours more, its stop', async () => {
  const { ana, house, sees, slack } = all;
  ana.types('/shellbox spinup mybox', { channel: '#dev' });
  await sees(ana, '#dev', 'mybox is ready');
  await sees(ana, '#dev', '● running');
  // Late in the morning, at whatever time this runs: the buttons are those of the time of day.
  const ahead = 11 - new Date().getUTCHours();
  const zone = `Etc/GMT${ahead < 0 ? '+' : '-'}${Math.abs(ahead)}`;
  await house.sql('UPDATE accounts SET time_zone = $1, time_zone_chosen = true', [zone]);
  await warn(house, 'mybox');
  await sees(ana, ana.im, 'in 10 min');
  await sees(ana, '#dev', 'in 10 min');
  await expect(`${steady(slack.transcript(ana.im))}\n`).toMatchFileSnapshot('slack-idle-warning.txt');
  await ana.clicks({ channel: ana.im }, '4 h more').acknowledged();
  await sees(ana, ana.im, '✓ mybox stays until');
  await sees(ana, ana.im, 'mybox was to stop');
  await stopIdle(house, 'mybox');
  await sees(ana, ana.im, 'mybox is stopped');
  await sees(ana, '#dev', '◌ stopped');
  await expect(`${steady(slack.transcript(ana.im))}\n`).toMatchFileSnapshot('slack-idle-stopped.txt');
});
