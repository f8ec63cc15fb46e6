// The configuration: every fault at once, by name, and no value anywhere it could be read.
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { envFileFaults } from '../src/config/env-file.ts';
import { secretTexts } from '../src/config/secret-texts.ts';
import { strangeNames, VARIABLE_NAMES } from '../src/config/variables.ts';
import { type Environment, loadConfig, readEnvironment, requireServers } from '../src/config.ts';
import { ShellboxError } from '../src/errors.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const load = (environment: Environment, isRoot = false) =>
  loadConfig(environment, { isRoot, cwd: '/srv', providers: ['docker', 'moon', 'digitalocean', 'ovh'] });

function faultsOf(environment: Environment): string {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ShellboxError && error.code === 'config') return error.message;
    throw error;
  }
  return '';
}

/** A public key as SendGrid shows it. */
function derOf(kind: 'ec' | 'ed25519'): string {
  const { publicKey } =
    kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

describe('defaults', () => {
  test('an empty environment is a whole configuration', () => {
    expect(load({})).toMatchObject({
      dataDir: '/srv/.shellbox',
      http: { host: '127.0.0.1', port: 8080 },
      publicUrl: 'http://127.0.0.1:8080',
      ssh: {
        listen: { host: '127.0.0.1', port: 2222 },
        reached: { host: '127.0.0.1', port: 2222, isPublic: false },
      },
      signUp: { ssh: 'closed', slack: 'open', discord: 'closed', email: 'closed' },
      providers: ['docker'],
      sizes: { small: { cpus: 2, memoryMiB: 4096, homeGiB: 10 } },
      docker: { image: 'shellbox-box:latest', ports: { first: 20_000, last: 29_999 }, isolation: true, sudo: true },
      destroyKeepHours: 24,
      retainDays: 90,
      defaultTimeZone: 'UTC',
    });
  });

  test('root keeps its data in /var/lib', () => {
    expect(load({}, true).dataDir).toBe('/var/lib/shellbox');
  });

  test('a variable that is empty or blank counts as unset', () => {
    expect(load({ SHELLBOX_PORT: '', DATABASE_URL: ' ', SLACK_BOT_TOKEN: '' })).toEqual(load({}));
  });

  test('a door that listens everywhere is reached at this machine until a public host is named', () => {
    expect(load({ SSH_LISTEN: '0.0.0.0:2022' }).ssh.reached).toEqual({
      host: '127.0.0.1',
      port: 2022,
      isPublic: false,
    });
    expect(load({ SSH_LISTEN: '[::]:2022', SSH_PUBLIC_HOST: 'box.acme.dev' }).ssh).toMatchObject({
      listen: { host: '::', port: 2022 },
      reached: { host: 'box.acme.dev', port: 2022, isPublic: true },
    });
  });
});

describe('values', () => {
  test.each([
    [
      'METRICS_LISTEN',
      '[::1]:9100',
      (given: string) => load({ METRICS_LISTEN: given }).metricsListen,
      { host: '::1', port: 9100 },
    ],
    [
      'BOX_PORTS',
      '30000-30010',
      (given: string) => load({ BOX_PORTS: given }).docker.ports,
      { first: 30_000, last: 30_010 },
    ],
    ['BOX_SUDO', 'false', (given: string) => load({ BOX_SUDO: given }).docker.sudo, false],
    [
      'REDIS_URL',
      'unix:///run/redis.sock',
      (given: string) => load({ REDIS_URL: given }).redisUrl?.reveal(),
      'unix:///run/redis.sock',
    ],
    ['SHELLBOX_DATA_DIR', 'data', (given: string) => load({ SHELLBOX_DATA_DIR: given }).dataDir, '/srv/data'],
    [
      'DEFAULT_TIME_ZONE',
      'Europe/Berlin',
      (given: string) => load({ DEFAULT_TIME_ZONE: given }).defaultTimeZone,
      'Europe/Berlin',
    ],
  ])('%s=%s is understood', (_name, given, read, expected) => {
    expect(read(given)).toEqual(expected);
  });

  test('operators are named as whoami prints them', () => {
    const ssh = `ssh:SHA256:${'a'.repeat(43)}`;
    expect(load({ SHELLBOX_ADMINS: `slack:T1:U1, discord:123,email:a@b.c,${ssh}` }).admins).toEqual([
      'slack:T1:U1',
      'discord:123',
      'email:a@b.c',
      ssh,
    ]);
    expect(faultsOf({ SHELLBOX_ADMINS: `${ssh},ana` })).toContain('SHELLBOX_ADMINS');
  });

  test('the default provider is the first of those that people may choose', () => {
    expect(load({ PROVIDER: 'moon', PROVIDERS: 'docker, moon' }).providers).toEqual(['moon', 'docker']);
    expect(load({ PROVIDERS: 'moon,docker' }).providers).toEqual(['moon', 'docker']);
    expect(load({ PROVIDER: 'moon' }).providers).toEqual(['moon']);
    expect(faultsOf({ PROVIDER: 'mars', PROVIDERS: 'docker,' })).toMatch(
      /PROVIDER: this version knows docker, moon, digitalocean, ovh\n *PROVIDERS: /,
    );
  });

  test.each([
    ['SHELLBOX_DATA_DIR', '/proc/x'],
    ['SHELLBOX_DATA_DIR', '/var/../sys'],
    ['SHELLBOX_PORT', '0'],
    ['SHELLBOX_PORT', '65536'],
    ['SHELLBOX_PORT', '80a'],
    ['SSH_LISTEN', '2222'],
    ['SSH_LISTEN', '::1:2222'],
    ['SSH_LISTEN', '[nonsense]:2222'],
    ['BOX_PORTS', '2000-1999'],
    ['BOX_PORTS', '1-2000'],
    ['BOX_BIND', 'localhost'],
    ['BOX_ISOLATION', 'no'],
    ['SSH_SIGNUP', 'acme.dev'],
    ['PROVIDER', 'mars'],
    ['PROVIDERS', 'docker,mars'],
    ['SHELLBOX_INSTALL_ID', '1abcdefg'],
    ['SHELLBOX_SECRET_KEY', 'short'],
    ['DATABASE_URL', 'mysql://x'],
    ['REDIS_URL', 'localhost:6379'],
    ['DESTROY_KEEP_HOURS', '-1'],
    ['RETAIN_DAYS', '1.5'],
    ['DEFAULT_TIME_ZONE', 'Middle/Earth'],
    ['LOG_LEVEL', 'loud'],
    ['CONFIRM_PRICES', 'never'],
    ['DIGITALOCEAN_TOKEN', 'two words'],
    ['DIGITALOCEAN_API_URL', 'ftp://x'],
    ['DIGITALOCEAN_REGIONS', 'fra1,,ams3'],
    ['DIGITALOCEAN_MORE_REGIONS', 'fra1 ams3'],
    ['DIGITALOCEAN_IMAGE', 'Debian 12'],
    ['DIGITALOCEAN_MORE_IMAGES', 'Debian 12'],
    ['DIGITALOCEAN_FAMILIES', 's, g/2'],
    ['DIGITALOCEAN_STOP', 'keep'],
    ['DIGITALOCEAN_MOST_BOXES', '2.5'],
    ['OVH_APPLICATION_KEY', 'short'],
    ['OVH_APPLICATION_SECRET', 'short'],
    ['OVH_CONSUMER_KEY', 'two words'],
    ['OVH_PROJECT', 'my project'],
    ['OVH_MORE_REGIONS', 'DE1,'],
    ['OVH_MORE_IMAGES', 'Debian 12,'],
    ['OVH_STOP', 'shelve'],
    ['OVH_MOST_BOXES', '-1'],
    ['SHELLBOX_PUBLIC_URL', 'ftp://x'],
  ])('%s=%s is refused by name', (name, value) => {
    expect(faultsOf({ [name]: value })).toMatch(new RegExp(`^  ${name}: `, 'm'));
  });

  test('sizes and tiers are JSON, and a fault names its place', () => {
    const sizes = load({}).sizes;
    expect(
      load({ SIZES: JSON.stringify({ ...sizes, small: { cpus: 1, memoryMiB: 512, homeGiB: 1 } }) }).sizes.small.cpus,
    ).toBe(1);
    expect(faultsOf({ SIZES: '{' })).toContain('SIZES: give JSON');
    expect(faultsOf({ SIZES: '[]' })).toContain('  SIZES: give an object that holds small, medium, large and nothing');
    const { homeGiB: _left, ...small } = { ...sizes.small, cpus: 0, memoryMiB: '4g', disc: 10 };
    expect(faultsOf({ SIZES: JSON.stringify({ ...sizes, small }) }).split('\n')).toEqual([
      'The configuration has 4 faults:',
      '  SIZES.small.cpus: give a whole number from 1 to 64',
      '  SIZES.small.homeGiB: is missing: give a whole number from 1 to 4096',
      '  SIZES.small.memoryMiB: give a whole number from 256 to 1048576',
      '  SIZES.small: give an object that holds cpus, memoryMiB, homeGiB and nothing else',
    ]);
    const free = { largestSize: 'huge', boxes: 0, idleMinutes: 'never' };
    expect(faultsOf({ TIERS: JSON.stringify({ ...load({}).tiers, free }) }).split('\n')).toEqual([
      'The configuration has 3 faults:',
      '  TIERS.free.boxes: give a whole number from 1, or null for no limit',
      '  TIERS.free.idleMinutes: give a whole number from 1, or null for never',
      '  TIERS.free.largestSize: give one of "small", "medium", "large"',
    ]);
  });
});

describe('chat doors', () => {
  test('are off unless they are told of', () => {
    expect(load({})).toMatchObject({ slack: undefined, discord: undefined, email: undefined });
    expect(load({}).signUp).toEqual({ ssh: 'closed', slack: 'open', discord: 'closed', email: 'closed' });
  });

  test('are on with their tokens, which are secrets', () => {
    const config = load({
      SLACK_BOT_TOKEN: 'xoxb-1-2-3',
      SLACK_SIGNING_SECRET: 'signing-secret-1',
      SLACK_SIGNUP: 'T1,T2',
    });
    expect(config.slack?.botToken.reveal()).toBe('xoxb-1-2-3');
    expect(config.slack?.signingSecret?.reveal()).toBe('signing-secret-1');
    expect(config.slack?.appToken).toBeUndefined();
    expect(config.signUp.slack).toEqual(['T1', 'T2']);
    expect(secretTexts(config)).toEqual(['xoxb-1-2-3', 'signing-secret-1']);
  });
});

describe('the e-mail door', () => {
  const ON = {
    EMAIL_ADDRESS: 'Box@Acme.dev',
    SMTP_LISTEN: '127.0.0.1:2525',
    SMTP_URL: 'smtp://ana:hunter2@mail.acme.dev',
  };

  test('is on with an address, a way in and a way out', () => {
    const { email, signUp } = load({ ...ON, SMTP_TRUSTED: '127.0.0.1, ::1', EMAIL_SIGNUP: 'Acme.dev, Eve@Other.dev' });
    expect(email).toEqual({
      address: 'box@acme.dev',
      inbound: undefined,
      smtp: { listen: { host: '127.0.0.1', port: 2525 }, trusted: ['127.0.0.1', '::1'], tls: undefined },
      outgoing: { kind: 'smtp', url: expect.anything() },
      allowUnauthenticated: false,
      dnsServers: undefined,
    });
    expect(signUp.email).toEqual(['acme.dev', 'eve@other.dev']);
  });

  test('its passwords and keys are secrets', () => {
    expect(secretTexts(load(ON))).toEqual(expect.arrayContaining([ON.SMTP_URL, 'hunter2']));
    const sendgrid = {
      EMAIL_ADDRESS: 'box@acme.dev',
      EMAIL_INBOUND_SECRET: 'a'.repeat(24),
      SENDGRID_API_KEY: 'SG.abcdefgh',
    };
    expect(secretTexts(load(sendgrid))).toEqual(expect.arrayContaining(['SG.abcdefgh', 'a'.repeat(24)]));
  });
});

describe('clouds', () => {
  const PROJECT = '0123456789abcdef0123456789abcdef';
  const OVH = {
    OVH_APPLICATION_KEY: 'application-key',
    OVH_APPLICATION_SECRET: 'application-secret',
    OVH_CONSUMER_KEY: 'consumer-key',
    OVH_PROJECT: PROJECT,
  };
  const TOKEN = { DIGITALOCEAN_TOKEN: 'dop_v1_hunter2' };

  test('are off unless they are told of, and people are asked about prices', () => {
    expect(load({})).toMatchObject({
      digitalocean: undefined,
      ovh: undefined,
      setupScript: undefined,
      asksForPrices: true,
    });
    expect(load({ CONFIRM_PRICES: 'false' }).asksForPrices).toBe(false);
    expect(load({ BOX_SETUP_SCRIPT: 'new-box.sh' }).setupScript).toBe('/srv/new-box.sh');
  });

  test('need their log-in alone, and leave a stopped machine where it is', () => {
    const { digitalocean, ovh, providers } = load({ PROVIDERS: 'digitalocean, ovh', ...TOKEN, ...OVH });
    expect(providers).toEqual(['digitalocean', 'ovh']);
    expect(digitalocean).toMatchObject({ whenStopped: 'keep', regions: undefined, image: undefined });
    expect(digitalocean?.token.reveal()).toBe(TOKEN.DIGITALOCEAN_TOKEN);
    expect(ovh).toMatchObject({ project: PROJECT, whenStopped: 'keep', keys: { applicationKey: 'application-key' } });
    expect(ovh?.keys.consumerKey.reveal()).toBe('consumer-key');
  });

  test('take regions, image, families and what a stop does', () => {
    const { digitalocean, ovh } = load({
      ...TOKEN,
      ...OVH,
      DIGITALOCEAN_API_URL: 'http://127.0.0.1:1',
      DIGITALOCEAN_REGIONS: 'ams3, fra1',
      DIGITALOCEAN_IMAGE: 'ubuntu-24-04-x64',
      DIGITALOCEAN_MORE_REGIONS: 'lon1',
      DIGITALOCEAN_MORE_IMAGES: 'debian-12-x64, debian-13-x64',
      DIGITALOCEAN_FAMILIES: 's-amd,g',
      DIGITALOCEAN_STOP: 'release',
      OVH_REGIONS: 'SBG5',
      OVH_MORE_REGIONS: 'DE1,WAW1',
      OVH_IMAGE: 'Debian 12 - Docker',
      OVH_MORE_IMAGES: 'Ubuntu 24.04, Debian 12',
      OVH_STOP: 'off',
      OVH_MOST_BOXES: '3',
    });
    expect(digitalocean).toMatchObject({
      apiUrl: 'http://127.0.0.1:1',
      regions: ['ams3', 'fra1'],
      image: 'ubuntu-24-04-x64',
      moreRegions: ['lon1'],
      moreImages: ['debian-12-x64', 'debian-13-x64'],
      families: ['s-amd', 'g'],
      whenStopped: 'release',
    });
    expect(ovh).toMatchObject({ regions: ['SBG5'], image: 'Debian 12 - Docker', whenStopped: 'keep' });
    expect([digitalocean?.mostBoxes, ovh?.mostBoxes]).toEqual([20, 3]);
    expect(ovh).toMatchObject({ moreRegions: ['DE1', 'WAW1'], moreImages: ['Ubuntu 24.04', 'Debian 12'] });
  });

  test.each(['PROVIDER', 'PROVIDERS'])('named in %s without what they need are a fault for each variable', (name) => {
    expect(faultsOf({ [name]: 'digitalocean' }).split('\n')).toEqual([
      'The configuration has 1 fault:',
      '  DIGITALOCEAN_TOKEN: needed by the provider digitalocean',
    ]);
    const { OVH_APPLICATION_SECRET: hidden, OVH_PROJECT: _, ...some } = OVH;
    const message = faultsOf({ [name]: 'ovh', ...some, OVH_APPLICATION_SECRET: '' });
    expect(message.split('\n').slice(1)).toEqual([
      '  OVH_APPLICATION_SECRET: needed by the provider ovh',
      '  OVH_PROJECT: needed by the provider ovh',
    ]);
    for (const value of [hidden, ...Object.values(some)]) expect(message).not.toContain(value);
  });

  test('have log-ins that print as nothing, and that the log takes out', () => {
    const config = load({ ...TOKEN, ...OVH });
    const secrets = [TOKEN.DIGITALOCEAN_TOKEN, OVH.OVH_APPLICATION_SECRET, OVH.OVH_CONSUMER_KEY];
    expect(secretTexts(config)).toEqual(expect.arrayContaining(secrets));
    const shown = JSON.stringify(config) + inspect(config, { depth: null, showHidden: true });
    expect(secrets.filter((text) => shown.includes(text))).toEqual([]);
  });
});

describe('faults', () => {
  test('all are told at once, those between variables too', () => {
    const message = faultsOf({
      SHELLBOX_PORT: 'x',
      DATABASE_URL: 'postgres://db/shellbox',
      SSH_PUBLIC_PORT: '22',
      SLACK_BOT_TOKEN: 'xoxp-1',
    });
    expect(message.split('\n')).toEqual([
      'The configuration has 5 faults:',
      '  SHELLBOX_PORT: give a port from 1 to 65535',
      '  SHELLBOX_SECRET_KEY: needed with DATABASE_URL; make one with: openssl rand -base64 32',
      '  SLACK_BOT_TOKEN: give the token that begins with xoxb-',
      '  SLACK_BOT_TOKEN: needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside it',
      '  SSH_PUBLIC_HOST: needed with SSH_PUBLIC_PORT',
    ]);
  });

  test.each([
    [{ SLACK_BOT_TOKEN: 'xoxb-1-2-3' }, 'SLACK_BOT_TOKEN: needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET'],
    [{ SLACK_APP_TOKEN: 'xapp-1-2-3' }, 'SLACK_BOT_TOKEN: needed with SLACK_APP_TOKEN'],
    [{ DISCORD_TOKEN: 'aaaa.bbbb.cccc' }, 'DISCORD_APPLICATION_ID: needed with DISCORD_TOKEN'],
    [{ DISCORD_APPLICATION_ID: '123456789012345678' }, 'DISCORD_TOKEN: needed with DISCORD_APPLICATION_ID'],
    [{ SLACK_SIGNUP: 'T1, everybody' }, 'SLACK_SIGNUP: give open, closed, or team ids such as T012AB3CD'],
    [
      { EMAIL_SIGNUP: 'eve@, other.dev' },
      'EMAIL_SIGNUP: give open, closed, or domains such as example.org and addresses such as ana@example.com with commas',
    ],
    [{ EMAIL_ADDRESS: 'box@acme.dev' }, 'EMAIL_ADDRESS: needs EMAIL_INBOUND_SECRET or SMTP_LISTEN beside it'],
    [{ EMAIL_ADDRESS: 'box@acme.dev' }, 'EMAIL_ADDRESS: needs SENDGRID_API_KEY or SMTP_URL beside it'],
    [{ SMTP_LISTEN: '127.0.0.1:2525' }, 'EMAIL_ADDRESS: needed with SMTP_LISTEN'],
    [{ EMAIL_INBOUND_PUBLIC_KEY: derOf('ec') }, 'EMAIL_INBOUND_SECRET: needed with EMAIL_INBOUND_PUBLIC_KEY'],
    [
      { EMAIL_INBOUND_PUBLIC_KEY: derOf('ed25519') },
      'EMAIL_INBOUND_PUBLIC_KEY: give the public key that SendGrid shows',
    ],
    [
      { EMAIL_INBOUND_PUBLIC_KEY: 'A'.repeat(124) },
      'EMAIL_INBOUND_PUBLIC_KEY: give the public key that SendGrid shows',
    ],
    ...['1', '999.9.9.9', '127.0.0.1:99999', '[127.0.0.1]:53', 'ns.acme.dev'].map(
      (text) =>
        [{ DNS_SERVERS: text }, 'DNS_SERVERS: give addresses of name servers'] as [Record<string, string>, string],
    ),
    [{ SMTP_TRUSTED: '10.0.0.1' }, 'SMTP_LISTEN: needed with SMTP_TRUSTED'],
    [{ SMTP_URL: 'smtp://ana:12/hunter2@mail.acme.dev' }, 'SMTP_URL: write / as %2F'],
    [{ SMTP_TLS_CERT: '/etc/x.pem' }, 'SMTP_TLS_KEY: needed with SMTP_TLS_CERT'],
  ])('of a door that is half told of: %o', (set, fault) => {
    expect(faultsOf(set)).toContain(fault);
  });

  test('a secret in any variable is in no fault', () => {
    const secret = 'hunter2-Zx91';
    for (const shape of [
      secret,
      `{"${secret}":{}}`,
      `{"small":{"${secret}":"${secret}"}}`,
      `mysql://u:${secret}@h/x`,
    ]) {
      const message = faultsOf(Object.fromEntries(VARIABLE_NAMES.map((name) => [name, shape])));
      expect(message).toContain('SHELLBOX_PORT');
      expect(message).not.toContain(secret);
    }
  });

  test('no text of any variable makes it throw anything but a list of faults', () => {
    fc.assert(
      fc.property(fc.constantFrom(...VARIABLE_NAMES), fc.string({ unit: 'binary' }), (name, value) => {
        expect(faultsOf({ [name]: value })).toBeTypeOf('string');
      }),
      { numRuns: 500 },
    );
  });

  test('the separate roles need a database and a Redis of the operator', () => {
    expect(() => requireServers(load({}), 'worker')).toThrow(/DATABASE_URL.*\n.*REDIS_URL/);
    const config = load({ DATABASE_URL: 'postgres://db/x', REDIS_URL: 'redis://r', SHELLBOX_SECRET_KEY: KEY });
    const { databaseUrl, redisUrl } = requireServers(config, 'bots');
    expect([databaseUrl.reveal(), redisUrl.reveal()]).toEqual(['postgres://db/x', 'redis://r']);
  });
});

describe('the file .env', () => {
  async function folder(text?: string): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'shellbox-test-'));
    onTestFinished(() => rm(path, { recursive: true }));
    if (text !== undefined) await writeFile(join(path, '.env'), text);
    return path;
  }

  test('is read below the real environment', async () => {
    const cwd = await folder('SHELLBOX_PORT=81 # comment\nSSH_SIGNUP="open"\n');
    const environment = readEnvironment(cwd, { SHELLBOX_PORT: '82' });
    expect(load(environment)).toMatchObject({ http: { port: 82 }, signUp: { ssh: 'open' } });
  });

  test('with lines that mean nothing is refused with their numbers, and nothing of them is told', async () => {
    const text = 'A=1\nhunter2 is bad\n\n# SHELLBOX_PORT 1\nexport B = 2\n1hunter2=x\nSSH_SIGNUP: open\nC="hunter2\n';
    const cwd = await folder(text);
    const message = (() => {
      try {
        return String(readEnvironment(cwd, {}));
      } catch (error) {
        return error instanceof ShellboxError ? error.message : String(error);
      }
    })();
    expect(message.split('\n')).toEqual([
      'The configuration has 4 faults:',
      '  .env line 2: give NAME=value, or # before a comment',
      '  .env line 6: give NAME=value, or # before a comment',
      '  .env line 7: give NAME=value, or # before a comment',
      '  .env line 8: the quote " is opened and not closed',
    ]);
  });

  test('may hold values of several lines, empty ones, comments and Windows line ends', async () => {
    const cwd = await folder('TIERS=\'{\n  "free": 1\n}\' # mine\r\n\r\nEMPTY=\r\n  PORT = 81\r\n');
    expect(readEnvironment(cwd, {})).toEqual({ TIERS: '{\n  "free": 1\n}', EMPTY: '', PORT: '81' });
  });

  test('that has only spaces behind a = is told so, because the next line would be taken for the value', async () => {
    expect(parseEnv('A= \nB=1')).not.toHaveProperty('B');
    expect(envFileFaults('A= \nB=1')).toEqual([expect.stringMatching(/^\.env line 1: nothing but spaces/)]);
  });

  test('property: of one that is taken, every name before a = is a variable', async () => {
    const word = fc.stringMatching(/^[A-Z_]{1,6}$/);
    const value = fc.stringMatching(/^[a-z0-9 /:.-]{0,8}$/).filter((text) => text === '' || text.trim() !== '');
    const line = fc.oneof(
      fc.tuple(word, value).map(([name, text]) => ({ name, text: `${name}=${text}` })),
      value.map((text) => ({ name: undefined, text: `# ${text}` })),
      fc.constant({ name: undefined, text: '' }),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map((one) => one.text).join('\n');
        expect(envFileFaults(text)).toEqual([]);
        expect(new Set(Object.keys(parseEnv(text)))).toEqual(new Set(lines.flatMap(({ name }) => name ?? [])));
      }),
    );
  });

  test('is not needed', async () => {
    expect(readEnvironment(await folder(), { A: 'b' })).toEqual({ A: 'b' });
  });

  test('that cannot be read is a fault', async () => {
    const cwd = await folder();
    await mkdir(join(cwd, '.env'));
    expect(() => readEnvironment(cwd, {})).toThrow(expect.objectContaining({ code: 'config' }));
  });
});

