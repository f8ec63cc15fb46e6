// The environment as a readonly configuration; every fault is reported at once, by the variable's name and never by its value.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { DEFAULT_SIZES, DEFAULT_TIERS, type Sizes, type Tiers } from './boxes/sizes.ts';
import {
  chatFaults,
  type DiscordConfig,
  discordConfig,
  type Joining,
  type SlackConfig,
  slackConfig,
} from './config/chat-doors.ts';
import {
  cloudFaults,
  type DigitalOceanConfig,
  digitalOceanConfig,
  type OvhConfig,
  ovhConfig,
} from './config/clouds.ts';
import { type EmailConfig, emailConfig, emailFaults } from './config/email-door.ts';
import { envFileFaults } from './config/env-file.ts';
import { type IdleConfig, idleConfig } from './config/idle.ts';
import type { ListenAddress } from './config/values.ts';
import { type Variables, variables } from './config/variables.ts';
import { ShellboxError } from './errors.ts';
import type { Secret } from './secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly dataDir: string;
  /** Undefined: kept in the data directory. */
  readonly secretKey: Secret<Uint8Array> | undefined;
  readonly http: ListenAddress;
  /** Undefined: loopback callers of the HTTP port see metrics and details. */
  readonly metricsListen: ListenAddress | undefined;
  readonly publicUrl: string;
  readonly installId: string | undefined;
  readonly admins: readonly string[];
  /** Undefined: the embedded one. */
  readonly databaseUrl: Secret | undefined;
  readonly redisUrl: Secret | undefined;
  readonly ssh: {
    readonly listen: ListenAddress;
    /** How people reach the door; public when SSH_PUBLIC_HOST says so. */
    readonly reached: ListenAddress & { readonly isPublic: boolean };
  };
  /** Undefined: that door is off. */
  readonly slack: SlackConfig | undefined;
  readonly discord: DiscordConfig | undefined;
  readonly email: EmailConfig | undefined;
  readonly signUp: {
    readonly ssh: 'open' | 'closed';
    readonly slack: Joining;
    readonly discord: Joining;
    readonly email: Joining;
  };
  /** Where people's public keys are looked up. */
  readonly githubUrl: string;
  /** The first is the default; each is one of those that loadConfig was told of. */
  readonly providers: readonly string[];
  readonly sizes: Sizes;
  readonly tiers: Tiers;
  readonly docker: {
    readonly host: Secret | undefined;
    readonly memoryMiB: number | undefined;
    readonly image: string;
    readonly bind: string;
    readonly sshHost: string;
    readonly ports: { readonly first: number; readonly last: number };
    readonly isolation: boolean;
    readonly sudo: boolean;
  };
  /** A script of the operator's that cloud boxes run once, in the background of their first boot. */
  readonly setupScript: string | undefined;
  /** Undefined: not to be used. */
  readonly digitalocean: DigitalOceanConfig | undefined;
  readonly ovh: OvhConfig | undefined;
  readonly destroyKeepHours: number;
  /** Whether people see and confirm what a box costs. */
  readonly asksForPrices: boolean;
  readonly idle: IdleConfig;
  readonly defaultTimeZone: string;
  readonly retainDays: number;
  readonly logLevel: string;
}

interface Surroundings {
  isRoot: boolean;
  /** What relative paths are relative to. */
  cwd: string;
  /** Names of the providers that this version has. */
  providers: readonly string[];
}

/** The process's own, without any file. */
export function ownEnvironment(): Environment {
  return process.env;
}

/** The process's environment over the `.env` of the directory. @throws ShellboxError `config` when `.env` cannot be read or understood */
export function readEnvironment(cwd: string, own: Environment = process.env): Environment {
  const text = readEnvFile(cwd);
  if (text === undefined) return own;
  const faults = envFileFaults(text);
  if (faults.length > 0) throw configError(faults);
  return { ...parseEnv(text), ...own };
}

/** The text of the directory's `.env`, if there is one. @throws ShellboxError `config` when it cannot be read */
export function readEnvFile(cwd: string): string | undefined {
  try {
    return readFileSync(join(cwd, '.env'), 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined;
    throw new ShellboxError('config', 'The file .env cannot be read.', {
      remedy: 'Make it readable for this user, or remove it.',
      cause,
    });
  }
}

/** @throws ShellboxError `config`, whose message lists every fault */
export function loadConfig(environment: Environment, surroundings: Surroundings): Config {
  // An empty variable counts as unset, as docker compose and CI systems pass them.
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = variables.safeParse(set);
  const wrong = parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];
  const faults = [...wrong, ...faultsBetween(set), ...providerFaults(set, surroundings.providers)].sort();
  if (!parsed.success || faults.length > 0) throw configError(faults);
  return configOf(parsed.data, surroundings);
}

/** For the verbs that are parts of an installation and have no embedded servers of their own. @throws ShellboxError `config` */
export function requireServers(config: Config, verb: string): { databaseUrl: Secret; redisUrl: Secret } {
  const { databaseUrl, redisUrl } = config;
  const missing = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
  const faults = Object.entries(missing).flatMap(([name, value]) =>
    value === undefined ? [`${name}: "shellbox ${verb}" needs it; only "shellbox start" has servers of its own`] : [],
  );
  if (databaseUrl === undefined || redisUrl === undefined) throw configError(faults);
  return { databaseUrl, redisUrl };
}

