// What auto-stop costs: a sweep by what is due and by what exists, and a minute of looks at a thousand boxes.
import { DEFAULT_TIERS } from '../src/boxes/sizes.ts';
import { idleConfig } from '../src/config/idle.ts';
import { createLogger } from '../src/log.ts';
import type { Provider } from '../src/providers/provider.ts';
import { secret } from '../src/secret.ts';
import { type Database, openDatabase } from '../src/store/database.ts';
import { createSecretBox } from '../src/store/secretbox.ts';
import { type AutostopOptions, createAutostop, SLOTS } from '../src/worker/autostop.ts';
import { startServers } from '../test/support/postgres.ts';
import { atMost, type Figure } from './figures.ts';
import { populate } from './many-boxes.ts';

const DUE = 100;
const FEW = 1000;
const MANY = 10_000;
const MINUTE_MS = 60_000;
const LIFETIME_HOURS = 24;
const MOST_SWEEP_S = 1;
const MOST_APART = 2;
const MOST_CORE_PERCENT = 5;
const SIGNAL = new AbortController().signal;

export async function benchAutostop(): Promise<Figure[]> {
  const servers = await startServers();
  const db = openDatabase(secret(servers.databaseUrl));
  try {
    await populate(db, FEW);
    // Plans of statements are made once; the first sweep of all pays for that.
    await sweep(db);
    const few = await sweep(db);
    const looks = await lookCost(db);
    await populate(db, MANY - FEW);
    const many = await sweep(db);
    const floorMs = await floor(db);
    return [
      atMost(
        `sweep of ${DUE} due among 10,000 boxes, warned and stopped, worse of the two`,
        Math.max(...many) / 1000,
        MOST_SWEEP_S,
        's',
        [`warned in ${text(many[0])}, stopped in ${text(many[1])}; ${DUE} empty transactions took ${text(floorMs)}`],
      ),
      atMost(`the same by one among 1,000 boxes`, Math.max(...many) / Math.max(...few), MOST_APART, 'times'),
      atMost('1,000 looks a minute, of one core', looks, MOST_CORE_PERCENT, '%'),
    ];
  } finally {
    await db.close();
    await servers.stop();
  }
}

/** Milliseconds in which a hundred boxes are warned of, and stopped. */
async function sweep(db: Database): Promise<[number, number]> {
  let at = Date.now();
  const autostop = createAutostop(optionsOver(db, new Map(), () => at));
  const since = new Date(at - 2 * LIFETIME_HOURS * 60 * MINUTE_MS);
  await db.tx.$executeRaw`
    UPDATE boxes SET state_since = ${since}, stop_cause = 'lifetime', stop_at = ${new Date(at)}, warned_at = NULL
    WHERE id IN (SELECT id FROM boxes WHERE state = 'running' AND desired = 'running' LIMIT ${DUE})`;
  const warned = await timed(() => autostop.round(SIGNAL));
  at += 11 * MINUTE_MS;
  const stopped = await timed(() => autostop.round(SIGNAL));
  const jobs = await db.tx.job.count({ where: { state: 'queued' } });
  if (jobs !== DUE) throw new Error(`${jobs} of ${DUE} boxes were stopped.`);
  await db.tx.$executeRaw`UPDATE jobs SET state = 'succeeded', finished_at = now()`;
  await db.tx.$executeRaw`UPDATE boxes SET desired = 'running', stop_at = NULL, stop_cause = NULL, state_since = now()`;
  return [warned, stopped];
}

/** The part of a core that looks at a thousand boxes take, in percent, when each is looked at once a minute and nothing changes. */
async function lookCost(db: Database): Promise<number> {
  let at = Date.now();
  const provider = {
    name: 'bench',
    observe: async (refs: readonly { boxId: string }[]) =>
      new Map(refs.map(({ boxId }) => [boxId, { startedAtMs: 1, cpuMs: 1000, trafficBytes: 5000, processes: [] }])),
  } as Partial<Provider> as Provider;
  await db.tx.$executeRaw`UPDATE boxes SET idle_minutes = NULL`;
  const autostop = createAutostop(optionsOver(db, new Map([['bench', provider]]), () => at));
  const minute = async (): Promise<void> => {
    for (let slot = 0; slot < SLOTS; slot++) {
      at += MINUTE_MS / SLOTS;
      await autostop.round(SIGNAL);
    }
  };
  // The first looks are written down; those after them find nothing new.
  await minute();
  await minute();
  const before = process.cpuUsage();
  await minute();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1000 / MINUTE_MS) * 100;
}

async function floor(db: Database): Promise<number> {
  return timed(async () => {
    for (let count = 0; count < DUE; count++) await db.transaction((tx) => tx.$executeRaw`SELECT 1`);
  });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function optionsOver(db: Database, providers: AutostopOptions['providers'], at: () => number): AutostopOptions {
  const quiet = async (): Promise<void> => {};
  return {
    db,
    wakes: { wakeWorker: quiet, wakeLanes: quiet, changed: quiet, close: quiet },
    providers,
    source: { installId: 'abcd1234', secrets: createSecretBox(secret(new Uint8Array(32))), gatewayPublicKey: '' },
    // What ran for too long needs no look before it is stopped.
    tiers: { ...DEFAULT_TIERS, free: { ...DEFAULT_TIERS.free, lifetimeHours: LIFETIME_HOURS } },
    policy: idleConfig({}),
    now: () => new Date(at()),
    steadyMs: at,
    logger: createLogger({ level: 'warn', secrets: [] }),
  };
}

const text = (ms: number): string => `${Math.round(ms)} ms`;
