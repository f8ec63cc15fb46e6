// A migrated database with its pool, and the rows that store tests stand on.
import { Client } from 'pg';
import { jobOf } from '../../src/queue/queues.ts';
import { secret } from '../../src/secret.ts';
import { signUp } from '../../src/store/accounts.ts';
import { insertBox } from '../../src/store/boxes.ts';
import { ensureCapacity } from '../../src/store/capacity.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { insertDelivery, lockDelivery } from '../../src/store/deliveries.ts';
import { newId } from '../../src/store/ids.ts';
import { type ClaimedJob, claimJob, insertJob, type JobKind } from '../../src/store/jobs.ts';
import type { Arrival } from '../../src/threads/arrival.ts';
import { type Servers, startServers } from './postgres.ts';

export const PROVIDER = 'seeded';
const KINDS = ['spinup:1', 'start:1', 'stop:1', 'destroy:1'];

export interface TestStore {
  servers: Servers;
  db: Database;
  sql<T extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]>;
  /** The id of a new account. */
  account(name: string): Promise<string>;
  /** The id of a new box in `requested`. */
  box(accountId: string, name: string): Promise<string>;
  /** The id of a new job, due now. */
  job(box: { id: string; accountId: string }, kind?: JobKind): Promise<string>;
  claim(queue?: string, leaseMs?: number, kinds?: readonly string[]): Promise<ClaimedJob | undefined>;
  /** The id of a new thread. */
  thread(key: string, lane?: string): Promise<string>;
  close(): Promise<void>;
}

export function arrivalOf(person: string, deliveryId: string, text: string, lane = `chat:${person}`): Arrival {
  return {
    door: 'chat',
    tenant: 'team',
    deliveryId,
    thread: { key: deliveryId, address: { thread: deliveryId }, lane },
    speaker: { door: 'chat', tenant: 'team', subject: person, display: person },
    text,
    interactive: false,
  };
}

/** Over servers of its own, or over those of a house. */
export async function openTestStore(borrowed?: Servers): Promise<TestStore> {
  const servers = borrowed ?? (await startServers());
  const db = openDatabase(secret(servers.databaseUrl));
  const client = new Client({ connectionString: servers.databaseUrl });
  await client.connect();
  await ensureCapacity(db.tx, PROVIDER);
  const thread = async (key: string, lane?: string): Promise<string> => {
    const { id } = await insertDelivery(db.tx, arrivalOf('nobody', key, '', lane));
    return db.transaction(async (tx) => (await lockDelivery(tx, id))?.thread.id ?? '');
  };
  return {
    servers,
    db,
    thread,
    async sql<T extends object>(text: string, values: unknown[] = []) {
      return (await client.query<T>(text, values)).rows;
    },
    async account(name) {
      const who = { door: 'chat', tenant: 'team', subject: name, display: name };
      return (await db.transaction((tx) => signUp(tx, who, { timeZone: 'UTC', admin: false }))).account.id;
    },
    async box(accountId, name) {
      const id = newId();
      await insertBox(db.tx, {
        id,
        accountId,
        name,
        provider: PROVIDER,
        size: 'small',
        cpus: 2,
        memoryMiB: 4096,
        homeGiB: 10,
        pids: 2048,
        hostPublicKey: 'ssh-ed25519 AAAA',
        hostPrivateKey: new Uint8Array([1]),
        sshPort: null,
        idleMinutes: null,
        homeFrom: null,
        region: null,
        image: null,
        mostHourly: null,
        homeThreadId: await thread(`home-${id}`),
        now: new Date(),
      });
      return id;
    },
    async job({ id, accountId }, kind = 'spinup') {
      return (await insertJob(db.tx, { ...jobOf(kind, 'command'), boxId: id, accountId })) ?? '';
    },
    claim: (queue = 'vm-provision', leaseMs = 60_000, kinds = KINDS) =>
      claimJob(db.tx, { queue, kinds, holder: 'test', leaseMs }),
    async close() {
      await client.end();
      await db.close();
      if (borrowed === undefined) await servers.stop();
    },
  };
}
