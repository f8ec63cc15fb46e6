// Threads of chats while processes are killed at every point: one story, one final, one box, progress in one message.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { killBotsWhen, killGatewayHolder, killSoon } from './killing.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import { type Asker, openDiscordThreads, openSlackThreads, type ThreadDoor } from './thread-doors.ts';

const SEED = Number(process.env.THREAD_SEED ?? 1);
/** Over both doors; by default each point of each once. */
const RUNS = Number(process.env.THREAD_RUNS ?? 20);
const STORY_MS = 60_000;
const MOST_TIMES_ASKED = 6;
const BEGIN_THREAD = 'POST /channels/{channel_id}/messages/{message_id}/threads';

interface Point {
  /** Ends before they ask. */
  before?(lab: Laboratory, door: ThreadDoor): Promise<void>;
  /** Begins when they have asked; where a process is killed, `random` says how far into it. */
  meanwhile?(lab: Laboratory, door: ThreadDoor, random: () => number): Promise<void>;
  /** What they ask must be heard at the first time. */
  isHeard?: true;
}

const POINTS: Readonly<Record<string, Point>> = {
  'bots, when the platform has the root': { meanwhile: (lab, door) => killBotsWhen(lab, door.taken(0)) },
  'bots, when the platform has the progress': { meanwhile: (lab, door) => killBotsWhen(lab, door.taken(1)) },
  'bots, when the platform has the final': { meanwhile: (lab, door) => killBotsWhen(lab, door.taken(2)) },
  'bots, at any moment': { meanwhile: (lab, _, random) => killSoon(lab, 'bots', random) },
  'worker, at any moment': { meanwhile: (lab, _, random) => killSoon(lab, 'worker', random) },
  'both, at any moment': {
    async meanwhile(lab, _, random) {
      await Promise.all([killSoon(lab, 'bots', random), killSoon(lab, 'worker', random)]);
    },
  },
};
/** Only one process hears what Discord's people say, and threads are begun by a request of their own. */
const DISCORD_POINTS: Readonly<Record<string, Point>> = {
  'bots, when Discord has begun the thread': {
    meanwhile: async (lab, { lab: { discord } }) =>
      discord && killBotsWhen(lab, discord.failNext(BEGIN_THREAD, { kind: 'taken' }).met),
  },
  'the holder of the gateway, at any moment': { meanwhile: (lab, _, random) => killGatewayHolder(lab, random) },
  'the holder of the gateway, before they ask': { before: (lab) => killGatewayHolder(lab) },
  'nobody, but the gateway breaks off before they ask': {
    async before(lab, door) {
      await door.attended(lab);
      door.lab.discord?.gateway.drop();
    },
    isHeard: true,
  },
};

const DOORS = [
  { name: 'Slack', open: openSlackThreads, points: POINTS },
  { name: 'Discord', open: openDiscordThreads, points: { ...POINTS, ...DISCORD_POINTS } },
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
    const { before, meanwhile, isHeard } = points[point] ?? {};
    await before?.(lab, door);
    const asking = asker.asks(lab);
    const killing = meanwhile?.(lab, door, random);
    let times = 1;
    // Nothing was promised: the person asks again, as people do.
    for (let isTaken = await asking; !isTaken; times++) {
      expect(times).toBeLessThan(isHeard ? 1 : MOST_TIMES_ASKED);
      await door.attended(lab);
      isTaken = await asker.asks(lab);
    }
    await killing;
    await eventually('the final', () => asker.count('mybox is ready') > 0, STORY_MS);
    await eventually('the light', () => asker.count('● running') > 0, STORY_MS);
    await eventually('nothing on its way', async () => (await underWay(lab)) === 0, STORY_MS);
    const { commands, jobs } = await recorded(lab, asker);
    expect(commands).toBeLessThanOrEqual(times);
    const parts = ['mybox is ready', '✓ box started', '● running', 'you have it already'];
    expect(parts.map(asker.count)).toEqual([jobs, jobs, jobs, commands - jobs]);
    const boxes = await lab.sql<{ id: string }>(
      'SELECT b.id FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1',
      [asker.name],
    );
    const instances = lab.cloud.ledger.instances().filter(({ boxId }) => boxes.some(({ id }) => id === boxId));
    expect([boxes.length, instances.length]).toEqual([1, 1]);
    expect(lab.cloud.ledger.duplicates()).toEqual([]);
  });
});

/** Commands of this person that were recorded, several when they asked again, and those that ran a job. */
async function recorded(lab: Laboratory, { name }: Asker): Promise<{ commands: number; jobs: number }> {
  const [row = { commands: 0, jobs: 0 }] = await lab.sql<{ commands: number; jobs: number }>(
    `SELECT count(*)::int AS commands, count(c.job_id)::int AS jobs FROM commands c JOIN accounts a ON a.id = c.account_id WHERE a.name = $1`,
    [name],
  );
  return row;
}

/** What arrived and was not worked on, was asked and not answered, was said and not sent. */
async function underWay(lab: Laboratory): Promise<number> {
  const [row] = await lab.sql<{ count: number }>(
    `SELECT (SELECT count(*) FROM deliveries WHERE processed_at IS NULL)::int
      + (SELECT count(*) FROM commands WHERE finished_at IS NULL)::int
      + (SELECT count(*) FROM messages WHERE state = 'pending')::int AS count`,
  );
  return row?.count ?? 0;
}
