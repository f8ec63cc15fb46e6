// Conversations in Discord as people read them, kept as texts beside this file. `vitest -u` writes them anew; read them before you commit.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Actor } from '../fakes/discord/actor.ts';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { type DiscordHouse, openDiscordHouse } from '../support/discord-house.ts';
import { eventually } from '../support/eventually.ts';
import { steady } from './steady.ts';

let all: DiscordHouse;
beforeEach(async () => {
  all = await openDiscordHouse({
    settings: { ssh: { host: 'box.acme.dev', port: 2222, isPublic: true }, admins: ['discord:80351110224678912'] },
  });
});
afterEach(() => all.close());

/** The channel, and what was said in private to somebody, once all who asked were shown where the answer is. */
async function reads(name: string, inPrivate?: Actor): Promise<void> {
  await eventually(
    'nobody is kept waiting',
    () => !all.discord.transcript('#dev').includes('is thinking') || undefined,
  );
  const texts = [all.discord.transcript('#dev'), ...(inPrivate ? ['', all.discord.transcript(inPrivate.dm)] : [])];
  await expect(texts.map((text) => `${steady(text)}\n`).join('')).toMatchFileSnapshot(`${name}.txt`);
}
/** The thread of the newest box. */
const thread = () => all.discord.messages('#dev').findLast(({ onlyFor }) => onlyFor === undefined)?.id ?? '';

test('first use by slash command, without a key', async () => {
  const { ana, sees } = all;
  ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
  await sees(ana, '#dev', 'mybox is ready');
  await sees(ana, '#dev', '● running');
  await ana.clicks({ channel: '#dev' }, 'Paste a key').acknowledged();
  await ana.submits({ value: `${fakeKeyPair().publicKey} ana@laptop` }).acknowledged();
  await sees(ana, '#dev', 'works on mybox now');
  await reads('discord-first-use');
});

test('a mention, bad input, and the end of the day', async () => {
  const { ana, ben, sees } = all;
  ben.says(`keys add ${fakeKeyPair().publicKey} ben@laptop`, { channel: ben.dm });
  await sees(ben, ben.dm, 'opens your boxes');
  ana.says('Payment tests are red since noon', { channel: '#dev' });
  ben.says('@Shellbox spin up Pay_Fix', { channel: '#dev' });
  await sees(ben, ben.dm, 'cannot be in a box name');
  ben.says('@Shellbox spinup pay-fix', { channel: '#dev' });
  await sees(ben, '#dev', 'pay-fix is ready');
  await sees(ben, '#dev', '● running');
  ben.says('@Shellbox stop', { channel: thread() });
  await sees(ben, '#dev', 'pay-fix is stopped');
  await sees(ben, '#dev', '◌ stopped');
  await reads('discord-mention', ben);
});

test('the quota, and what makes room', async () => {
  const { ana, sees } = all;
  ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
  await sees(ana, '#dev', '● running');
  await sees(ana, '#dev', 'mybox is ready');
  ana.runs('spinup', { name: 'api-dev' }, { channel: '#dev' });
  await sees(ana, '#dev', 'api-dev was not started');
  ana.runs('destroy', { box: 'mybox' }, { channel: '#dev' });
  await sees(ana, '#dev', 'Nothing is destroyed yet');
  ana.clicks({ channel: '#dev' }, 'Destroy mybox');
  await sees(ana, '#dev', 'mybox is destroyed');
  await eventually('both lights out', () => ana.sees('#dev').split('◌ destroyed').length === 3 || undefined);
  await reads('discord-quota');
});
