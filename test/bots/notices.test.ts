// Notices through the real doors: a warning reaches its owner by direct message, and its buttons move the stop, once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lifeById, lockLife, writeLife } from '../../src/store/lives.ts';
import { notify } from '../../src/store/notices.ts';
import { warningLine, warningReply } from '../../src/worker/stop-words.ts';
import { openDiscordHouse } from '../support/discord-house.ts';
import { openEmailHouse } from '../support/email-house.ts';
import { eventually } from '../support/eventually.ts';
import type { TestHouse } from '../support/house.ts';
import { openSlackHouse } from '../support/slack-house.ts';

const MINUTE_MS = 60_000;
const stopOf = async (house: TestHouse, box: string): Promise<Date | null> =>
  (await house.sql<{ stop_at: Date | null }>('SELECT stop_at FROM boxes WHERE name = $1', [box]))[0]?.stop_at ?? null;

/** What the sweep does ten minutes before the stop of a box that has been idle for fifty. */
async function warn(house: TestHouse, boxName: string): Promise<Date> {
  const { db, now } = house.services;
  const [box] = await house.sql<{ id: string }>('SELECT id FROM boxes WHERE name = $1', [boxName]);
  const id = box?.id ?? '';
  const at = now();
  const stop = { at: new Date(at.getTime() + 10 * MINUTE_MS), cause: 'idle' } as const;
  await db.transaction(async (tx) => {
    const life = await lockLife(tx, id);
    if (life === undefined) throw new Error(`${boxName} does not run.`);
    const idle = {
      ...life,
      activity: 'idle',
      activitySince: new Date(at.getTime() - 50 * MINUTE_MS),
      activityWhy: 'no session, CPU 0.3 %, 1 KiB a minute over the network',
      warnedAt: at,
    } as const;
    await writeLife(tx, id, { ...idle, stop });
    const { accountId } = life;
    const event = `warning:${id}:${stop.at.getTime()}`;
    const told = {
      accountId,
      boxId: id,
      kind: 'warning',
      event,
      reply: warningReply(idle, stop, at),
      line: warningLine(idle, stop, at),
    } as const;
    expect([await notify(tx, told), await notify(tx, told)]).toEqual([true, false]);
  });
  return (await lifeById(db.tx, id))?.stopAt ?? stop.at;
}

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
    const planned = await warn(house, 'mybox');
    const seen = await all.sees(ana, ana.im, /mybox stops at \d\d:\d\d, in 10 min\./);
    expect(seen).toMatch(/Idle since \d\d:\d\d: no session, CPU 0\.3 %/);
    expect(seen).toMatch(/\[1 h more\] \[4 h more\].*\[Stop now\]/);
    const thread = await all.sees(ana, '#dev', /mybox stops at \d\d:\d\d, in 10 min\./);
    expect(thread).not.toContain('[4 h more]');
    await ana.clicks({ channel: ana.im }, '4 h more', { copies: 2, deliverTo: all.urls() }).acknowledged();
    await all.sees(ana, ana.im, 'mybox stays until');
    const later = planned.getTime() + 240 * MINUTE_MS;
    expect((await stopOf(house, 'mybox'))?.getTime()).toBe(later);
    await eventually('the buttons are gone', () => !ana.sees(ana.im).includes('[4 h more]') || undefined);
    expect(ana.sees(ana.im).match(/in 10 min/g)).toBeNull();
    // The same words from somebody else mean another box, or none.
    expect((await stopOf(house, 'mybox'))?.getTime()).toBe(later);
  });

  test('who wants no such messages gets none, and the thread is told all the same', async () => {
    const { ben, house } = all;
    ben.types('/shellbox spinup other', { channel: '#dev' });
    await all.sees(ben, '#dev', 'other is ready');
    ben.types('/shellbox notify warning off', { channel: '#dev' });
    await all.sees(ben, '#dev', 'warning');
    await warn(house, 'other');
    await all.sees(ben, '#dev', /other stops at/);
    expect(ben.sees(ben.im)).not.toContain('other stops');
  });
});

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
    const planned = await warn(house, 'mybox');
    await all.sees(ana, ana.dm, /mybox stops at \d\d:\d\d, in 10 min\./);
    await all.sees(ana, '#dev', /mybox stops at \d\d:\d\d, in 10 min\./);
    await ana.clicks({ channel: ana.dm }, '1 h more').acknowledged();
    await all.sees(ana, ana.dm, 'mybox stays until');
    expect((await stopOf(house, 'mybox'))?.getTime()).toBe(planned.getTime() + 60 * MINUTE_MS);
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
    const planned = await warn(house, 'shy');
    await all.sees(ben, '#dev', '[4 h more]');
    const thread = all.discord.messages('#dev').find(({ onlyFor }) => onlyFor === undefined)?.id ?? '';
    await ben.clicks({ channel: thread }, '4 h more').acknowledged();
    await all.sees(ben, '#dev', 'shy stays until');
    expect((await stopOf(house, 'shy'))?.getTime()).toBe(planned.getTime() + 240 * MINUTE_MS);
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
    const planned = await warn(house, 'mybox');
    const [, warning] = await all.got('ana@acme.dev', 2);
    expect(warning?.text).toMatch(/mybox stops at \d\d:\d\d, in 10 min\./);
    expect(warning?.text).toContain('extend mybox 4h');
    const { replyTo } = warning ?? {};
    const to = replyTo?.value[0]?.address ?? '';
    await all.writes({ from: 'ana@acme.dev', to, subject: warning?.subject ?? '', body: 'extend 4h\n' });
    const [, , answer] = await all.got('ana@acme.dev', 3);
    expect(answer?.text).toContain('mybox stays until');
    expect((await stopOf(house, 'mybox'))?.getTime()).toBe(planned.getTime() + 240 * MINUTE_MS);
  });
});
