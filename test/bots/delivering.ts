// A database and deliverers over it, for a file of tests: stopped after each test, and closed at the end.
import { afterAll, afterEach } from 'vitest';
import { type Deliverer, startDeliverer } from '../../src/bots/deliver.ts';
import type { Door } from '../../src/bots/door.ts';
import { createLogger, type Logger } from '../../src/log.ts';
import { NO_METERS } from '../../src/meters.ts';
import { secret } from '../../src/secret.ts';
import { createSecretBox, type SecretBox } from '../../src/store/secretbox.ts';
import { NEVER_MS } from '../support/house.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

export interface Delivering {
  store: TestStore;
  secrets: SecretBox;
  /** Each is a process of its own to the database. It looks round only when it is woken, unless `pollMs` says otherwise. */
  deliverer(door: Door, options?: { pollMs?: number; laneLeaseMs?: number; logger?: Logger }): Promise<Deliverer>;
}

export async function openDelivering(): Promise<Delivering> {
  const store = await openTestStore();
  const secrets = createSecretBox(secret(new Uint8Array(32).fill(7)));
  const quiet = createLogger({ level: 'silent', secrets: [] });
  const open: Deliverer[] = [];
  let made = 0;
  afterEach(async () => {
    await Promise.all(open.splice(0).map((deliverer) => deliverer.stop()));
  });
  afterAll(() => store.close());
  return {
    store,
    secrets,
    async deliverer(door, { pollMs = NEVER_MS, laneLeaseMs = 60_000, logger = quiet } = {}) {
      const one = await startDeliverer({
        db: store.db,
        secrets,
        doors: [door],
        holder: `process-${++made}`,
        laneLeaseMs,
        pollMs,
        random: () => 0.5,
        meters: NO_METERS,
        logger,
      });
      open.push(one);
      return one;
    },
  };
}
