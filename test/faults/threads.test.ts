// Threads of Slack while processes are killed at every point: one story, one final, one box, progress in one message.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANIFEST } from '../bots/slack/open-door.ts';
import { mulberry32 } from '../fakes/seeded-random.ts';
import type { SlackMessage } from '../fakes/slack/message.ts';
import { type FakeSlack, openSlack } from '../fakes/slack/slack.ts';
import { eventually } from '../support/eventually.ts';
import { type Laboratory, type Member, openLaboratory } from './laboratory.ts';

const SEED = Number(process.env.THREAD_SEED ?? 1);
const RUNS = Number(process.env.THREAD_RUNS ?? 12);
const STORY_MS = 60_000;

/** Where a process is killed; `random` says how far into it. */
type Point = (lab: Laboratory, slack: FakeSlack, random: () => number) => Promise<void>;

const POINTS: Readonly<Record<string, Point>> = {
  'bots, when Slack has the root': (lab, slack) => killWhenTaken(lab, slack, 0),
  'bots, when Slack has the progress': (lab, slack) => killWhenTaken(lab, slack, 1),
  'bots, when Slack has the final': (lab, slack) => killWhenTaken(lab, slack, 2),
  'bots, at any moment': (lab, _, random) => killSoon(lab, 'bots', random() * 400),
  'worker, at any moment': (lab, _, random) => killSoon(lab, 'worker', random() * 400),
  'both, at any moment': async (lab, _, random) => {
    await Promise.all([killSoon(lab, 'bots', random() * 400), killSoon(lab, 'worker', random() * 400)]);
  },
};

describe(`a thread in Slack whose processes are killed, seed ${SEED}`, () => {
  let lab: Laboratory;
  let slack: FakeSlack;
  const random = mulberry32(SEED);

  beforeAll(async () => {
    slack = await openSlack({ ...MANIFEST, timesFaster: 20, postBurst: 10 });
    lab = await openLaboratory(SEED, 'none', { slack });
    await Promise.all([lab.launch('bots'), lab.launch('bots'), lab.launch('worker'), lab.launch('worker')]);
  });
  afterAll(async () => {
    await lab.close();
    await slack.close();
  });

  const points = Object.entries(POINTS);
  const runs = Array.from({ length: RUNS }, (_, run) => ({ run, point: points[run % points.length]?.[0] ?? '' }));

  test.each(runs)('run $run: $point', { timeout: 3 * STORY_MS }, async ({ run, point }) => {
    const person = slack.user(`person-${run}`);
    const channel = slack.addChannel(`room-${run}`);
    const act =
      run % 2 === 0
        ? person.types('/shellbox spinup mybox', { channel: channel.id })
        : person.says('@shellbox spinup mybox', { channel: channel.id });
    const killing = POINTS[point]?.(lab, slack, random);
    if (!(await act.acknowledged()).ok) {
      // Nothing was promised; the person tries again, as people do.
      await killing;
      expect(await person.types('/shellbox spinup mybox', { channel: channel.id }).acknowledged()).toMatchObject({
        ok: true,
      });
    }
    await killing;
    const ours = (): SlackMessage[] =>
      channel.messages.filter(({ bot, onlyFor, deleted }) => bot !== undefined && onlyFor === undefined && !deleted);
    const saying = (part: string) => ours().filter((message) => message.text.includes(part));
    await eventually('the final', () => saying('mybox is ready').length > 0, STORY_MS);
    await eventually('the light', () => saying('● running').length > 0, STORY_MS);
    await eventually('nothing on its way', async () => (await pending(lab)) === 0, STORY_MS);
    const finals = saying('mybox is ready').length + saying('you have it already').length;
    const commands = await answered(lab, person.name);
    expect({ ready: saying('mybox is ready').length, finals }).toEqual({ ready: commands, finals: commands });
    expect(saying('✓ box started')).toHaveLength(commands);
    expect(saying('● running')).toHaveLength(commands);
    const boxes = lab.cloud.ledger.instances().filter((instance) => instance.boxId !== undefined);
    expect(new Set(boxes.map((box) => box.boxId)).size).toBe(boxes.length);
  });
});

/** Commands of this person that were recorded: two when an acknowledgement was lost and they typed it again. */
async function answered(lab: Laboratory, name: string): Promise<number> {
  const [row] = await lab.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM commands c JOIN accounts a ON a.id = c.account_id WHERE a.name = $1 AND c.finished_at IS NOT NULL`,
    [name],
  );
  return row?.count ?? 0;
}

async function pending(lab: Laboratory): Promise<number> {
  const [row] = await lab.sql<{ count: number }>(`SELECT count(*)::int AS count FROM messages WHERE state = 'pending'`);
  return row?.count ?? 0;
}

/** Slack takes the post after so many others, and all bots die before they hear of it. */
async function killWhenTaken(lab: Laboratory, slack: FakeSlack, after: number): Promise<void> {
  for (let post = 0; post < after; post++) slack.failNext('chat.postMessage', { kind: 'none' });
  await slack.failNext('chat.postMessage', { kind: 'taken' }).met;
  await Promise.all(
    lab
      .members()
      .filter(({ role }) => role === 'bots')
      .map((member) => replace(lab, member)),
  );
}

async function killSoon(lab: Laboratory, role: Member['role'], ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  const victim = lab.members().find((member) => member.role === role);
  if (victim !== undefined) await replace(lab, victim);
}

async function replace(lab: Laboratory, member: Member): Promise<void> {
  member.kill('SIGKILL');
  await member.gone;
  await lab.launch(member.role);
}
