// Shows that a spinup costs the database the same with ten boxes and with ten thousand: buffers touched by each of its statements.

import { DEFAULT_SIZES, DEFAULT_TIERS } from '../src/boxes/sizes.ts';
import { createDispatcher } from '../src/commands/dispatch.ts';
import { COMMANDS } from '../src/commands/registry.ts';
import { idleConfig } from '../src/config/idle.ts';
import { createLogger } from '../src/log.ts';
import { ensureCapacity } from '../src/store/capacity.ts';
import { type Database, openDatabase, type Tx } from '../src/store/database.ts';
import { newId } from '../src/store/ids.ts';
import { createSecretBox } from '../src/store/secretbox.ts';
import { fakeKeyPair } from '../test/fakes/key-pair.ts';
import { startServers } from '../test/support/postgres.ts';

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
  const db = openDatabase(servers.databaseUrl, 4);
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

/** Running boxes of as many accounts, with what belongs to them. */
async function populate(db: Database, boxes: number): Promise<void> {
  const ids = Array.from({ length: boxes }, () => ({ account: newId(), box: newId() }));
  for (let from = 0; from < ids.length; from += 1000) {
    const some = ids.slice(from, from + 1000);
    await db.tx.account.createMany({
      data: some.map(({ account }) => ({ id: account, name: account, timeZone: 'UTC' })),
    });
    await db.tx.accountIdentity.createMany({
      data: some.map(({ account }) => ({
        id: newId(),
        accountId: account,
        door: 'bench',
        subject: account,
        display: account,
      })),
    });
  }
  const [taken] = await db.tx.$queryRaw<{ boxes: number }[]>`SELECT count(*)::int AS boxes FROM boxes`;
  const first = 20_000 + (taken?.boxes ?? 0);
  await db.tx.$executeRaw`
    INSERT INTO boxes (id, account_id, name, provider, size, cpus, memory_mib, home_gib, pids, desired, state, host_public_key, host_private_key, ssh_port, reserved_mib, config_applied)
    SELECT t.box, t.account, 'box-' || t.n, 'bench', 'small', 2, 4096, 10, 2048, 'running', 'running', 'ssh-ed25519 AAAA', '\\x00', ${first}::int + t.n::int - 1, 4096, 1
    FROM unnest(${ids.map(({ box }) => box)}::uuid[], ${ids.map(({ account }) => account)}::uuid[]) WITH ORDINALITY AS t(box, account, n)`;
  await db.tx
    .$executeRaw`INSERT INTO ports SELECT provider, ssh_port, id FROM boxes WHERE ssh_port IS NOT NULL ON CONFLICT DO NOTHING`;
  await db.tx
    .$executeRaw`UPDATE capacity SET reserved_mib = (SELECT sum(reserved_mib) FROM boxes), next_port = ${first + boxes}::int`;
  await db.tx.$executeRawUnsafe('VACUUM ANALYZE');
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
    secrets: createSecretBox(new Uint8Array(32)),
    githubUrl: 'http://127.0.0.1:9',
    house: {
      version: 'bench',
      sizes: DEFAULT_SIZES,
      tiers: DEFAULT_TIERS,
      providers: [
        {
          name: 'bench',
          title: 'Bench',
          maximumCpus: undefined,
          memoryBudgetMiB: 1_000_000_000,
          ports: { first: 20_000, last: 60_000 },
          keepsHomes: true,
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
    logger: createLogger({ level: 'error', secrets: [] }),
  });
}

if (import.meta.main) console.table(await benchPlans());
