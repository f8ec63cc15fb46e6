// Secrets planted in every variable that takes one, and those that Shellbox makes itself: found in no log, reply, job, dump or error.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANIFEST } from '../bots/slack/open-door.ts';
import { type FakeSlack, openSlack } from '../fakes/slack/slack.ts';
import { eventually } from '../support/eventually.ts';
import { type Servers, startServers } from '../support/postgres.ts';
import { freePort, openProgram, type Program, run } from '../support/program.ts';

const PLANTED = {
  database: 'planted-database-5f1c',
  redis: 'planted-redis-a94e',
  key: Buffer.alloc(32, 'planted-key-77').toString('base64'),
};
const READY_MS = 60_000;

/** The text and the forms in which it could slip out. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')];
}

describe('secrets', { timeout: 240_000 }, () => {
  let servers: Servers;
  let redis: ChildProcess;
  let slack: FakeSlack;
  let program: Program;
  let database: Client;
  let environment: Record<string, string>;
  let redisPort: number;

  beforeAll(async () => {
    servers = await startServers();
    redisPort = await freePort();
    redis = spawn(
      'redis-server',
      ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--requirepass', PLANTED.redis, '--save', ''],
      {
        stdio: 'ignore',
      },
    );
    slack = await openSlack({ ...MANIFEST, postBurst: 20, timesFaster: 5 });
    const url = new URL(servers.databaseUrl);
    url.password = PLANTED.database;
    const databaseUrl = url.href;
    expect(databaseUrl).toContain(PLANTED.database);
    environment = {
      DATABASE_URL: databaseUrl,
      REDIS_URL: `redis://:${PLANTED.redis}@127.0.0.1:${redisPort}`,
      SHELLBOX_SECRET_KEY: PLANTED.key,
      SLACK_BOT_TOKEN: slack.app.botToken,
      SLACK_SIGNING_SECRET: slack.app.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      LOG_LEVEL: 'debug',
    };
    program = await openProgram(environment);
    slack.deliverTo([`http://127.0.0.1:${program.httpPort}/slack/events`]);
    database = new Client({ connectionString: servers.databaseUrl });
    await database.connect();
  }, 180_000);
  afterAll(async () => {
    await program.close();
    await database.end();
    await slack.close();
    redis.kill('SIGTERM');
    await once(redis, 'exit');
    await servers.stop();
  });

  const secrets = () => [...Object.values(PLANTED), slack.app.botToken, slack.app.signingSecret].flatMap(formsOf);
  const leaksIn = (text: string) => secrets().filter((secret) => text.includes(secret));

  async function dump(): Promise<string> {
    const tables = await database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await database.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  }
  async function redisDump(): Promise<string> {
    const client = new Redis({ port: redisPort, password: PLANTED.redis });
    try {
      const keys = await client.keys('*');
      const values = await Promise.all(keys.map((key) => client.dump(key)));
      return [...keys, ...values.map(String)].join('\n');
    } finally {
      client.disconnect();
    }
  }

  test('are nowhere after a day of use', async () => {
    const ana = slack.user('ana');
    slack.addChannel('dev');
    ana.types('/shellbox spinup mybox', { channel: '#dev' });
    await eventually('the box', () => ana.sees('#dev').includes('mybox is ready') || undefined, READY_MS);
    const [box] = (await database.query<{ sealed: Buffer | null }>('SELECT host_private_key AS sealed FROM boxes'))
      .rows;
    expect(box?.sealed).not.toBeNull();
    ana.types('/shellbox destroy mybox', { channel: '#dev' });
    await eventually('a question', () => ana.sees('#dev').includes('Nothing is destroyed yet') || undefined);
    for (const line of ['list', 'whoami', 'stpo mybox', 'start other', 'logs mybox'])
      ana.types(`/shellbox ${line}`, { channel: '#dev' });
    ana.clicks({ channel: '#dev' }, 'Destroy mybox');
    await eventually('the end', () => ana.sees('#dev').includes('mybox is destroyed') || undefined, READY_MS);
    // The program writes what goes wrong, too: Slack away, Redis away.
    slack.failNext('chat.postEphemeral', { kind: 'status', status: 500 });
    ana.types('/shellbox list', { channel: '#dev' });
    await slack.idle();
    const rows = await dump();
    expect(rows).toContain('mybox');
    expect(program.printed()).toContain('"level":');
    for (const [where, text] of Object.entries({
      rows,
      redis: await redisDump(),
      printed: program.printed(),
      channel: slack.transcript('#dev'),
    }))
      expect({ where, leaks: leaksIn(text) }).toEqual({ where, leaks: [] });
    for (const text of [rows, program.printed(), await redisDump()]) {
      expect(text).not.toContain('OPENSSH PRIVATE KEY');
      // Response URLs are as good as a token for half an hour.
      for (const path of [`${slack.origin}/commands/`, `${slack.origin}/actions/`])
        expect(formsOf(path).filter((form) => text.includes(form))).toEqual([]);
    }
  });

  test('are in no error of a start that fails, and in nothing that doctor says', async () => {
    const wrong = {
      ...environment,
      PATH: process.env.PATH ?? '',
      SHELLBOX_DATA_DIR: `${program.dataDir}-other`,
      SHELLBOX_INSTALL_ID: program.installId,
      SHELLBOX_PORT: `${await freePort()}`,
    };
    const main = new URL('../../src/main.ts', import.meta.url).pathname;
    const tries = [
      ['start', { ...wrong, DATABASE_URL: `postgres://u:${PLANTED.database}@127.0.0.1:1/x` }],
      ['start', { ...wrong, REDIS_URL: `redis://:${PLANTED.redis}@127.0.0.1:1` }],
      ['start', { ...wrong, SHELLBOX_SECRET_KEY: `${PLANTED.key}!` }],
      ['start', { ...wrong, SLACK_BOT_TOKEN: `${slack.app.botToken}x`, SSH_LISTEN: `127.0.0.1:${await freePort()}` }],
      ['doctor', wrong],
    ] as const;
    for (const [verb, env] of tries) {
      const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const { stdout, stderr, status } = await run('env', ['-i', ...assignments, process.execPath, main, verb]);
      expect({ verb, leaks: leaksIn(stdout + stderr) }).toEqual({ verb, leaks: [] });
      expect(stdout + stderr).not.toBe('');
      if (verb === 'start') expect(status).not.toBe(0);
    }
  });
});
