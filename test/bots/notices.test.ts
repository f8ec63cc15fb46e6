// Notices through the real doors: a warning reaches its owner by direct message, and its buttons move the stop, once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDiscordHouse } from '../support/discord-house.ts';
import { openEmailHouse } from '../support/email-house.ts';
import { eventually } from '../support/eventually.ts';
import { stopOf, warn } from '../support/idle-box.ts';
import { openSlackHouse } from '../support/slack-house.ts';

const MINUTE_MS = 60_000;

describe('Slack', () => {
  let all: Awaited<ReturnType<typeof openSlackHouse>>;
  beforeAll(async () => {
    all = await openSlackHouse({ processes: 2, timings: { watchMs: 3_600_000 } });
  });
  afterAll(() => all.close());

  test('the warning comes by direct message with its buttons, the thread is told in a line, and a button moves the stop once', async () => {
    const { ana, house } = all;
    ana.types('/shellbox spinup mybox', { channel: '#dev' });
    await all.sees(ana, '#dev', 'mybox is ready');
    const { stopAt, told } = await warn(house, 'mybox');
    expect(told).toBe(1);
    const seen = await all.sees(ana, ana.im, /mybox stops (at|tomorrow) \d\d:\d\d, in 10 min\./);
    expect(seen).toMatch(/Idle since (\w+ )?\d\d:\d\d: no session, CPU 0\.3 %/);
    expect(seen).toMatch(/\[1 h more\] \[4 h more\].*\[Stop now\]/);
    const thread = await all.sees(ana, '#dev', /mybox stops (at|tomorrow) \d\d:\d\d, in 10 min\./);
    expect(thread).not.toContain('[4 h more]');
    const [one, other] = all.urls();
    // Pressed twice before the buttons are gone, on two replicas.
    const presses = [one, other].map((url) => ana.clicks({ channel: ana.im }, '4 h more', { deliverTo: [url ?? ''] }));
    await Promise.all(presses.map((press) => press.acknowledged()));
    await all.sees(ana, ana.im, /✓ mybox stays until \d\d:\d\d|✓ mybox stays until tomorrow/);
    await all.sees(ana, ana.im, 'mybox was to stop');
    const later = stopAt.getTime() + 240 * MINUTE_MS;
    expect((await stopOf(house, 'mybox'))?.getTime()).toBe(later);
    await eventually('the buttons are gone', () => !ana.sees(ana.im).includes('[4 h more]') || undefined);
    expect(ana.sees(ana.im).match(/in 10 min/g)).toBeNull();
  });

  test('the home tab shows what needs attention, and its button names a moment too', async () => {
    const { house } = all;
    const dora = all.slack.user('dora');
    dora.says('spinup doras-box', { channel: dora.im });
    await all.sees(dora, dora.im, 'doras-box is ready');
    const { stopAt } = await warn(house, 'doras-box');
    await dora.opensHome().acknowledged();
    await eventually('the tab', () => /doras-box · ● stops in \d+ min/.test(dora.home() ?? '') || undefined);
    for (let press = 0; press < 2; press++) await dora.clicks('home', '4 h more').acknowledged();
    await eventually(
      'both answers',
      () => dora.sees(dora.im).split('✓ doras-box stays until').length === 3 || undefined,
    );
    expect((await stopOf(house, 'doras-box'))?.getTime()).toBe(stopAt.getTime() + 240 * MINUTE_MS);
  });

  test('every command about the life of a box is answered', async () => {
    const cleo = all.slack.user('cleo');
    const said = (line: string) => cleo.says(line, { channel: cleo.im });
    said('spinup mybox');
    await all.sees(cleo, cleo.im, 'mybox is ready');
    for (const [line, answer] of WORDS) {
      const act = said(line);
      await eventually(line, () => answer.test(act.shown(cleo.id)) || undefined);
    }
  });

  test('who wants no such messages gets none, and the thread is told all the same', async () => {
    const { ben, house } = all;
    ben.types('/shellbox spinup other', { channel: '#dev' });
    await all.sees(ben, '#dev', 'other is ready');
    ben.types('/shellbox notify warning off', { channel: '#dev' });
    await all.sees(ben, '#dev', 'warning');
    await warn(house, 'other');
    await all.sees(ben, '#dev', /other stops (at|tomorrow)/);
    expect(ben.sees(ben.im)).not.toContain('other stops');
  });
});

/** What is typed, and what the answer holds: the same on every door. */
const WORDS = [
  ['why mybox', /mybox · running since[\s\S]*It (is|stops)/],
  ['extend mybox 5h', /✓ mybox stays until/],
  ['hold mybox tomorrow', /✓ mybox stays until tomorrow 23:59/],
  ['set mybox idle 30m', /mybox stops once it has been unused for 30 min/],
  ['set mybox wake off', /A connection does not start mybox/],
  ['set timezone Europe/Berlin', /Europe\/Berlin/],
  ['set quiet 22:00-07:00', /22:00/],
  ['notify', /warning/],
  ['usage', /mybox/],
  ['undestroy', /nothing|no destroyed/i],
  ['admin status', /for operators/],
  ['forget somebody', /for operators/],
] as const;

