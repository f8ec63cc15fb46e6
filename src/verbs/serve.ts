// What `start`, `bots` and `worker` have in common: a house, its roles and HTTP, opened in order and closed in the opposite one.
import type { Door } from '../bots/door.ts';
import { signUpPolicy } from '../commands/sign-up.ts';
import type { Config } from '../config.ts';
import { type Check, createReadiness } from '../http/checks.ts';
import { createMetrics, type Metrics } from '../http/metrics.ts';
import { type HttpServer, startHttp } from '../http/server.ts';
import type { Logger } from '../log.ts';
import { pingRedis } from '../queue/ping.ts';
import { type BotsRunning, startBotsRole } from '../roles/bots.ts';
import { type HouseServices, openHouse, type Running } from '../roles/house.ts';
import { openSshDoor } from '../roles/ssh-door.ts';
import { startWorkerRole } from '../roles/worker.ts';
import type { Secret } from '../secret.ts';
import { endAllLeases } from '../store/leases.ts';
import { chatDoors } from './chat-doors.ts';
import { type Dropped, emailDoor } from './email-door.ts';
import { measureHouse } from './house-metrics.ts';
import { houseSettings } from './house-settings.ts';
import { providerCheck } from './provider-check.ts';

export interface Serving {
  config: Config;
  servers: { databaseUrl: Secret; redisUrl: Secret };
  roles: readonly ('bots' | 'worker')[];
  /** No other process of this installation can be at work: what an earlier one held is free at once. */
  alone: boolean;
  version: string;
  logger: Logger;
  /** Closes everything again. */
  stack: AsyncDisposableStack;
}

export interface Served {
  services: HouseServices;
  http: HttpServer;
}

const DATABASE_MS = 3000;
const REDIS_MS = 2000;

/** Resolves when all of it is open; when a part cannot open, the stack closes the others. */
export async function serve(serving: Serving): Promise<Served> {
  const { config, servers, roles, stack, logger } = serving;
  await pingRedis(servers.redisUrl, REDIS_MS);
  const metrics = createMetrics(serving.version);
  const settings = await houseSettings({ ...serving, makesBoxes: roles.includes('worker') });
  const services = await openHouse({ ...settings, meters: metrics.meters });
  stack.defer(services.close);
  if (serving.alone) await endAllLeases(services.db.tx);
  const running: Running[] = [];
  // Together, so that the longest of them decides how long the end takes.
  stack.defer(async () => {
    await Promise.all(running.map((role) => role.stop()));
  });
  const dropped: Dropped = new Map();
  const held: Dropped = new Map();
  const doors = roles.includes('bots') ? await doorsOf(config, services, dropped, held) : [];
  const bots = roles.includes('bots') ? await openBots(config, services, doors) : undefined;
  if (bots !== undefined) running.push(bots);
  const worker = roles.includes('worker') ? await startWorkerRole(services) : undefined;
  if (worker !== undefined) running.push(worker);
  measureHouse(metrics, {
    services,
    dataDir: config.dataDir,
    doors: bots === undefined ? [] : ['ssh', ...doors.map((door) => door.name)],
    restingLanes: bots?.restingLanes,
    jobsAtWork: worker?.jobsAtWork,
  });
  const http = await openHttp(serving, services, { doors, metrics, dropped, held });
  stack.defer(http.close);
  logger.info({ roles, install: services.installId, version: serving.version }, 'up');
  return { services, http };
}

async function doorsOf(config: Config, services: HouseServices, dropped: Dropped, held: Dropped): Promise<Door[]> {
  const chats = chatDoors(config, services);
  return config.email === undefined ? chats : [...chats, await emailDoor(config.email, services, dropped, held)];
}

async function openBots(config: Config, services: HouseServices, chats: readonly Door[]): Promise<BotsRunning> {
  const ssh = openSshDoor(services, config.ssh.listen);
  try {
    const bots = await startBotsRole(services, {
      doors: [ssh.door, ...chats],
      signUp: signUpPolicy(config.signUp),
      githubUrl: config.githubUrl,
    });
    return {
      ...bots,
      async stop() {
        await bots.stop();
        await ssh.close();
      },
    };
  } catch (error) {
    await ssh.close();
    throw error;
  }
}

function openHttp(
  { config, roles, logger }: Serving,
  services: HouseServices,
  { doors, metrics, dropped, held }: { doors: readonly Door[]; metrics: Metrics; dropped: Dropped; held: Dropped },
): Promise<HttpServer> {
  const readiness = createReadiness(checksOf(services), logger);
  metrics.gauge({
    name: 'shellbox_part_ready',
    help: '1 when this part of the service answers, as /readyz sees it.',
    label: 'part',
    read: async () =>
      Object.fromEntries((await readiness.look()).map(({ name, ok }): [string, number] => [name, ok ? 1 : 0])),
  });
  if (config.email !== undefined) {
    metrics.counter({
      name: 'shellbox_mails_dropped_total',
      help: 'Mails that were dropped without an answer, by why.',
      label: 'reason',
      read: () => dropped,
    });
    metrics.counter({
      name: 'shellbox_mails_held_total',
      help: 'Answers that were not sent because they were one too many, by why.',
      label: 'reason',
      read: () => held,
    });
  }
  return startHttp({
    listen: roles.includes('bots') ? config.http : undefined,
    metricsListen: config.metricsListen,
    hooks: doors.flatMap((door) => door.hooks ?? []),
    readiness,
    metrics,
    logger,
  });
}

function checksOf({ db, settings, providers }: HouseServices): Check[] {
  const database: Check = { name: 'database', run: () => db.ping(), deadlineMs: DATABASE_MS, keepMs: 1000 };
  const redis: Check = {
    name: 'redis',
    run: () => pingRedis(settings.redisUrl, REDIS_MS),
    deadlineMs: REDIS_MS + 500,
    keepMs: 1000,
  };
  return [database, redis, ...[...providers.values()].map(providerCheck)];
}
