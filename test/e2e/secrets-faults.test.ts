// Secrets planted in every variable, and the codes given out, through the SSH door, an engine that fails and a step that is killed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { dumpDatabase, dumpRedis, formsOf } from '../support/leaks.ts';
import { openProgram, type Program, type Ran, run } from '../support/program.ts';
import { type EngineProxy, openEngineProxy } from './engine-proxy.ts';
import { type GuardedServers, startGuardedServers } from './guarded-servers.ts';

/** With characters that a URL writes differently. */
const PLANTED = {
  database: 'planted-database+5f1c=',
  redis: 'planted-redis+a94e=',
  engine: 'planted-engine+07d2=',
  key: Buffer.alloc(32, 'planted-key-9b').toString('base64'),
  wrong: 'planted-wrong+c3c3=',
};
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
/** A lease, two rounds of the reconciler, and the start of a box. */
const REVIVED_MS = 120_000;

const VERB_S = 60;

/** Names of what is found of the planted in a text. */
const leaksIn = (text: string): string[] =>
  Object.entries(PLANTED).flatMap(([name, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [name] : [],
  );

describe('planted secrets', { timeout: 300_000 }, () => {
  let servers: GuardedServers;
  let engine: EngineProxy;
  let program: Program;
  let environment: Record<string, string>;
  const answers: Ran[] = [];

  beforeAll(async () => {
    [servers, engine] = [await startGuardedServers(PLANTED), await openEngineProxy()];
    environment = {
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      SHELLBOX_SECRET_KEY: PLANTED.key,
      DOCKER_HOST: `tcp://somebody:${encodeURIComponent(PLANTED.engine)}@127.0.0.1:${engine.port}`,
      LOG_LEVEL: 'debug',
    };
    program = await openProgram(environment);
  }, 180_000);
  afterAll(async () => {
    await program.close();
    await engine.close();
    await servers.stop();
  });

  async function say(key: string, line: string): Promise<string> {
    const ran = await program.say(key, line);
    answers.push(ran);
    return `${ran.stdout}${ran.stderr}`;
  }
  async function endAllLeases(): Promise<void> {
    await servers.sql('UPDATE leases SET until = now()');
    await servers.sql('UPDATE jobs SET lease_until = now() WHERE lease_until IS NOT NULL');
  }
  const codeIn = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? 'no code';
  const logged = () =>
    program
      .printed()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .join('\n');
  /** A verb of the program in an environment of its own. */
  async function verb(words: readonly string[], changed: Record<string, string> = {}): Promise<Ran> {
    const all = { ...environment, SHELLBOX_DATA_DIR: `${program.dataDir}-other`, ...changed };
    const assignments = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    // One that starts although it should not is ended.
    return run('timeout', [
      `${VERB_S}`,
      'env',
      '-i',
      `PATH=${process.env.PATH}`,
      ...assignments,
      process.execPath,
      MAIN,
      ...words,
    ]);
  }

  test('and codes are nowhere after a box, its keys, failures of the engine, a killed step and the end of it', async () => {
    const [ana, laptop] = [await program.key('ana'), await program.key('laptop')];
    const adminCode = codeIn(program.printed(), /admin claim (\w+)/);
    // The engine's own words hold what it should not have said.
    engine.refuseToCreate(`cannot reach registry with ${PLANTED.engine} of ${environment.DOCKER_HOST}`);
    expect(await say(ana, 'spinup mybox')).toContain('could not be made');
    expect(logged()).toContain('cannot reach registry');
    engine.refuseToCreate(undefined);
    const swallowed = engine.swallowCreate();
    const interrupted = say(ana, 'start mybox');
    await swallowed;
    await program.kill('SIGKILL');
    await interrupted;
    // The killed one's leases would be waited for, and that is tried elsewhere.
    await endAllLeases();
    await program.start();
    await eventually('it runs', async () => /● mybox +running/.test(await say(ana, 'list')), REVIVED_MS);

    const linkCode = codeIn(await say(ana, 'link'), /link (\w{10})\b/);
    expect(await say(laptop, `link ${linkCode}`)).toContain('speaks for');
    expect(await say(ana, `admin claim ${adminCode}`)).toContain('is an operator now');
    expect(await say(laptop, 'keys')).toContain('SHA256:');
    expect(await say(ana, 'keys add ssh-ed25519 nonsense')).toMatch(/key/);
    const code = codeIn(await say(ana, 'destroy mybox'), /confirm (\d{6})/);
    expect(await say(ana, 'confirm wrong1')).toContain('wrong, used');
    expect(await say(ana, `confirm ${code}`)).toContain('mybox is destroyed');
    const verbs = [['doctor'], ['account', 'list'], ['migrate'], ['account', 'show', 'nobody']];
    answers.push(...(await Promise.all(verbs.map((words) => verb(words)))));
    // A Redis that cuts connections and a database that does so.
    await servers.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await servers.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guarded'`);
    await eventually('it goes on', async () => (await say(ana, 'list')).includes('You have no boxes'));

    const rows = await dumpDatabase(servers.sql);
    expect(rows).toContain('mybox');
    const places = { rows, redis: await dumpRedis(servers.redis), printed: program.printed() };
    const told = answers.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    expect(told).toContain('stored secrets can be read');
    for (const [where, text] of Object.entries({ ...places, told }))
      expect({ where, leaks: leaksIn(text) }).toEqual({ where, leaks: [] });
    for (const [where, text] of Object.entries({ rows, redis: places.redis, logged: logged() })) {
      const found = [adminCode, linkCode, `confirm ${code}`].filter((one) => text.includes(one));
      expect({ where, found }).toEqual({ where, found: [] });
      expect(text).not.toContain('PRIVATE KEY');
    }
  });

  const withWrongPassword = (text = ''): string => {
    const url = new URL(text);
    url.password = PLANTED.wrong;
    return url.href;
  };
  const wrongly = (): Record<string, string> => ({
    DATABASE_URL: `mysql://u:${PLANTED.wrong}@127.0.0.1/x`,
    REDIS_URL: `:${PLANTED.wrong}@127.0.0.1`,
    DOCKER_HOST: `ftp://u:${PLANTED.wrong}@127.0.0.1`,
    SHELLBOX_SECRET_KEY: PLANTED.wrong,
    SIZES: JSON.stringify({ small: PLANTED.wrong, [PLANTED.wrong]: 1 }),
    SHELLBOX_ADMINS: PLANTED.wrong,
    SLACK_BOT_TOKEN: PLANTED.wrong,
    SLACK_SIGNING_SECRET: `${PLANTED.wrong} and a space`,
    SLACK_APP_TOKEN: PLANTED.wrong,
    DISCORD_TOKEN: `${PLANTED.wrong} and a space`,
    EMAIL_INBOUND_SECRET: PLANTED.wrong,
    EMAIL_INBOUND_PUBLIC_KEY: PLANTED.wrong,
    SENDGRID_API_KEY: PLANTED.wrong,
    SMTP_URL: `smtp://u:${PLANTED.wrong}/@127.0.0.1`,
  });

  test('are in nothing that start and doctor say of variables that are wrong, each of which they name', async () => {
    for (const { status, stdout, stderr } of await Promise.all(
      ['start', 'doctor'].map((word) => verb([word], wrongly())),
    )) {
      const said = stdout + stderr;
      expect(leaksIn(said)).toEqual([]);
      expect(Object.keys(wrongly()).filter((name) => !said.includes(`  ${name}: `))).toEqual([]);
      expect(status).toBe(2);
    }
  });

  const guarded = ['DATABASE_URL', 'REDIS_URL'] as const;

  test.each(guarded)(
    'are in nothing that start and doctor say of a wrong password in %s, which they name',
    async (name) => {
      const changed = { [name]: withWrongPassword(environment[name]), SSH_LISTEN: `127.0.0.1:${await freePort()}` };
      for (const { status, stdout, stderr } of await Promise.all(
        ['start', 'doctor'].map((word) => verb([word], changed)),
      )) {
        const said = stdout + stderr;
        expect(leaksIn(said)).toEqual([]);
        expect(said).toContain(name);
        expect(status).not.toBe(0);
      }
    },
  );
});
