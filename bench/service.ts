// A whole private service in one process, as `shellbox start` composes it: embedded database and Redis, worker, SSH door.
// node bench/service.ts <settings as JSON>; tells its parent when it is ready, and when an arrival is written down.
import { z } from 'zod';
import { generateHostKey } from '../src/bots/ssh/host-keys.ts';
import { DEFAULT_SIZES, DEFAULT_TIERS } from '../src/boxes/sizes.ts';
import { startEmbedded } from '../src/embedded/embedded.ts';
import { createLogger } from '../src/log.ts';
import { OWN_IMAGE } from '../src/providers/docker/options.ts';
import type { Provider } from '../src/providers/provider.ts';
import { createProvider } from '../src/providers/registry.ts';
import { startBotsRole } from '../src/roles/bots.ts';
import { openHouse } from '../src/roles/house.ts';
import { openSshDoor } from '../src/roles/ssh-door.ts';
import { TIMINGS } from '../src/roles/timings.ts';
import { startWorkerRole } from '../src/roles/worker.ts';
import { migrate } from '../src/store/migrate.ts';
import { createSeededClient } from '../test/fakes/seeded-client.ts';

const settingsSchema = z.object({
  dataDir: z.string(),
  installId: z.string(),
  sshPort: z.number(),
  boxPorts: z.object({ first: z.number(), last: z.number() }),
  /** URL of a simulated cloud; without it boxes are Docker's. */
  cloud: z.string().optional(),
  log: z.string(),
});
export type ServiceSettings = z.infer<typeof settingsSchema>;

export type ServiceMessage =
  | { kind: 'ready'; hostKey: string; databaseUrl: string }
  /** By the wall clock, milliseconds with fractions. */
  | { kind: 'written'; subject: string; text: string; at: number };

const START_MS = 60_000;
const HOST = '127.0.0.1';

async function serve(settings: ServiceSettings): Promise<() => Promise<void>> {
  const { dataDir, installId, sshPort } = settings;
  const logger = createLogger({ level: settings.log, secrets: [] });
  const docker = {
    dockerHost: undefined,
    installId,
    image: OWN_IMAGE,
    bindAddress: HOST,
    sshHost: HOST,
    ports: settings.boxPorts,
    memoryBudgetMiB: undefined,
    isolation: true,
    sudo: true,
    dataDir,
    logger,
  };
  const provider: Provider =
    settings.cloud === undefined ? createProvider('docker', { docker }) : createSeededClient(settings.cloud);
  const embedded = await startEmbedded({ dataDir, logger, signal: AbortSignal.timeout(START_MS) });
  await migrate(embedded.databaseUrl);
  const services = await openHouse({
    databaseUrl: embedded.databaseUrl,
    redisUrl: embedded.redisUrl,
    secretKey: new Uint8Array(32).fill(5),
    installId,
    version: 'bench',
    sizes: DEFAULT_SIZES,
    tiers: DEFAULT_TIERS,
    ssh: { host: HOST, port: sshPort, isPublic: false },
    admins: [],
    destroyKeepHours: 0,
    defaultTimeZone: 'UTC',
    retainDays: 90,
    timings: TIMINGS,
    newKeyPair: generateHostKey,
    logger,
    providers: () => [provider],
  });
  await provider.prepare({ signal: AbortSignal.timeout(START_MS) });
  const worker = await startWorkerRole(services);
  const { door, close } = openSshDoor(services, { host: HOST, port: sshPort });
  const watched = settings.cloud === undefined ? door : watch(door);
  const bots = await startBotsRole(services, { doors: [watched], signUp: { mayJoin: () => true } });
  tell({ kind: 'ready', hostKey: door.hostPublicKey, databaseUrl: embedded.databaseUrl });
  return async () => {
    await bots.stop();
    await worker.stop();
    await close();
    await services.close();
    await embedded.stop();
  };
}

/** The same door; the parent learns when an arrival's row is committed. */
function watch<D extends ReturnType<typeof openSshDoor>['door']>(door: D): D {
  return {
    ...door,
    open: (intake) =>
      door.open({
        work: intake.work,
        async accept(arrival) {
          const accepted = await intake.accept(arrival);
          const at = performance.timeOrigin + performance.now();
          if (arrival.text.startsWith('spinup')) {
            tell({ kind: 'written', subject: arrival.speaker.subject, text: arrival.text, at });
          }
          return accepted;
        },
      }),
  };
}

function tell(message: ServiceMessage): void {
  process.send?.(message);
}

const stop = await serve(settingsSchema.parse(JSON.parse(process.argv[2] ?? '{}')));
process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
