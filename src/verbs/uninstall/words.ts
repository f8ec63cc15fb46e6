// What uninstall says: what there is, and what it leaves alone.
import type { Config } from '../../config.ts';
import { HOLDING_KINDS, type Holding } from '../../providers/holdings.ts';
import type { Secret } from '../../secret.ts';
import type { DataDirRemains } from './data-dir.ts';
import type { Scene } from './scene.ts';

const MOST_NAMED = 4;
const NOUNS = {
  box: ['box', 'boxes'],
  home: ['home', 'homes'],
  snapshot: ['snapshot of a home', 'snapshots of homes'],
  network: ['network', 'networks'],
  rules: ['chain of packet rules', 'chains of packet rules'],
  firewall: ['firewall', 'firewalls'],
  key: ['SSH key', 'SSH keys'],
} as const satisfies Record<Holding['kind'], readonly [string, string]>;

const isHome = (kind: Holding['kind']): boolean => kind === 'home' || kind === 'snapshot';

/** Whether it has to be gone at the end. */
export const isLeft = ({ kind }: Holding, keepHomes: boolean): boolean => !(keepHomes && isHome(kind));

export function inventory(config: Config, scene: Scene, holdings: readonly Holding[], keepHomes: boolean): string[] {
  const { installId, dataDir, database, redis } = scene;
  const lines = [`Installation ${installId}, data directory ${config.dataDir}. To be removed:`];
  const kept: string[] = [];
  for (const kind of HOLDING_KINDS) {
    const names = holdings.filter((holding) => holding.kind === kind).map(({ name }) => name);
    if (names.length === 0) continue;
    const line = `  ${names.length} ${NOUNS[kind][names.length === 1 ? 0 : 1]}: ${some(names)}`;
    (keepHomes && isHome(kind) ? kept : lines).push(line);
  }
  const files = dataDir.ours.filter((name) => name !== 'homes');
  if (files.length > 0) lines.push(`  in ${config.dataDir}: ${files.join(', ')}`);
  if (files.includes('secret.key'))
    lines.push('    secret.key opens the secrets in its backups: if you keep one of these, copy the key first');
  for (const folder of dataDir.elsewhere) lines.push(`  ${folder}`);
  if (database !== undefined) lines.push(`  ${database.tables.length} tables in the database ${placeOf(database.url)}`);
  if (redis !== undefined) lines.push(`  ${redis.keys} keys in the Redis ${placeOf(redis.url)}`);
  return [...lines, ...(kept.length === 0 ? [] : [`Kept, in ${config.dataDir}/homes or as volumes:`]), ...kept];
}

/** What stays, and what is to be done about it by hand. */
export function untouched(config: Config, { ours, others }: DataDirRemains): string[] {
  const { dataDir, databaseUrl, redisUrl, slack, discord, email, digitalocean, ovh } = config;
  const apps = Object.entries({
    Slack: slack,
    Discord: discord,
    'your mail service': email,
    DigitalOcean: digitalocean,
    OVH: ovh,
  }).flatMap(([name, set]) => (set === undefined ? [] : [name]));
  return [
    'Not touched:',
    '  .env, or wherever else its settings come from, with the tokens in it',
    ...(apps.length === 0 ? [] : [`  the apps, keys and tokens in ${apps.join(', ')}: delete or revoke them there`]),
    ...(ours.includes('homes') ? [`  the homes in ${dataDir}/homes`] : []),
    ...(others.length === 0 ? [] : [`  what others put into ${dataDir}: ${some(others)}`]),
    ...(databaseUrl === undefined && redisUrl === undefined ? [] : ['  the servers of DATABASE_URL and REDIS_URL']),
    '  the image shellbox-box:latest and the user shellbox-pg, which other installations may use:',
    '    docker rmi shellbox-box:latest; userdel shellbox-pg',
    '  this program, its units or containers, and the packages that set-up installed',
  ];
}

function some(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}

/** A URL without user, password and options. */
function placeOf(url: Secret): string {
  const { host = '', pathname = '' } = URL.parse(url.reveal()) ?? {};
  return `${host}${pathname}`;
}
