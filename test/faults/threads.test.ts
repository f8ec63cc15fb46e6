// Threads of chats while processes are killed at every point: one story, one final, one box, progress in one message.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GATEWAY_LEASE } from '../../src/bots/discord/gateway.ts';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { type Laboratory, type Member, openLaboratory } from './laboratory.ts';
import { openDiscordThreads, openSlackThreads, type ThreadDoor } from './thread-doors.ts';

const SEED = Number(process.env.THREAD_SEED ?? 1);
/** Over both doors. */
const RUNS = Number(process.env.THREAD_RUNS ?? 24);
const STORY_MS = 60_000;
const SOON_MS = 400;

/** Where a process is killed; `random` says how far into it. */
type Point = (lab: Laboratory, door: ThreadDoor, random: () => number) => Promise<void>;

const POINTS: Readonly<Record<string, Point>> = {
  'bots, when the platform has the root': (lab, door) => killWhenTaken(lab, door, 0),
  'bots, when the platform has the progress': (lab, door) => killWhenTaken(lab, door, 1),
  'bots, when the platform has the final': (lab, door) => killWhenTaken(lab, door, 2),
  'bots, at any moment': (lab, _, random) => killSoon(lab, 'bots', random() * SOON_MS),
  'worker, at any moment': (lab, _, random) => killSoon(lab, 'worker', random() * SOON_MS),
  'both, at any moment': async (lab, _, random) => {
    await Promise.all([killSoon(lab, 'bots', random() * SOON_MS), killSoon(lab, 'worker', random() * SOON_MS)]);
  },
};
/** Only one process hears what Discord's people say. */
const GATEWAY_POINT: Readonly<Record<string, Point>> = {
  'the holder of the gateway, at any moment': async (lab, _, random) => {
    await pause(random() * SOON_MS);
    const [lease] = await lab.sql<{ holder: string }>('SELECT holder FROM leases WHERE name = $1', [GATEWAY_LEASE]);
    const holder = lab.members().find((member) => member.holder === lease?.holder);
    if (holder !== undefined) await replace(lab, holder);
  },
};

const DOORS = [
  { name: 'Slack', open: openSlackThreads, points: POINTS },
  { name: 'Discord', open: openDiscordThreads, points: { ...POINTS, ...GATEWAY_POINT } },
];

describe.each(DOORS)(`a thread in $name whose processes are killed, seed ${SEED}`, ({ open, points }) => {
  let lab: Laboratory;
  let door: ThreadDoor;
  const random = mulberry32(SEED);

  beforeAll(async () => {
    door = await open();
    lab = await openLaboratory(SEED, 'none', door.lab);
    await Promise.all([lab.launch('bots'), lab.launch('bots'), lab.launch('worker'), lab.launch('worker')]);
  }, STORY_MS);
  afterAll(async () => {
    await lab.close();
    await door.close();
  });

  const names = Object.keys(points);
  const runs = Array.from({ length: Math.ceil(RUNS / DOORS.length) }, (_, run) => ({
    run,
    point: names[run % names.length] ?? '',
  }));

  test.each(runs)('run $run: $point', { timeout: 4 * STORY_MS }, async ({ run, point }) => {
    // So that each way of asking meets each point.
    const asker = door.asker(run + Math.floor(run / names.length));
    const asking = asker.asks(lab);
    const killing = points[point]?.(lab, door, random);
    // Nothing was promised: the person asks again, as people do.
    for (let isTaken = await asking; !isTaken; isTaken = await asker.asks(lab)) await killing;
    await killing;
    await eventually('the final', () => asker.count('mybox is ready') > 0, STORY_MS);
    await eventually('the light', () => asker.count('● running') > 0, STORY_MS);
    await eventually('nothing on its way', async () => (await pending(lab)) === 0, STORY_MS);
    const commands = await answered(lab, asker.name);
    const [ready, already] = [asker.count('mybox is ready'), asker.count('you have it already')];
    expect({ ready, finals: ready + already }).toEqual({ ready: commands, finals: commands });
    expect(asker.count('✓ box started')).toBe(commands);
    expect(asker.count('● running')).toBe(commands);
    const boxes = lab.cloud.ledger.instances().filter((instance) => instance.boxId !== undefined);
    expect(new Set(boxes.map((box) => box.boxId)).size).toBe(boxes.length);
    const made = await lab.sql('SELECT b.id FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1', [
      asker.name,
    ]);
    expect(made).toHaveLength(1);
  });
});

/** Commands of this person that were recorded: two when an acknowledgement was lost and they asked again. */
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

/** The platform takes a post, and all bots die before they hear of it. */
async function killWhenTaken(lab: Laboratory, door: ThreadDoor, after: number): Promise<void> {
  await door.taken(after);
  await Promise.all(
    lab
      .members()
      .filter(({ role }) => role === 'bots')
      .map((member) => replace(lab, member)),
  );
}

async function killSoon(lab: Laboratory, role: Member['role'], ms: number): Promise<void> {
  await pause(ms);
  const victim = lab.members().find((member) => member.role === role);
  if (victim !== undefined) await replace(lab, victim);
}

async function replace(lab: Laboratory, member: Member): Promise<void> {
  member.kill('SIGKILL');
  await member.gone;
  await lab.launch(member.role);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
