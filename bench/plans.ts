// Shows that a spinup costs the database the same with ten boxes and with ten thousand: buffers touched by each of its statements.

import { DEFAULT_SIZES, DEFAULT_TIERS } from '../src/boxes/sizes.ts';
import { createDispatcher } from '../src/commands/dispatch.ts';
import { COMMANDS } from '../src/commands/registry.ts';
import { idleConfig } from '../src/config/idle.ts';
import { createLogger } from '../src/log.ts';
import { NO_METERS } from '../src/meters.ts';
import { secret } from '../src/secret.ts';
import { ensureCapacity } from '../src/store/capacity.ts';
import { type Database, openDatabase, type Tx } from '../src/store/database.ts';
import { newId } from '../src/store/ids.ts';
import { createSecretBox } from '../src/store/secretbox.ts';
import { fakeKeyPair } from '../test/fakes/key-pair.ts';
import { startServers } from '../test/support/postgres.ts';
import { populate } from './many-boxes.ts';

interface Cost {
  statement: string;
  buffers: number;
}

const FEW = 10;
const MANY = 10_000;
const ROUNDS = 8;

/** One row a statement: its beginning, and the buffers it touched with few and with many boxes. */
export async function benchPlans(): Promise<{ statement: string; few: number; many: number }[]> {
  const servers = await startServers();
  const db = openDatabase(secret(servers.databaseUrl), 4);
  try {
    await ensureCapacity(db.tx, 'bench');
    await populate(db, FEW);
    const few = await spinupCosts(db);
    await populate(db, MANY - FEW);
    const many = await spinupCosts(db);
    return few.map((cost, index) => ({
      statement: cost.statement,
      few: cost.buffers,
      many: many[index]?.buffers ?? Number.NaN,
    }));
  } finally {
    await db.close();
    await servers.stop();
  }
}

/** Runs one real spinup, explaining each of its raw statements on the way; the last of several, so that the server's connections have their caches warm. */
async function spinupCosts(db: Database): Promise<Cost[]> {
  let costs: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    costs = [];
    const watched: Database = { ...db, transaction: (work) => db.transaction((tx) => work(watch(tx, costs))) };
    const dispatcher = dispatcherOver(watched);
    const person = newId();
    const { delivery } = await dispatcher.accept({
      door: 'bench',
      tenant: '',
      deliveryId: newId(),
      thread: { key: newId(), address: {}, lane: 'bench' },
      speaker: { door: 'bench', tenant: '', subject: person, display: person },
      text: 'spinup bench-box',
      interactive: false,
    });
    await dispatcher.work(delivery);
  }
  return costs;
}

/** Explains each raw statement (it is executed and undone), then lets it run. */
function watch(tx: Tx, costs: Cost[]): Tx {
  const explained = (run: (strings: TemplateStringsArray, ...values: unknown[]) => Promise<unknown>) => {
    return async (strings: TemplateStringsArray, ...values: unknown[]) => {
      const explain = Object.assign([`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${strings[0]}`, ...strings.slice(1)], {
        raw: strings.raw,
      });
      await tx.$executeRaw`SAVEPOINT explained`;
      const rows = await tx.$queryRaw<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }[]>(explain, ...values);
      await tx.$executeRaw`ROLLBACK TO SAVEPOINT explained`;
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan ?? {};
      const buffers = (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
      costs.push({ statement: strings.join('…').replace(/\s+/g, ' ').trim().slice(0, 60), buffers });
      return run(strings, ...values);
    };
  };
  return new Proxy(tx, {
    get(target, key) {
      if (key === '$queryRaw') return explained((strings, ...values) => target.$queryRaw(strings, ...values));
      if (key === '$executeRaw') return explained((strings, ...values) => target.$executeRaw(strings, ...values));
      return Reflect.get(target, key);
    },
  });
}

function dispatcherOver(db: Database): ReturnType<typeof createDispatcher> {
  const quiet = async (): Promise<void> => {};
  return createDispatcher({
    db,
    secrets: createSecretBox(secret(new Uint8Array(32))),
    githubUrl: 'http://127.0.0.1:9',
    house: {
      version: 'bench',
      sizes: DEFAULT_SIZES,
      tiers: DEFAULT_TIERS,
      asksForPrices: true,
      providers: [
        {
          name: 'bench',
          title: 'Bench',
          maximumCpus: undefined,
          memoryBudgetMiB: 1_000_000_000,
          mostBoxes: undefined,
          ports: { first: 20_000, last: 60_000 },
          keepsHomes: true,
          prices: undefined,
          takesSnapshots: true,
          regions: undefined,
          images: undefined,
        },
      ],
      gateway: { host: '127.0.0.1', port: 2222, isPublic: false, hostKey: fakeKeyPair().publicKey },
      destroyKeepHours: 0,
      idle: idleConfig({}),
      defaultTimeZone: 'UTC',
      admins: [],
    },
    signUp: { mayJoin: () => true },
    commands: COMMANDS,
    traits: (name) => ({ name, yesConfirms: true, lights: false }),
    wakes: { wakeWorker: quiet, wakeLanes: quiet, changed: quiet, close: quiet },
    deliver: () => {},
    newHostKey: fakeKeyPair,
    now: () => new Date(),
    random: Math.random,
    meters: NO_METERS,
    logger: createLogger({ level: 'error', secrets: [] }),
  });
}

if (import.meta.main) console.table(await benchPlans());
