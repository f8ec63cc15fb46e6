// One bots or worker process over the chat door and any place for boxes, for tests that kill it. Its parent gives it orders.
// node test/fakes/service.ts <bots|worker> <settings as JSON>, with a channel to its parent: it says there when it is ready.
import { flushCompileCache } from 'node:module';
import { z } from 'zod';
import { createDiscordDoor } from '../../src/bots/discord/discord.ts';
import type { Door } from '../../src/bots/door.ts';
import { createSlackDoor, EVENTS_PATH } from '../../src/bots/slack/slack.ts';
import { DEFAULT_SIZES, DEFAULT_TIERS } from '../../src/boxes/sizes.ts';
import { idleConfig } from '../../src/config/idle.ts';
import { createReadiness } from '../../src/http/checks.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLogger, type Logger } from '../../src/log.ts';
import { startBotsRole } from '../../src/roles/bots.ts';
import { createChatHouse } from '../../src/roles/chat-house.ts';
import { type HouseServices, type HouseSettings, openHouse } from '../../src/roles/house.ts';
import { TIMINGS, type Timings } from '../../src/roles/timings.ts';
import { startWorkerRole } from '../../src/roles/worker.ts';
import { secret } from '../../src/secret.ts';
import { createChatDoor } from './chat-door.ts';
import { fakeKeyPair } from './key-pair.ts';
import { orderSchema, type Peers, watchPoints } from './points.ts';
import { createSeededClient } from './seeded-client.ts';

export const FAST: Timings = {
  ...TIMINGS,
  leaseMs: 2000,
  laneLeaseMs: 2000,
  roundMarginMs: 1000,
  firstRetryMs: 50,
  reconcileMs: 500,
  pollMs: 300,
  abandonedMs: 1000,
  sealMs: 500,
  watchMs: 60_000,
  tidyMs: 1500,
  orphanGraceMs: 1000,
  retryErrorMs: 1000,
  drainMs: 5000,
};

export const INSTALL_ID = 'faultlab';

/** This machine's engine: where boxes have their homes, whose they are, and what ports they get. */
const dockerSchema = z.object({
  kind: z.literal('docker'),
  dataDir: z.string(),
  installId: z.string(),
  ports: z.object({ first: z.number(), last: z.number() }),
});
export type DockerSetting = z.infer<typeof dockerSchema>;

/** The cloud of a vendor, as its driver asks it; `sshPort` is where SSH answers in its machines. */
const vendor = { whenStopped: z.enum(['keep', 'release']), sshPort: z.number() };
const vendorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('digitalocean'), token: z.string(), ...vendor }),
  z.object({
    kind: z.literal('ovh'),
    project: z.string(),
    applicationKey: z.string(),
    applicationSecret: z.string(),
    consumerKey: z.string(),
    ...vendor,
  }),
]);
export type VendorSetting = z.infer<typeof vendorSchema>;

/** Where boxes are: in the simulated cloud when nothing else is said. */
const placeSchema = z
  .union([z.object({ kind: z.literal('seeded') }), dockerSchema, vendorSchema])
  .default({ kind: 'seeded' });
export type PlaceSetting = z.infer<typeof placeSchema>;

const settingsSchema = z.object({
  databaseUrl: z.string(),
  redisUrl: z.string(),
  /** The API of the cloud; not used where boxes are on this machine. */
  cloud: z.string(),
  place: placeSchema,
  chat: z.string(),
  log: z.string(),
  connections: z.number().optional(),
  destroyKeepHours: z.number().default(0),
  /** Between two looks at a box; a minute when left out. */
  probeSeconds: z.number().optional(),
  /** The Slack of tests; without it there is no Slack door. */
  slack: z
    .object({ apiUrl: z.string(), botToken: z.string(), signingSecret: z.string(), everyMs: z.number().optional() })
    .optional(),
  /** The Discord of tests; without it there is no Discord door. */
  discord: z
    .object({ apiUrl: z.string(), token: z.string(), applicationId: z.string(), gatewayLeaseMs: z.number().optional() })
    .optional(),
});
export type ServiceSettings = z.input<typeof settingsSchema>;

