// What a secret shows of itself: nothing, in whatever way somebody prints it or a configuration that holds it.
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secretTexts } from '../src/config/secret-texts.ts';
import { VARIABLE_NAMES } from '../src/config/variables.ts';
import { loadConfig } from '../src/config.ts';
import { ShellboxError } from '../src/errors.ts';
import { createLogger } from '../src/log.ts';
import { HIDDEN, isSecret, secret } from '../src/secret.ts';

const CANARY = 'canary-5d1e';
const KEY = Buffer.alloc(32, CANARY).toString('base64');

/** Every variable that holds a secret, with one in it. Some exclude each other: SMTP_URL is not looked at beside SENDGRID_API_KEY. */
const PLANTED = {
  SHELLBOX_SECRET_KEY: KEY,
  DATABASE_URL: `postgres://u:${CANARY}-database@db.example.org/x`,
  REDIS_URL: `rediss://u:${CANARY}-redis@redis.example.org`,
  DOCKER_HOST: `tcp://u:${CANARY}-docker@engine.example.org`,
  SLACK_BOT_TOKEN: `xoxb-${CANARY}`,
  SLACK_SIGNING_SECRET: `${CANARY}-signing`,
  SLACK_APP_TOKEN: `xapp-${CANARY}`,
  DISCORD_TOKEN: `${CANARY}.discord`,
  EMAIL_INBOUND_SECRET: `${CANARY}-inbound-secret`,
  SENDGRID_API_KEY: `SG.${CANARY}`,
  SMTP_URL: `smtps://u:${CANARY}-smtp@mail.example.org`,
  DIGITALOCEAN_TOKEN: `dop_v1_${CANARY}`,
  OVH_APPLICATION_SECRET: `${CANARY}-application`,
  OVH_CONSUMER_KEY: `${CANARY}-consumer`,
} as const;
const BESIDE = {
  DISCORD_APPLICATION_ID: '123456789012345678',
  EMAIL_ADDRESS: 'box@example.org',
  OVH_APPLICATION_KEY: 'application',
  OVH_PROJECT: '0'.repeat(32),
};
const SURROUNDINGS = { isRoot: false, cwd: '/srv', providers: ['docker'] };
const { SENDGRID_API_KEY: _, ...BY_SMTP } = PLANTED;
const configs = [PLANTED, BY_SMTP].map((planted) => loadConfig({ ...planted, ...BESIDE }, SURROUNDINGS));

/** Ways in which a value gets out, by name. */
const WAYS: readonly [string, (value: unknown) => string][] = [
  ['a template', (value) => `${value}`],
  ['String', String],
  ['a concatenation', (value) => ['', value].join('+')],
  ['JSON.stringify', (value) => JSON.stringify(value)],
  ['util.inspect', (value) => inspect(value, { depth: null })],
  ['util.inspect that shows all', (value) => inspect(value, { depth: null, showHidden: true, customInspect: false })],
  ['a spread', (value) => JSON.stringify(Object.assign({}, value))],
  ['a structured clone', (value) => inspect(structuredClone(value), { depth: null, showHidden: true })],
  [
    'an error and its cause',
    (value) => inspect(new ShellboxError('x', `failed: ${value}`, { cause: { value } }), { depth: null }),
  ],
  ['the logger', logged],
];

/** Without the logger's own removal by value. */
function logged(value: unknown): string {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', secrets: [], destination: { write: (line) => lines.push(line) } });
  logger.info({ value, deep: { deeper: { deepest: [value] } } }, `${value}`);
  logger.warn({ error: Object.assign(new Error(`${value}`, { cause: value }), { config: value }) }, 'failed');
  return lines.join('');
}

describe.each(WAYS)('%s', (_way, shown) => {
  test('shows nothing of a secret, nor of a whole configuration', () => {
    for (const value of [secret(CANARY), secret(Buffer.from(CANARY)), [secret(CANARY)], ...configs]) {
      const text = shown(value);
      expect(text).not.toBe('');
      expect(text).not.toContain(CANARY);
      expect(text).not.toContain(KEY.slice(0, 20));
    }
  });
});

test('reveal gives back the very value, and a secret says what it is', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const held = secret(value);
      expect(Object.is(held.reveal(), value)).toBe(true);
      expect(isSecret(held)).toBe(true);
      expect([`${held}`, JSON.stringify([held]), Object.keys(held)]).toEqual([HIDDEN, `["${HIDDEN}"]`, []]);
    }),
  );
  expect(isSecret({ reveal: () => CANARY })).toBe(false);
});

test('every variable whose name speaks of a secret, or that may hold one, is one', () => {
  const open = [
    // Addresses without a password, a public key, the path of a file, and the name of an application.
    'SHELLBOX_PUBLIC_URL',
    'SLACK_API_URL',
    'DISCORD_API_URL',
    'SENDGRID_API_URL',
    'GITHUB_URL',
    'EMAIL_INBOUND_PUBLIC_KEY',
    'SMTP_TLS_KEY',
    'DIGITALOCEAN_API_URL',
    'OVH_API_URL',
    'OVH_APPLICATION_KEY',
  ];
  const speaking = VARIABLE_NAMES.filter((name) => /TOKEN|SECRET|KEY|PASS|URL|DOCKER_HOST/.test(name));
  expect(speaking.filter((name) => !open.includes(name)).sort()).toEqual(Object.keys(PLANTED).sort());
});

test('the logger is told every secret of a configuration, in the forms it is written in', () => {
  const texts = configs.flatMap(secretTexts);
  for (const [name, value] of Object.entries(PLANTED)) {
    const known = texts.includes(value) || texts.includes(value.replace(/=$/, ''));
    expect({ name, known }).toEqual({ name, known: true });
  }
  for (const part of ['database', 'redis', 'docker', 'smtp']) expect(texts).toContain(`${CANARY}-${part}`);
});

test('a secret is taken out of a line also as JSON writes it, and what cannot be printed costs its fields alone', () => {
  const lines: string[] = [];
  const odd = `${CANARY}"quoted"\\slashed\nand a second line`;
  const logger = createLogger({ level: 'info', secrets: [odd], destination: { write: (line) => lines.push(line) } });
  logger.info({ text: `before ${odd} behind` }, `said ${odd}`);
  expect(lines.join('')).toContain(`before ${HIDDEN} behind`);
  expect(lines.join('')).not.toContain(CANARY);
  logger.warn({ token: Buffer.from(CANARY), bytes: Buffer.from('x') }, 'still said');
  expect(lines.at(-1)).toContain('still said');
  expect(lines.join('')).not.toContain(CANARY);
});

test('of a URL its password is a secret, also in the query; an address alone is none', () => {
  expect(secretTexts([secret('redis://redis.example.org:6379'), secret('unix:///run/redis.sock')])).toEqual([]);
  const asked = secretTexts(secret('postgres://db.example.org/x?password=p%40ss-word&sslmode=require'));
  expect(asked).toEqual(expect.arrayContaining(['p@ss-word', 'p%40ss-word']));
  expect(asked).not.toContain('require');
});
