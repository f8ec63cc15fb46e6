// The Compose file: Compose takes it, and nothing in it has more rights, ports or secrets than it needs.
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { VARIABLE_NAMES } from '../../src/config/variables.ts';
import { DEPLOY, run } from './folder.ts';

const PASSWORDS = { DATABASE_PASSWORD: 'd'.repeat(48), REDIS_PASSWORD: 'r'.repeat(48) };
/** Compose prints YAML; its own parser is there wherever it is. */
const TO_JSON = 'import json,sys,yaml; print(json.dumps(yaml.safe_load(sys.stdin)))';

const service = z.looseObject({
  image: z.string(),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  restart: z.string().default('no'),
  read_only: z.boolean().default(false),
  privileged: z.boolean().default(false),
  user: z.string().optional(),
  ports: z.array(z.union([z.string(), z.looseObject({ published: z.coerce.number() })])).default([]),
  volumes: z.array(z.unknown()).default([]),
  environment: z.record(z.string(), z.unknown()).default({}),
  healthcheck: z.looseObject({}).optional(),
});
type Service = z.infer<typeof service>;

let services: Record<string, Service>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shellbox-compose-'));
  await copyFile(join(DEPLOY, 'compose.yml'), join(folder, 'compose.yml'));
  await copyFile(join(DEPLOY, '.env.example'), join(folder, '.env'));
  const { status, out, err } = await compose(PASSWORDS);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const json = await run('python3', ['-c', TO_JSON], {}, out);
  services = z.object({ services: z.record(z.string(), service) }).parse(JSON.parse(json.out)).services;
  return () => rm(folder, { recursive: true, force: true });
});

const compose = (env: Record<string, string>) =>
  run('docker-compose', ['-f', join(folder, 'compose.yml'), '--profile', 'worker', 'config'], env);

const each = (is: (one: Service) => boolean): string[] =>
  Object.entries(services).flatMap(([name, one]) => (is(one) ? [name] : []));

describe('compose.yml', () => {
  test('has PostgreSQL, Redis, doors, worker, and migrations before them', () => {
    expect(Object.keys(services).sort()).toEqual(['bots', 'database', 'migrate', 'redis', 'worker']);
  });

  test('is refused without the passwords, by their names', async () => {
    const { status, err } = await compose({});
    expect(status).not.toBe(0);
    expect(err).toMatch(/(DATABASE|REDIS)_PASSWORD/);
  });

  test('opens one port to other machines: that of the SSH door', () => {
    const open = Object.values(services).flatMap(({ ports }) =>
      ports.filter((port) => !JSON.stringify(port).includes('127.0.0.1')),
    );
    expect(open).toMatchObject([{ published: 2222, target: 2222 }]);
  });

  test('gives nobody new rights, all capabilities or a writable file system, but what cannot do without', () => {
    expect(each(({ security_opt }) => !security_opt.includes('no-new-privileges:true'))).toEqual([]);
    expect(each(({ cap_drop }) => !cap_drop.includes('ALL'))).toEqual([]);
    expect(each(({ privileged }) => privileged)).toEqual([]);
    expect(each(({ cap_add }) => cap_add.length > 0)).toEqual(['database', 'worker']);
    expect(each(({ read_only }) => !read_only)).toEqual(['database']);
    expect(each(({ volumes }) => JSON.stringify(volumes).includes('docker.sock'))).toEqual(['worker']);
    expect(each(({ cap_add }) => cap_add.includes('SYS_ADMIN'))).toEqual(['worker']);
  });

  test('says of each whether it is well, and starts it again', () => {
    expect(each(({ healthcheck }) => healthcheck === undefined)).toEqual(['bots', 'worker']); // that of the image
    expect(each(({ restart }) => restart !== 'unless-stopped')).toEqual(['migrate']);
  });

  test('names exact versions', () => {
    const others = Object.values(services).map(({ image }) => image);
    expect(others.filter((image) => !/^shellbox(-worker)?:local$|:\d+\.\d+(\.\d+)?-[a-z]+$/.test(image))).toEqual([]);
  });

  test('sets variables that there are', async () => {
    const example = parseEnv(await readFile(join(DEPLOY, '.env.example'), 'utf8'));
    const set = ['bots', 'worker', 'migrate'].flatMap((name) => Object.keys(services[name]?.environment ?? {}));
    const known = [...VARIABLE_NAMES, ...Object.keys(PASSWORDS), 'HEALTH_OF'];
    expect([...set, ...Object.keys(example)].filter((name) => !known.includes(name))).toEqual([]);
    expect(set).toContain('DATABASE_URL');
  });
});
