// `npm run bench -- sustained [seconds [commands a second]]`: 50 commands a second over all doors at once, spread evenly and then nine of ten by one account.
// 30 seconds of each when no length is given; 300 is the whole of it, with memory looked at after two minutes and at the end.
import { setTimeout as delay } from 'node:timers/promises';
import { mulberry32 } from '../test/fakes/seeded-random.ts';
import { atMost, type Figure, percentile, rounded } from './figures.ts';
import type { ServiceProcess } from './private-service.ts';
import { openSustainedHouse, type SustainedHouse } from './sustained-house.ts';
import { type Acknowledged, type AskedDoor, type Asker, DOORS, openAsker } from './sustained-people.ts';

const OTHERS = 9;
const FLOODER_SHARE = 0.9;
/** Of all commands: steps in the life of a box; the rest reads. */
const LIFE_SHARE = 0.2;
/** Of the reads, in the order of DOORS. */
const DOOR_SHARES: Readonly<Record<AskedDoor, number>> = {
  ssh: 0.4,
  chat: 0.25,
  slack: 0.15,
  discord: 0.15,
  email: 0.05,
};
const CHANNELS = 3;
/** Before anything is measured: programs are compiled, connections opened. */
const WARM_UP_S = 5;
/** Where in the flood memory is looked at first: minute 2 of 5. */
const FIRST_LOOK = 0.4;
const ALL_ANSWERED_MS = 120_000;

const ACK_P99_MS = 500;
const ACK_WORST_MS = 2000;
const WAIT_RATIO = 1.5;
const GROWTH_MIB = 5;

interface Phase {
  /** By the wall clock, milliseconds. */
  from: number;
  to: number;
}

export async function benchSustained(seconds: number, perSecond: number): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  const house = await openSustainedHouse(stack);
  const askers: Asker[] = [];
  stack.defer(() => {
    for (const asker of askers) asker.hangUp();
  });
  for (let n = 0; n <= OTHERS; n++) askers.push(await openAsker(house, `p${n}x`, n % CHANNELS));
  const [flooder] = askers;
  if (flooder === undefined) throw new Error('Nobody is there.');
  const random = mulberry32(1);
  const anybody = (): Asker => askers[Math.floor(random() * askers.length)] ?? flooder;
  const others = askers.slice(1);
  const anyOther = (): Asker => others[Math.floor(random() * others.length)] ?? flooder;

  const rate = { perSecond, random };
  await load(WARM_UP_S, rate, anybody);
  const even = await load(seconds, rate, anybody);
  const memory = watchMemory(house.processes, seconds);
  const flood = await load(seconds, rate, () => (random() < FLOODER_SHARE ? flooder : anyOther()));
  const growth = await memory;
  await allAnswered(house);

  const acks = (asker: Asker, { from, to }: Phase): Acknowledged[] =>
    asker.acknowledged().filter(({ askedAt }) => askedAt >= from && askedAt < to);
  const ofAll = askers.flatMap((asker) => acks(asker, flood));
  const ofOthers = others.flatMap((asker) => acks(asker, flood));
  const spread = await waits(house, even, others);
  const beside = await waits(house, flood, others);
  const ms = (all: readonly Acknowledged[]): number[] => all.map(({ ackMs }) => ackMs);
  const byDoor = DOORS.map((door) => `${door} ${told(ms(ofAll.filter((one) => one.door === door)))}`);
  return [
    atMost('sustained: acknowledged, p99', percentile(ms(ofAll), 0.99), ACK_P99_MS, 'ms', [
      `${ofAll.length} commands in ${seconds} s, nine of ten by one account: ${told(ms(ofAll))}`,
      `spread evenly: ${told(ms(askers.flatMap((asker) => acks(asker, even))))}`,
      ...byDoor,
    ]),
    atMost('sustained: acknowledged, worst', Math.max(...ms(ofAll)), ACK_WORST_MS, 'ms'),
    atMost('sustained: others acknowledged, p99', percentile(ms(ofOthers), 0.99), ACK_P99_MS, 'ms', [
      told(ms(ofOthers)),
    ]),
    atMost(
      'sustained: others wait in the queues, mean, against the same spread evenly',
      mean(beside) / mean(spread),
      WAIT_RATIO,
      'times',
      [
        `beside the flood ${told(beside)}, mean ${rounded(mean(beside))} ms; spread evenly ${told(spread)}, mean ${rounded(mean(spread))} ms`,
      ],
    ),
    ...growth.map(({ name, before, after }) =>
      atMost(`sustained: memory of ${name} grows`, Math.max(0, after - before), GROWTH_MIB, 'MiB', [
        `${rounded(before)} MiB at ${Math.round(FIRST_LOOK * seconds)} s, ${rounded(after)} MiB at ${seconds} s`,
      ]),
    ),
  ];
}

