// A whole private service in one process over a simulated cloud, composed as `shellbox start` composes it over Docker.
// node bench/service.ts <settings as JSON>; tells its parent when it is ready, and when an arrival is written down.
import { z } from 'zod';
import { generateHostKey } from '../src/bots/ssh/host-keys.ts';
import { DEFAULT_SIZES, DEFAULT_TIERS } from '../src/boxes/sizes.ts';
import { idleConfig } from '../src/config/idle.ts';
import { startEmbedded } from '../src/embedded/embedded.ts';
import { createLogger } from '../src/log.ts';
import { startBotsRole } from '../src/roles/bots.ts';
import { openHouse } from '../src/roles/house.ts';
import { openSshDoor } from '../src/roles/ssh-door.ts';
import { TIMINGS } from '../src/roles/timings.ts';
import { startWorkerRole } from '../src/roles/worker.ts';
import { secret } from '../src/secret.ts';
import { migrate } from '../src/store/migrate.ts';
import { createSeededClient } from '../test/fakes/seeded-client.ts';
import { watchDoor } from './watched-door.ts';

const settingsSchema = z.object({ dataDir: z.string(), installId: z.string(), port: z.number(), cloud: z.string() });
export type ServiceSettings = z.infer<typeof settingsSchema>;

export type ServiceMessage =
  | { kind: 'ready'; hostKey: string; databaseUrl: string }
  /** By the wall clock, milliseconds with fractions. */
  | { kind: 'written'; subject: string; text: string; at: number };

const START_MS = 60_000;
const HOST = '127.0.0.1';

async function serve({ dataDir, installId, port, cloud }: ServiceSettings): Promise<() => Promise<void>> {
  const logger = createLogger({ level: 'warn', secrets: [] });
  const embedded = await startEmbedded({ dataDir, logger, signal: AbortSignal.timeout(START_MS) });
  await migrate(secret(embedded.databaseUrl));
  const services = await openHouse({
    databaseUrl: secret(embedded.databaseUrl),
    redisUrl: secret(embedded.redisUrl),
    secretKey: secret(new Uint8Array(32).fill(5)),
    installId,
    version: 'bench',
    sizes: DEFAULT_SIZES,
    tiers: DEFAULT_TIERS,
    ssh: { host: HOST, port, isPublic: false },
    admins: [],
    destroyKeepHours: 0,
    idle: idleConfig({}),
    defaultTimeZone: 'UTC',
    retainDays: 90,
    timings: TIMINGS,
    newKeyPair: generateHostKey,
    logger,
    providers: () => [createSeededClient(cloud)],
  });
  const worker = await startWorkerRole(services);
  const { door, close } = openSshDoor(services, { host: HOST, port });
  const bots = await startBotsRole(services, {
    doors: [
      watchDoor(door, ({ speaker, text }, at) => {
        if (text.startsWith('spinup')) tell({ kind: 'written', subject: speaker.subject, text, at });
      }),
    ],
    signUp: { mayJoin: () => true },
  });
  tell({ kind: 'ready', hostKey: door.hostPublicKey, databaseUrl: embedded.databaseUrl });
  return async () => {
    await bots.stop();
    await worker.stop();
    await close();
    await services.close();
    await embedded.stop();
  };
}

function tell(message: ServiceMessage): void {
  process.send?.(message);
}

const stop = await serve(settingsSchema.parse(JSON.parse(process.argv[2] ?? '{}')));
process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