/** Faults that lie between variables; looked for among the texts, so that they show beside the others. */
function faultsBetween(set: Environment): string[] {
  const faults = [...chatFaults(set), ...emailFaults(set), ...cloudFaults(set)];
  if (set.DATABASE_URL !== undefined && set.SHELLBOX_SECRET_KEY === undefined)
    faults.push('SHELLBOX_SECRET_KEY: needed with DATABASE_URL; make one with: openssl rand -base64 32');
  if (set.SSH_PUBLIC_PORT !== undefined && set.SSH_PUBLIC_HOST === undefined)
    faults.push('SSH_PUBLIC_HOST: needed with SSH_PUBLIC_PORT');
  return faults;
}

function providerFaults(set: Environment, known: readonly string[]): string[] {
  return ['PROVIDER', 'PROVIDERS'].flatMap((variable) => {
    const names = (set[variable] ?? '').split(',').map((name) => name.trim());
    const isKnown = set[variable] === undefined || names.every((name) => known.includes(name));
    return isKnown ? [] : [`${variable}: this version knows ${known.join(', ')}`];
  });
}

/** Each fault begins with the name of its variable. */
export function configError(faults: readonly string[]): ShellboxError {
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  return new ShellboxError(
    'config',
    [`The configuration has ${count}:`, ...faults.map((fault) => `  ${fault}`)].join('\n'),
    {
      remedy: 'Correct the environment or the file .env; .env.example explains every variable.',
    },
  );
}

function configOf(given: Variables, { isRoot, cwd }: Surroundings): Config {
  const http = { host: given.SHELLBOX_HOST ?? '127.0.0.1', port: given.SHELLBOX_PORT ?? 8080 };
  const listen = given.SSH_LISTEN ?? { host: '127.0.0.1', port: 2222 };
  const provider = given.PROVIDER ?? given.PROVIDERS?.[0] ?? 'docker';
  return {
    dataDir: resolve(cwd, given.SHELLBOX_DATA_DIR ?? (isRoot ? '/var/lib/shellbox' : '.shellbox')),
    secretKey: given.SHELLBOX_SECRET_KEY,
    http,
    metricsListen: given.METRICS_LISTEN,
    publicUrl: given.SHELLBOX_PUBLIC_URL ?? `http://${shownHost(http.host)}:${http.port}`,
    installId: given.SHELLBOX_INSTALL_ID,
    admins: given.SHELLBOX_ADMINS ?? [],
    databaseUrl: given.DATABASE_URL,
    redisUrl: given.REDIS_URL,
    ssh: {
      listen,
      reached: {
        host: given.SSH_PUBLIC_HOST ?? callable(listen.host),
        port: given.SSH_PUBLIC_PORT ?? listen.port,
        isPublic: given.SSH_PUBLIC_HOST !== undefined,
      },
    },
    slack: slackConfig(given),
    discord: discordConfig(given),
    email: emailConfig(given),
    signUp: {
      ssh: given.SSH_SIGNUP ?? 'closed',
      slack: given.SLACK_SIGNUP ?? 'open',
      discord: given.DISCORD_SIGNUP ?? 'closed',
      email: lowered(given.EMAIL_SIGNUP ?? 'closed'),
    },
    githubUrl: given.GITHUB_URL ?? 'https://github.com',
    providers: [...new Set([provider, ...(given.PROVIDERS ?? [])])],
    sizes: given.SIZES ?? DEFAULT_SIZES,
    tiers: given.TIERS ?? DEFAULT_TIERS,
    docker: {
      host: given.DOCKER_HOST,
      memoryMiB: given.DOCKER_MEMORY_MIB,
      image: given.BOX_IMAGE ?? 'shellbox-box:latest',
      bind: given.BOX_BIND ?? '127.0.0.1',
      sshHost: given.BOX_SSH_HOST ?? '127.0.0.1',
      ports: given.BOX_PORTS ?? { first: 20_000, last: 29_999 },
      isolation: given.BOX_ISOLATION ?? true,
      sudo: given.BOX_SUDO ?? true,
    },
    setupScript: given.BOX_SETUP_SCRIPT && resolve(cwd, given.BOX_SETUP_SCRIPT),
    digitalocean: digitalOceanConfig(given),
    ovh: ovhConfig(given),
    destroyKeepHours: given.DESTROY_KEEP_HOURS ?? 24,
    asksForPrices: given.CONFIRM_PRICES ?? true,
    idle: idleConfig(given),
    defaultTimeZone: given.DEFAULT_TIME_ZONE ?? 'UTC',
    retainDays: given.RETAIN_DAYS ?? 90,
    logLevel: given.LOG_LEVEL ?? 'info',
  };
}

/** Domains are the same in any case of letters, and so are addresses here. */
function lowered(joining: Joining): Joining {
  return typeof joining === 'string' ? joining : joining.map((word) => word.toLowerCase());
}

/** An address that means every interface cannot be called; from this machine, loopback can. */
function callable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function shownHost(host: string): string {
  return callable(host).includes(':') ? `[${callable(host)}]` : callable(host);
}