/** Commands at the rate, whatever becomes of them, for so long; ends when all of them were acknowledged. */
async function load(
  seconds: number,
  { perSecond, random }: { perSecond: number; random: () => number },
  who: () => Asker,
): Promise<Phase> {
  const began = performance.now();
  const from = performance.timeOrigin + began;
  const underWay: Promise<void>[] = [];
  const failed: unknown[] = [];
  for (let n = 0; n < seconds * perSecond; n++) {
    const dueMs = began + (n * 1000) / perSecond - performance.now();
    if (dueMs > 0) await delay(dueMs);
    const asker = who();
    const asked =
      random() < LIFE_SHARE ? asker.live() : asker.ask(anyDoor(random()), random() < 0.5 ? 'list' : 'info home');
    underWay.push(asked.catch((error: unknown) => void failed.push(error)));
  }
  await Promise.all(underWay);
  if (failed.length > 0)
    throw new Error(`${failed.length} commands were not taken or not answered.`, { cause: failed[0] });
  return { from, to: performance.timeOrigin + performance.now() };
}

function anyDoor(at: number): AskedDoor {
  let upTo = 0;
  for (const door of DOORS) {
    upTo += DOOR_SHARES[door];
    if (at < upTo) return door;
  }
  return 'ssh';
}

/** How long each command waited: until it was looked at, and until its job began. Milliseconds, by the database's clock. */
async function waits(house: SustainedHouse, { from, to }: Phase, askers: readonly Asker[]): Promise<number[]> {
  const rows = await house.sql<{ ms: number }>(
    `SELECT (1000 * extract(epoch FROM c.created_at - d.received_at) + COALESCE(1000 * extract(epoch FROM j.started_at - j.created_at), 0))::float8 AS ms
      FROM commands c JOIN deliveries d ON d.id = c.delivery_id LEFT JOIN jobs j ON j.id = c.job_id
      WHERE c.account_id = ANY($1) AND d.received_at >= to_timestamp($2) AND d.received_at < to_timestamp($3)`,
    [askers.map(({ accountId }) => accountId), from / 1000, to / 1000],
  );
  return rows.map(({ ms }) => ms);
}

async function watchMemory(processes: Readonly<Record<string, ServiceProcess>>, seconds: number) {
  const look = () =>
    Promise.all(Object.entries(processes).map(async ([name, one]) => ({ name, residentMiB: await one.residentMiB() })));
  await delay(FIRST_LOOK * seconds * 1000);
  const before = await look();
  await delay((1 - FIRST_LOOK) * seconds * 1000);
  const after = await look();
  return before.map(({ name, residentMiB }, n) => ({
    name,
    before: residentMiB,
    after: after[n]?.residentMiB ?? Number.NaN,
  }));
}

/** Every command has exactly one final, and none of them is a refusal for speed. */
async function allAnswered(house: SustainedHouse): Promise<void> {
  const deadline = performance.now() + ALL_ANSWERED_MS;
  for (;;) {
    const [row] = await house.sql<{ open: number; refused: number; wrong: number }>(
      `SELECT (SELECT count(*) FROM deliveries WHERE processed_at IS NULL)::int + (SELECT count(*) FROM commands WHERE finished_at IS NULL)::int AS open,
        (SELECT count(*) FROM deliveries WHERE refusal IS NOT NULL)::int AS refused,
        (SELECT count(*) FROM commands c WHERE (SELECT count(*) FROM replies r WHERE r.command_id = c.id AND r.kind = 'final') <> 1)::int AS wrong`,
    );
    if (row?.open === 0) {
      if (row.wrong > 0 || row.refused > 0)
        throw new Error(`${row.wrong} commands have not exactly one final, and ${row.refused} were refused.`);
      return;
    }
    if (performance.now() > deadline) throw new Error(`${row?.open} commands have no answer.`);
    await delay(200);
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const told = (values: readonly number[]): string =>
  `p50 ${rounded(percentile(values, 0.5))}, p99 ${rounded(percentile(values, 0.99))}, worst ${rounded(Math.max(...values))} ms`;