test('what the log must not show: keys, passwords, and the URLs that hold them', () => {
  const config = load({
    DATABASE_URL: 'postgres://u:p%40ss-word@db/x',
    REDIS_URL: 'redis://:redis-pw@r',
    SHELLBOX_SECRET_KEY: KEY,
  });
  expect(secretTexts(config)).toEqual(
    expect.arrayContaining([
      'p%40ss-word',
      'p@ss-word',
      'redis-pw',
      KEY.replace('=', ''),
      'postgres://u:p%40ss-word@db/x',
    ]),
  );
  expect(secretTexts(load({}))).toEqual([]);
});

test('names that mean nothing are told, with what was probably meant, and other programs’ are not', () => {
  const nearest = (name: string, known: readonly string[]) => known.find((one) => one[0] === name[0]);
  const told = strangeNames(['SHELLBOX_WHATEVER', 'PATH', 'SSH_CLIENT', 'DOCKER_CONFIG', 'SHELLBOX_PORT'], nearest);
  expect(told.map(({ name }) => name)).toEqual(['SHELLBOX_WHATEVER']);
  expect(strangeNames(['SSH_LISTENS'], () => 'SSH_LISTEN')).toEqual([{ name: 'SSH_LISTENS', meant: 'SSH_LISTEN' }]);
});

test('.env.example names every variable, sets none, and shows values that are right', async () => {
  const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
  expect(parseEnv(text)).toEqual({});
  const shown = parseEnv(text.replaceAll(/^#(?=[A-Z_]+=)/gm, '').replace(/^(SHELLBOX_ADMINS)=.*$/m, '$1='));
  expect(Object.keys(shown).sort()).toEqual([...VARIABLE_NAMES].sort());
  expect(load({ ...shown, SHELLBOX_SECRET_KEY: KEY })).toMatchObject({ sizes: load({}).sizes, tiers: load({}).tiers });
});
