// Upgrades under load: the release before this one beside it over one database, and a restart of every process, one after the other.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import { expectNothingLeft, live } from './people.ts';
import { checkOutPrevious, hasPrevious, type OldMember, PREVIOUS } from './previous-release.ts';
import { isWide } from './wide.ts';

const PEOPLE = isWide ? 50 : 6;
const STORY = ['spinup box-one', 'list', 'stop box-one', 'start box-one', 'destroy box-one --yes'];
const ANSWERS = PEOPLE * STORY.length;
const WORK_MS = 120_000;
const SETTLE_MS = 60_000;

let lab: Laboratory;
beforeEach(async () => {
  lab = await openLaboratory(7, 'standard');
});
afterEach(() => lab.close());

const answers = () => lab.chat.all().filter(({ kind }) => kind === 'final').length;
/** So that it happens in the middle of work: when this share of all answers was given. */
const answered = (share: number) => eventually(`${share} of the answers`, () => answers() >= ANSWERS * share, WORK_MS);

/** Somebody told it to end, and it ended by itself. */
async function ended(member: { kill(signal: NodeJS.Signals): void; gone: Promise<unknown> }): Promise<unknown> {
  member.kill('SIGTERM');
  return member.gone;
}

const isThere = await hasPrevious();

describe.skipIf(!isThere)(`the release ${PREVIOUS.slice(0, 7)} and this one (without history of git: skipped)`, () => {
  test('work side by side over the newer database, in either direction, and nothing is lost', {
    timeout: 300_000,
  }, async () => {
    const previous = await checkOutPrevious();
    const old: OldMember[] = [];
    try {
      old.push(await previous.launch(lab, 'bots'), await previous.launch(lab, 'worker'));
      const lives = live(lab, PEOPLE, STORY);
      await answered(0.1);
      await Promise.all([lab.launch('bots'), lab.launch('worker')]);
      await answered(0.35);
      for (const member of old) expect(await ended(member)).toBe(0);
      // And back, as after an upgrade that was regretted.
      await answered(0.6);
      const back = [await previous.launch(lab, 'bots'), await previous.launch(lab, 'worker')];
      old.push(...back);
      const asked = await lives;
      await expectNothingLeft(lab, { people: PEOPLE, asked, deadlineMs: SETTLE_MS });
      expect(await workOf(back[1])).toBeGreaterThan(0);
    } finally {
      for (const member of old) member.kill('SIGKILL');
      await Promise.all(old.map((member) => member.gone));
      await previous.remove();
    }
  });
});

/** Jobs that were done by processes that are not of the laboratory. */
async function workOf(member: OldMember | undefined): Promise<number> {
  expect(member).toBeDefined();
  const own = lab.members().map(({ pid }) => `:${pid}:`);
  const rows = await lab.sql<{ holder: string | null }>(`SELECT holder FROM jobs WHERE state = 'succeeded'`);
  return rows.filter(({ holder }) => holder !== null && !own.some((pid) => holder.includes(pid))).length;
}

test('a restart of each process under load, one after the other, loses nothing', { timeout: 300_000 }, async () => {
  await Promise.all([lab.launch('bots'), lab.launch('bots'), lab.launch('worker'), lab.launch('worker')]);
  const lives = live(lab, PEOPLE, STORY);
  const first = lab.members();
  for (const [count, member] of first.entries()) {
    await answered(0.1 + (count * 0.7) / first.length);
    await ended(member);
    await lab.launch(member.role);
  }
  const asked = await lives;
  await expectNothingLeft(lab, { people: PEOPLE, asked, deadlineMs: SETTLE_MS });
  expect(lab.members().filter((member) => first.includes(member))).toEqual([]);
});