export function houseSettings(settings: ServiceSettings): HouseSettings {
  return {
    databaseUrl: secret(settings.databaseUrl),
    connections: settings.connections,
    redisUrl: secret(settings.redisUrl),
    secretKey: secret(new Uint8Array(32).fill(7)),
    installId: INSTALL_ID,
    version: 'test',
    sizes: DEFAULT_SIZES,
    tiers: DEFAULT_TIERS,
    ssh: { host: '127.0.0.1', port: 2222, isPublic: false },
    admins: ['chat:team:boss'],
    destroyKeepHours: settings.destroyKeepHours ?? 0,
    idle: idleConfig({ IDLE_PROBE_SECONDS: settings.probeSeconds }),
    defaultTimeZone: 'UTC',
    retainDays: 90,
    timings: FAST,
    providers: () => [createSeededClient(settings.cloud)],
    newKeyPair: fakeKeyPair,
    logger: createLogger({ level: settings.log, secrets: [] }),
  };
}

export function slackDoor(slack: NonNullable<ServiceSettings['slack']>, services: HouseServices): Door {
  const { now, logger } = services;
  const { everyMs = 50, apiUrl, botToken, signingSecret } = slack;
  return createSlackDoor({
    apiUrl,
    botToken: secret(botToken),
    signingSecret: secret(signingSecret),
    appToken: undefined,
    house: createChatHouse(services),
    now,
    logger,
    // 50 is what the Slack of tests takes with `timesFaster: 20`.
    pace: { burst: 3, everyMs },
  });
}

/** In tests somebody else holds the gateway after so long. */
const GATEWAY_LEASE_MS = 3000;

export function discordDoor(discord: NonNullable<ServiceSettings['discord']>, services: HouseServices): Door {
  const { db, now, logger, processId } = services;
  const { gatewayLeaseMs = GATEWAY_LEASE_MS, ...app } = discord;
  return createDiscordDoor({
    ...app,
    token: secret(app.token),
    gatewayLeaseMs,
    guildId: undefined,
    house: createChatHouse(services),
    db,
    holder: processId,
    now,
    logger,
    pace: { burst: 20, everyMs: 50 },
  });
}

/** The service's HTTP server on a free port, with what the door answers. */
export function serveHooks(door: Door, logger: Logger): Promise<HttpServer> {
  return startHttp({
    listen: { host: '127.0.0.1', port: 0 },
    metricsListen: undefined,
    hooks: door.hooks ?? [],
    readiness: createReadiness([], logger),
    metrics: createMetrics('0'),
    logger,
  });
}

if (import.meta.main) {
  const [role, json = '{}'] = process.argv.slice(2);
  const settings = settingsSchema.parse(JSON.parse(json));
  const points = watchPoints(peersOf(settings));
  let aheadMs = 0;
  process.on('message', (message) => {
    const order = orderSchema.parse(message);
    if (order.do === 'clock') aheadMs = order.aheadMs;
    else points.obey(order);
  });
  const plain = houseSettings({ ...settings, databaseUrl: signed(settings.databaseUrl, `${role}:${process.pid}`) });
  const opened = await openHouse(await atPlace(plain, settings));
  const services = { ...opened, now: () => new Date(Date.now() + aheadMs) };
  const chat = createChatDoor(settings.chat);
  const slack = settings.slack && slackDoor(settings.slack, services);
  const discord = settings.discord && discordDoor(settings.discord, services);
  const doors = [chat, slack, discord].filter((door) => door !== undefined);
  const running =
    role === 'worker'
      ? await startWorkerRole(services)
      : await startBotsRole(services, { doors, signUp: { mayJoin: () => true } });
  const http = role === 'worker' || slack === undefined ? undefined : await serveHooks(slack, services.logger);
  const events = http && `http://127.0.0.1:${http.listen?.port}${EVENTS_PATH}`;
  const { processId: holder } = services;
  process.send?.({ ready: role === 'worker' ? { holder } : { holder, inbound: chat.inbound(), events } });
  // Who is killed writes nothing down at its end.
  flushCompileCache();
  process.once('SIGTERM', async () => {
    await running.stop();
    await services.close();
    process.exit(0);
  });
}

/** The database knows each connection's process by its name. */
function signed(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('application_name', name);
  return url.href;
}

/** Drivers are loaded only where they are used: they are heavy, and processes are started often. */
async function atPlace(
  plain: HouseSettings,
  { place, cloud }: z.output<typeof settingsSchema>,
): Promise<HouseSettings> {
  if (place.kind === 'seeded') return plain;
  if (place.kind === 'docker') return (await import('./docker-place.ts')).onDocker(plain, place);
  return (await import('./cloud-place.ts')).inCloud(plain, place, cloud);
}

function peersOf({ cloud, chat, slack, discord }: ServiceSettings): Peers {
  const named = { cloud, chat, slack: slack?.apiUrl, discord: discord?.apiUrl };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, url]) => (url ? [[new URL(url).origin, name] as const] : [])),
  );
}
