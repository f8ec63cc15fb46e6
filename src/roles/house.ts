// What every role stands on: the database, the wake-ups, the installation's own keys, and the rules of the house.
import { randomInt, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Sizes, Tiers } from '../boxes/sizes.ts';
import type { House } from '../commands/context.ts';
import type { Logger } from '../log.ts';
import { type Meters, NO_METERS } from '../meters.ts';
import type { Provider } from '../providers/provider.ts';
import { openWakes, type Wakes } from '../queue/wakes.ts';
import { type KeyPair, type Secret, secret } from '../secret.ts';
import { ensureCapacity } from '../store/capacity.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { createSecretBox, type SecretBox } from '../store/secretbox.ts';
import { secretOrNew, settingOrNew } from '../store/settings.ts';
import type { IdlePolicy } from '../worker/autostop.ts';
import { type Circuits, createCircuits } from '../worker/circuits.ts';
import { createPreparation, type Preparation } from '../worker/prepare.ts';
import type { Timings } from './timings.ts';

/** More than `commands/dispatch.ts` uses at once for commands: arrivals, deliveries and leases need theirs at any time. */
const CONNECTIONS = 16;

export interface HouseSettings {
  databaseUrl: Secret;
  redisUrl: Secret;
  /** To the database; as many as a house with many people needs when left out. */
  connections?: number | undefined;
  /** 32 bytes. */
  secretKey: Secret<Uint8Array>;
  /** Given by the operator, or undefined: made once and kept. */
  installId: string | undefined;
  version: string;
  sizes: Sizes;
  tiers: Tiers;
  /** How people reach the SSH door. */
  ssh: { host: string; port: number; isPublic: boolean };
  admins: readonly string[];
  destroyKeepHours: number;
  /** True when left out. */
  asksForPrices?: boolean;
  idle: IdlePolicy;
  defaultTimeZone: string;
  retainDays: number;
  timings: Timings;
  /** The first is the default. */
  providers: (installId: string, gatewayKey: KeyPair) => readonly Provider[];
  newKeyPair: () => KeyPair;
  /** Where a worker keeps what it has seen of the database, so that an older one is noticed. */
  markFile?: string;
  /** Counts nothing when it is left out. */
  meters?: Meters;
  logger: Logger;
}

export interface HouseServices {
  settings: HouseSettings;
  /** Unique to this process: holder of its leases. */
  processId: string;
  installId: string;
  db: Database;
  secrets: SecretBox;
  wakes: Wakes;
  providers: ReadonlyMap<string, Provider>;
  /** What the SSH door shows as its host key. */
  doorKey: KeyPair;
  /** With what the gateway logs in to boxes. */
  gatewayKey: KeyPair;
  house: House;
  /** Unpredictable, in [0, 1). */
  random: () => number;
  now: () => Date;
  /** A clock that is never set, milliseconds. */
  steadyMs: () => number;
  meters: Meters;
  logger: Logger;
  /** Shared by all that need a provider ready. */
  preparation: Preparation;
  circuits: Circuits;
  close(): Promise<void>;
}

/** A role that is at work. */
export interface Running {
  stop(): Promise<void>;
}

/**
 * Opens the database (migrated already) and Redis, and makes what an installation makes once. Rejects with `secret_unreadable` when the
 * secret key is not the one the database was made with; then nothing stays open.
 */
export async function openHouse(settings: HouseSettings): Promise<HouseServices> {
  const db = openDatabase(settings.databaseUrl, settings.connections ?? CONNECTIONS);
  try {
    return await furnish(settings, db);
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function furnish(settings: HouseSettings, db: Database): Promise<HouseServices> {
  const { logger } = settings;
  const secrets = createSecretBox(settings.secretKey);
  const keyPair = async (key: string): Promise<KeyPair> => {
    const [privateKey = '', publicKey = ''] = (
      await secretOrNew(db.tx, key, secrets, () => joined(settings.newKeyPair()))
    ).split('\0');
    return { privateKey: secret(privateKey), publicKey };
  };
  const installId = settings.installId ?? (await settingOrNew(db.tx, 'install_id', newInstallId));
  const [doorKey, gatewayKey] = await Promise.all([keyPair('ssh_door_key'), keyPair('gateway_key')]);
  const circuits = createCircuits({ db, installId, steadyMs: () => performance.now(), logger });
  const providers = settings.providers(installId, gatewayKey).map(circuits.watch);
  for (const provider of providers) await ensureCapacity(db.tx, provider.name);
  const preparation = createPreparation();
  const wakes = openWakes(settings.redisUrl, logger);
  return {
    settings,
    processId: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
    installId,
    db,
    secrets,
    wakes,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    doorKey,
    gatewayKey,
    house: {
      version: settings.version,
      sizes: settings.sizes,
      tiers: settings.tiers,
      providers,
      gateway: { ...settings.ssh, hostKey: doorKey.publicKey },
      destroyKeepHours: settings.destroyKeepHours,
      asksForPrices: settings.asksForPrices ?? true,
      idle: settings.idle,
      defaultTimeZone: settings.defaultTimeZone,
      admins: settings.admins,
    },
    random: () => randomInt(2 ** 47) / 2 ** 47,
    now: () => new Date(),
    steadyMs: () => performance.now(),
    meters: settings.meters ?? NO_METERS,
    logger,
    preparation,
    circuits,
    async close() {
      await preparation.close();
      await wakes.close();
      await db.close();
    },
  };
}

function joined({ privateKey, publicKey }: KeyPair): string {
  return `${privateKey.reveal()}\0${publicKey}`;
}

/** `^[a-z][a-z0-9]{7}$` */
export function newInstallId(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const all = `${letters}0123456789`;
  return Array.from({ length: 8 }, (_, place) => (place === 0 ? letters[randomInt(26)] : all[randomInt(36)])).join('');
}
