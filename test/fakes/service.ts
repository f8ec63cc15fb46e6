// One bots or worker process over the chat door and the seeded cloud, for tests that kill it.
// node test/fakes/service.ts <bots|worker> <settings as JSON>; prints one line of JSON when it is ready.
import { z } from 'zod';
import { DEFAULT_SIZES, DEFAULT_TIERS } from '../../src/boxes/sizes.ts';
import { createLogger } from '../../src/log.ts';
import { startBotsRole } from '../../src/roles/bots.ts';
import { type HouseSettings, openHouse } from '../../src/roles/house.ts';
import { TIMINGS, type Timings } from '../../src/roles/timings.ts';
import { startWorkerRole } from '../../src/roles/worker.ts';
import { createChatDoor } from './chat-door.ts';
import { fakeKeyPair } from './key-pair.ts';
import { createSeededClient } from './seeded-client.ts';

export const FAST: Timings = {
  ...TIMINGS,
  leaseMs: 3000,
  laneLeaseMs: 2000,
  firstRetryMs: 50,
  reconcileMs: 500,
  pollMs: 300,
  abandonedMs: 1000,
  sealMs: 500,
  watchMs: 60_000,
  orphanGraceMs: 1000,
  retryErrorMs: 1000,
  drainMs: 5000,
};

const settingsSchema = z.object({
  databaseUrl: z.string(),
  redisUrl: z.string(),
  cloud: z.string(),
  chat: z.string(),
  log: z.string(),
});
export type ServiceSettings = z.infer<typeof settingsSchema>;

export function houseSettings(settings: ServiceSettings): HouseSettings {
  return {
    databaseUrl: settings.databaseUrl,
    redisUrl: settings.redisUrl,
    secretKey: new Uint8Array(32).fill(7),
    installId: 'faultlab',
    version: 'test',
    sizes: DEFAULT_SIZES,
    tiers: DEFAULT_TIERS,
    ssh: { host: '127.0.0.1', port: 2222, isPublic: false },
    admins: [],
    destroyKeepHours: 0,
    defaultTimeZone: 'UTC',
    retainDays: 90,
    timings: FAST,
    providers: () => [createSeededClient(settings.cloud)],
    newKeyPair: fakeKeyPair,
    logger: createLogger({ level: settings.log, secrets: [] }),
  };
}

if (import.meta.main) {
  const [role, json = '{}'] = process.argv.slice(2);
  const settings = settingsSchema.parse(JSON.parse(json));
  const services = await openHouse(houseSettings(settings));
  const door = createChatDoor(settings.chat);
  const running =
    role === 'worker'
      ? await startWorkerRole(services)
      : await startBotsRole(services, { doors: [door], signUp: { mayJoin: () => true } });
  process.stdout.write(`${JSON.stringify(role === 'worker' ? {} : { inbound: door.inbound() })}\n`);
  process.once('SIGTERM', async () => {
    await running.stop();
    await services.close();
    process.exit(0);
  });
}