describe('Discord', () => {
  let all: Awaited<ReturnType<typeof openDiscordHouse>>;
  beforeAll(async () => {
    all = await openDiscordHouse();
  });
  afterAll(() => all.close());

  test('the warning comes by direct message, and its button moves the stop', async () => {
    const { ana, house } = all;
    ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
    await all.sees(ana, '#dev', 'mybox is ready');
    const { stopAt, told } = await warn(house, 'mybox');
    expect(told).toBe(1);
    await all.sees(ana, ana.dm, /mybox stops (at|tomorrow) \d\d:\d\d, in 10 min\./);
    await all.sees(ana, '#dev', /mybox stops (at|tomorrow) \d\d:\d\d, in 10 min\./);
    await ana.clicks({ channel: ana.dm }, '1 h more').acknowledged();
    await all.sees(ana, ana.dm, 'mybox stays until');
    expect((await stopOf(house, 'mybox'))?.getTime()).toBe(stopAt.getTime() + 60 * MINUTE_MS);
  });
});

describe('Discord, in words', () => {
  let all: Awaited<ReturnType<typeof openDiscordHouse>>;
  beforeAll(async () => {
    all = await openDiscordHouse();
  });
  afterAll(() => all.close());

  test('every command about the life of a box is answered', async () => {
    const { ben } = all;
    ben.says('spinup mybox', { channel: ben.dm });
    await all.sees(ben, ben.dm, 'mybox is ready');
    for (const [line, answer] of WORDS) {
      const before = ben.sees(ben.dm).length;
      ben.says(line, { channel: ben.dm });
      await eventually(line, () => answer.test(ben.sees(ben.dm).slice(before)) || undefined);
    }
  });
});

describe('Discord, where somebody takes no direct messages', () => {
  let all: Awaited<ReturnType<typeof openDiscordHouse>>;
  beforeAll(async () => {
    all = await openDiscordHouse();
  });
  afterAll(() => all.close());

  test('the thread of the box is told all of it, with the buttons', async () => {
    const { ben, house } = all;
    ben.takesMessages(false);
    ben.runs('spinup', { name: 'shy' }, { channel: '#dev' });
    await all.sees(ben, '#dev', 'shy is ready');
    const { stopAt } = await warn(house, 'shy');
    await all.sees(ben, '#dev', '[4 h more]');
    const thread = all.discord.messages('#dev').find(({ onlyFor }) => onlyFor === undefined)?.id ?? '';
    await ben.clicks({ channel: thread }, '4 h more').acknowledged();
    await all.sees(ben, '#dev', 'shy stays until');
    expect((await stopOf(house, 'shy'))?.getTime()).toBe(stopAt.getTime() + 240 * MINUTE_MS);
  });
});

describe('E-mail', () => {
  let all: Awaited<ReturnType<typeof openEmailHouse>>;
  beforeAll(async () => {
    all = await openEmailHouse();
  });
  afterAll(() => all.close());

  test('the warning comes in the conversation about the box, and the answer “extend 4h” moves the stop', async () => {
    const { house } = all;
    await all.writes({ from: 'ana@acme.dev', subject: 'spinup mybox' });
    await all.got('ana@acme.dev', 1);
    const { stopAt, told } = await warn(house, 'mybox');
    expect(told).toBe(1);
    const [, warning] = await all.got('ana@acme.dev', 2);
    expect(warning?.text).toMatch(/mybox stops (at|tomorrow) \d\d:\d\d, in 10 min\./);
    expect(warning?.text).toContain('extend mybox 4h');
    const { replyTo } = warning ?? {};
    const to = replyTo?.value[0]?.address ?? '';
    await all.writes({ from: 'ana@acme.dev', to, subject: warning?.subject ?? '', body: 'extend 4h\n' });
    const [, , answer] = await all.got('ana@acme.dev', 3);
    expect(answer?.text).toContain('mybox stays until');
    expect((await stopOf(house, 'mybox'))?.getTime()).toBe(stopAt.getTime() + 240 * MINUTE_MS);
  });

  test('every command about the life of a box is answered', async () => {
    const lines = ['spinup mybox', ...WORDS.map(([line]) => line)];
    await all.writes({ from: 'cleo@acme.dev', body: `${lines.join('\n')}\n` });
    const [answer] = await all.got('cleo@acme.dev', 1);
    for (const [, words] of WORDS) expect(answer?.text).toMatch(words);
  });
});
