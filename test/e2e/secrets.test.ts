// Secrets planted in every variable that takes one, and those that Shellbox makes itself: found in no log, reply, job, dump or error.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANIFEST } from '../bots/slack/open-door.ts';
import { type FakeSlack, openSlack } from '../fakes/slack/slack.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { dumpDatabase, dumpRedis, formsOf } from '../support/leaks.ts';
import { openProgram, type Program, run } from '../support/program.ts';
import { type GuardedServers, startGuardedServers } from './guarded-servers.ts';

const PLANTED = {
  database: 'planted-database-5f1c',
  redis: 'planted-redis-a94e',
  key: Buffer.alloc(32, 'planted-key-77').toString('base64'),
};
const READY_MS = 60_000;

describe('secrets', { timeout: 240_000 }, () => {
  let servers: GuardedServers;
  let slack: FakeSlack;
  let program: Program;
  let environment: Record<string, string>;

  beforeAll(async () => {
    servers = await startGuardedServers(PLANTED);
    slack = await openSlack({ ...MANIFEST, postBurst: 20, timesFaster: 5 });
    environment = {
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      SHELLBOX_SECRET_KEY: PLANTED.key,
      SLACK_BOT_TOKEN: slack.app.botToken,
      SLACK_SIGNING_SECRET: slack.app.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      LOG_LEVEL: 'debug',
    };
    program = await openProgram(environment);
    slack.deliverTo([`http://127.0.0.1:${program.httpPort}/slack/events`]);
  }, 180_000);
  afterAll(async () => {
    await program.close();
    await slack.close();
    await servers.stop();
  });

  const secrets = () => [...Object.values(PLANTED), slack.app.botToken, slack.app.signingSecret].flatMap(formsOf);
  const leaksIn = (text: string) => secrets().filter((secret) => text.includes(secret));

  test('are nowhere after a day of use', async () => {
    const ana = slack.user('ana');
    slack.addChannel('dev');
    ana.types('/shellbox spinup mybox', { channel: '#dev' });
    await eventually('the box', () => ana.sees('#dev').includes('mybox is ready') || undefined, READY_MS);
    const [box] = await servers.sql<{ sealed: Buffer | null }>('SELECT host_private_key AS sealed FROM boxes');
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
    const rows = await dumpDatabase(servers.sql);
    expect(rows).toContain('mybox');
    expect(program.printed()).toContain('"level":');
    for (const [where, text] of Object.entries({
      rows,
      redis: await dumpRedis(servers.redis),
      printed: program.printed(),
      channel: slack.transcript('#dev'),
    }))
      expect({ where, leaks: leaksIn(text) }).toEqual({ where, leaks: [] });
    for (const text of [rows, program.printed(), await dumpRedis(servers.redis)]) {
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
